// The prober's program: started in a source's network namespace, reads one job a line on stdin, tries all of a job at once, prints a line of JSON for each.
import type { ControlProbeResult, ControlProbeTarget, ControlResolveAnswer, ControlResolveQuestion } from '../types/control.ts';
import { eachLine } from './lines.ts';
import { probeTarget } from './probe.ts';
import { parseResolver, Resolver } from './resolver.ts';

/** What the engine writes to the prober. */
export interface ProberJob { id: number; resolvConf: string; hosts: string; targets?: readonly ControlProbeTarget[]; questions?: readonly ControlResolveQuestion[] }

/** What the prober writes to the engine, in the order in which jobs end. */
export interface ProberAnswer { id: number; results: ControlProbeResult[]; answers: ControlResolveAnswer[] }

async function run(line: string): Promise<void> {
  const { id, targets = [], questions = [], resolvConf, hosts } = JSON.parse(line) as ProberJob;
  const resolver = new Resolver(parseResolver(resolvConf, hosts));
  const [results, answers] = await Promise.all([
    Promise.all(targets.map((target) => probeTarget(target, resolver))),
    Promise.all(questions.map((question) => resolver.ask(question))),
  ]);
  process.stdout.write(`${JSON.stringify({ id, results, answers } satisfies ProberAnswer)}\n`);
}

eachLine(process.stdin, (line) => void run(line));
process.stdin.once('end', () => process.exit(0));

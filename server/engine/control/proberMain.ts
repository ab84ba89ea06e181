// The prober's program: started in a source's network namespace, reads one job on stdin, tries everything at once, prints JSON.
import { text } from 'node:stream/consumers';
import type { ControlProbeTarget, ControlResolveQuestion } from '../types/control.ts';
import { probeTarget } from './probe.ts';
import { parseResolver, Resolver } from './resolver.ts';

/** What the engine writes to the prober. */
export interface ProberJob { resolvConf: string; hosts: string; targets?: ControlProbeTarget[]; questions?: ControlResolveQuestion[] }

async function run(): Promise<void> {
  const job = JSON.parse(await text(process.stdin)) as ProberJob;
  const resolver = new Resolver(parseResolver(job.resolvConf, job.hosts));
  const [results, answers] = await Promise.all([
    Promise.all((job.targets ?? []).map((target) => probeTarget(target, resolver))),
    Promise.all((job.questions ?? []).map((question) => resolver.ask(question))),
  ]);
  process.stdout.write(JSON.stringify({ results, answers }), () => process.exit(0));
}

run().catch((error: unknown) => {
  process.stderr.write(String(error));
  process.exit(1);
});

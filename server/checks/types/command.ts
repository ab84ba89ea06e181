// Check type `command`: what a command says on a machine or inside containers.
import { messageOf } from '../../base/index.ts';
import type { CheckContext, Observation } from '../../ports/index.ts';
import type { SpecOf } from '../../labs/index.ts';
import type { CheckType } from '../checkType.ts';
import { findSource, endMissing } from '../endpoints.ts';
import type { SourceSeen } from '../endpoints.ts';
import { execInContainer } from '../exec.ts';
import { unreadySentence } from '../pods.ts';
import { textFits } from '../textClaims.ts';
import { broken, failed, passed, quote, waiting } from '../verdicts.ts';

type Spec = SpecOf<'command'>;

/** One run: `where` is the machine or pod, outputs are trimmed and bounded. `notEntered` says why it did not run; `gone` that the container had ended meanwhile. */
type Run = { where: string; container?: string; code: number | null; stdout: string; stderr: string; notEntered?: string; gone?: boolean };
type Seen = Observation & { source: SourceSeen; runs: Run[] };

const maxRuns = 24;

async function observe(spec: Spec, context: CheckContext): Promise<Seen> {
  const source = await findSource(spec.on, context, spec.namespace);
  const options = { timeoutMs: spec.timeoutSeconds * 1000, signal: context.signal };
  const keep = (text: string, limit: number) => text.trim().slice(0, limit);
  if (spec.on.machine !== undefined) {
    if (source.absent) return { source, runs: [] };
    const result = await context.cluster.run(spec.on.machine, spec.argv, options);
    return { source, runs: [{ where: spec.on.machine, code: result.code, stdout: keep(result.stdout, 2000), stderr: keep(result.stderr, 500) }] };
  }
  const wanted = source.members.flatMap(({ pod }) => (!pod || pod.condition === 'leaving' ? [] : pod.containers
    .filter((container) => container.running && (spec.container === '*' || container.name === spec.container))
    .map((container) => ({ namespace: pod.namespace, pod: pod.name, container: container.name })))).slice(0, maxRuns);
  const runs = await Promise.all(wanted.map(async (target): Promise<Run> => {
    const base = { where: target.pod, container: target.container };
    try {
      const result = await execInContainer(context.cluster, target, spec.argv, options);
      return { ...base, code: result.code, stdout: keep(result.stdout, 2000), stderr: keep(result.stderr, 500) };
    } catch (error) {
      return { ...base, code: null, stdout: '', stderr: '', notEntered: messageOf(error) };
    }
  }));
  if (runs.some((run) => run.notEntered !== undefined)) await lookAgain(spec, context, source, runs);
  return { source, runs };
}

/** A container may end between being seen and being entered; then it is its state that counts, as it is by now. */
async function lookAgain(spec: Spec, context: CheckContext, source: SourceSeen, runs: Run[]): Promise<void> {
  const now = await findSource(spec.on, context, spec.namespace);
  const containerOf = (seen: SourceSeen, run: Run) => seen.members.find((member) => member.name === run.where)?.pod?.containers.find((one) => one.name === run.container);
  for (const run of runs) {
    const [before, after] = [containerOf(source, run), containerOf(now, run)];
    if (run.notEntered !== undefined && (!after?.running || after.restarts !== before?.restarts)) run.gone = true;
  }
  source.members = now.members;
}

function judge(spec: Spec, seen: Seen) {
  const missing = endMissing(seen.source, 'look into');
  if (missing) return missing;
  const said = (run: Run) => `${run.container === undefined ? run.where : `Container ${run.container} of pod ${run.where}`} says ${run.stdout === '' && run.stderr === '' ? 'nothing' : quote(run.stdout || run.stderr)}.`;
  const wrongIn = (where: string): { finding: string; direction: string; settling?: boolean } | undefined => {
    const runs = seen.runs.filter((run) => run.where === where && run.notEntered === undefined);
    const pod = seen.source.members.find((member) => member.name === where)?.pod;
    if (pod) {
      const unready = unreadySentence([pod]);
      const expected = pod.containers.filter((container) => spec.container === '*' || container.name === spec.container);
      if (expected.length === 0) return { finding: `Pod ${where} has no container ${spec.container}.`, direction: 'Compare its containers with the text.' };
      if (runs.length < expected.length) return { finding: unready?.finding ?? `Not every container of pod ${where} runs.`, direction: unready?.direction ?? 'Look at the state of its containers.', settling: unready?.kind === 'waiting' };
    }
    const off = runs.find((run) => run.code !== spec.expect.exitCode || !textFits(run.stdout, spec.expect.stdout));
    if (off) return { finding: spec.finding ?? said(off), direction: 'Run the same command yourself and compare.' };
    if (spec.expect.same && new Set(runs.map((run) => run.stdout)).size > 1) return { finding: spec.finding ?? `The containers of pod ${where} do not say the same.`, direction: 'Run the same command in each container and compare.' };
    return undefined;
  };
  const places = seen.source.members.filter((member) => member.pod?.condition !== 'leaving').map((member) => member.name);
  const wrong = places.map(wrongIn);
  if (places.length > 0 && (spec.on.any ? wrong.includes(undefined) : wrong.every((one) => one === undefined))) {
    return passed(spec, seen.runs.length === 1 ? said(seen.runs[0]!) : `It holds in ${places[wrong.indexOf(undefined)]!}.`);
  }
  const settling = wrong.find((one) => one?.settling);
  if (settling) return waiting(settling.finding);
  const closed = seen.runs.find((run) => run.notEntered !== undefined && !run.gone);
  if (closed) return broken(`${closed.container === undefined ? `Machine ${closed.where}` : `Container ${closed.container} of pod ${closed.where}`} could not be entered.`);
  const first = wrong.find((one) => one !== undefined);
  if (!first) return waiting('The pods changed while they were looked at.');
  return failed(spec, first.finding, first.direction);
}

export const command = { observe, judge } satisfies CheckType<Spec, Seen>;

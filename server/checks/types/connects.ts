// Check type `connects`: which sources reach which targets, as a truth table; denials count only beside a working control.
import type { Verdict } from '../../contract/index.ts';
import type { CheckContext, Observation, ProbeOutcome, ProbeTarget } from '../../ports/index.ts';
import type { SpecOf } from '../../labs/index.ts';
import type { CheckType } from '../checkType.ts';
import { endMissing, enterable, findSource, findTarget } from '../endpoints.ts';
import type { SourceSeen, TargetSeen } from '../endpoints.ts';
import { unreadySentence } from '../pods.ts';
import { failed, passed, waiting } from '../verdicts.ts';

type Spec = SpecOf<'connects'>;
type Expected = 'allowed' | 'denied';

/** One source member tried against one target member and port. `tries` are outcomes in order; `control` the outcome beside it. */
type Try = { source: string; target: string; port: number; tries: ProbeOutcome[]; control?: ProbeOutcome };
type Cell = { from: string; to: string; port: number; expected: Expected; tries: Try[] };
type Seen = Observation & { sources: SourceSeen[]; targets: TargetSeen[]; control?: SourceSeen; cells: Cell[] };

/** A drop is told from a slow answer by this much silence. */
const timeoutMs = 1000;
const maxTries = 400;

/** What a cell should be. */
function expectedOf(spec: Spec, from: string, to: string, port: number): Expected {
  const other = spec.except.some((cell) => (cell.from ?? from) === from && (cell.to ?? to) === to && (cell.port ?? port) === port);
  return (spec.expect === 'allowed') !== other ? 'allowed' : 'denied';
}

async function observe(spec: Spec, context: CheckContext): Promise<Seen> {
  const sources = await Promise.all(spec.from.map((place) => findSource(place, context, spec.namespace)));
  const targets = await Promise.all(spec.to.map((target) => findTarget(target, context, spec.namespace)));
  const control = spec.control && await findSource(spec.control, context, spec.namespace);
  const cells: Cell[] = [];
  const all: { entry: Try; expected: Expected; from: ReturnType<typeof enterable>[number]; host: string; controlFrom?: ReturnType<typeof enterable>[number] }[] = [];
  for (const source of sources) {
    for (const target of targets) {
      for (const port of spec.ports) {
        const expected = expectedOf(spec, source.label, target.label, port);
        const cell: Cell = { from: source.label, to: target.label, port, expected, tries: [] };
        cells.push(cell);
        for (const from of enterable(source)) {
          for (const to of target.members) {
            if (all.length >= maxTries || (to.pod && to.pod.uid === from.pod?.uid)) continue;
            const entry: Try = { source: from.name, target: to.name, port, tries: [] };
            cell.tries.push(entry);
            const own = to.pod && { name: to.name, pod: to.pod, probe: { kind: 'pod' as const, namespace: to.pod.namespace, pod: to.pod.name } };
            const controlFrom = control ? enterable(control)[0] : own;
            all.push({ entry, expected, from, host: to.host, ...(expected === 'denied' && controlFrom ? { controlFrom } : {}) });
          }
        }
      }
    }
  }
  const probe = async (from: ReturnType<typeof enterable>[number], jobs: { host: string; port: number; tell(outcome: ProbeOutcome): void }[]) => {
    if (jobs.length === 0) return;
    const tries = jobs.map(({ host, port }, index): ProbeTarget => ({ id: String(index), host, port, protocol: spec.protocol, timeoutMs }));
    for (const result of await context.cluster.prober.connect(from.probe, tries, context.signal)) jobs[Number(result.id)]!.tell(result.outcome);
  };
  const round = async (again: boolean) => {
    const members = new Map<string, { from: (typeof all)[number]['from']; jobs: Parameters<typeof probe>[1] }>();
    const add = (from: (typeof all)[number]['from'], job: Parameters<typeof probe>[1][number]) => {
      const key = JSON.stringify(from.probe);
      members.set(key, { from, jobs: [...(members.get(key)?.jobs ?? []), job] });
    };
    for (const { entry, expected, from, host, controlFrom } of all) {
      const firstSaidOpen = entry.tries[0] === 'open';
      if (again && (expected === 'allowed' ? firstSaidOpen : entry.tries[0] !== 'dropped')) continue;
      add(from, { host, port: entry.port, tell: (outcome) => { entry.tries.push(outcome); } });
      if (!again && controlFrom) add(controlFrom, { host, port: entry.port, tell: (outcome) => { entry.control = outcome; } });
    }
    await Promise.all([...members.values()].map(({ from, jobs }) => probe(from, jobs)));
  };
  await round(false);
  await round(true);
  return { sources, targets, ...(control ? { control } : {}), cells };
}

/** A cell's verdict: its kind, the words in the table, and for wrong cells the sentences. */
function judgeCell(cell: Cell): { kind: Verdict['kind']; text: string; finding?: string; direction?: string } {
  const there = `${cell.to}:${cell.port}`;
  for (const one of cell.tries) {
    const last = one.tries.at(-1);
    if (cell.expected === 'allowed') {
      if (last === 'open') continue;
      if (last === 'refused') return { kind: 'failed', text: 'refused', finding: `${one.source} reaches ${one.target}, but nothing listens on port ${one.port}.`, direction: 'Look at the ports of the server.' };
      if (last === 'dns') return { kind: 'failed', text: 'no name', finding: `${one.source} cannot resolve ${one.target}.`, direction: 'Look at the name, and at whether DNS is reachable from there.' };
      return { kind: 'failed', text: 'blocked', finding: `${one.source} should reach ${one.target} on port ${one.port}, but does not.`, direction: 'Follow the path: the labels, the policies on both ends, the port.' };
    }
    if (one.tries.length === 2 && one.tries.every((outcome) => outcome === 'dropped')) {
      if (one.control === 'open') continue;
      return { kind: 'failed', text: 'no proof', finding: `Nothing listens on ${there}, so being cut off from it proves nothing.`, direction: 'First make the server answer where it is allowed to.' };
    }
    if (one.tries.includes('open')) return { kind: 'failed', text: 'open', finding: `${one.source} reaches ${one.target} on port ${one.port}, but should not.`, direction: 'Look at which policies select the two pods, and what they let through.' };
    if (last === 'refused') return { kind: 'failed', text: 'refused', finding: `${one.target} refuses ${one.source} on port ${one.port}: nothing listens, nothing blocks.`, direction: 'A policy drops packets silently; a refusal comes from the server itself.' };
    return { kind: 'failed', text: last ?? 'untried', finding: `${one.source} fails to reach ${one.target} on port ${one.port}, but not because packets are dropped.`, direction: 'Look at the name and the server.' };
  }
  return cell.tries.length === 0 ? { kind: 'waiting', text: 'not tried' } : { kind: 'passed', text: cell.expected === 'allowed' ? 'open' : 'blocked' };
}

function judge(spec: Spec, seen: Seen): Verdict {
  const judged = seen.cells.map((cell) => ({ cell, ...judgeCell(cell) }));
  const columns = seen.targets.flatMap((target) => spec.ports.map((port) => ({ label: `${target.label}:${port}`, to: target.label, port })));
  const table: Verdict['table'] = {
    columns: columns.map((column) => column.label),
    rows: seen.sources.map((source) => ({
      label: source.label,
      cells: columns.map((column) => {
        const found = judged.find(({ cell }) => cell.from === source.label && cell.to === column.to && cell.port === column.port)!;
        return { kind: found.kind, text: found.text };
      }),
    })),
  };
  for (const end of [...seen.sources, ...seen.targets, ...(seen.control ? [seen.control] : [])]) {
    const missing = endMissing(end, 'try');
    if (missing) return { ...missing, table };
  }
  const pods = [...seen.sources.flatMap((source) => source.members.flatMap((member) => (member.pod ? [member.pod] : []))), ...seen.targets.flatMap((target) => target.pods)];
  const wrong = judged.find((one) => one.kind === 'failed');
  const unready = unreadySentence(pods.filter((pod) => pod.condition !== 'leaving'));
  const settled = judged.every((one) => one.kind === 'passed' || (one.kind === 'waiting' && one.cell.from === one.cell.to)) && judged.some((one) => one.kind === 'passed');
  if (settled && unready === undefined) return passed(spec, judged.length === 1 ? `${judged[0]!.cell.from} ${judged[0]!.cell.expected === 'allowed' ? 'reaches' : 'is kept from'} ${judged[0]!.cell.to}.` : `All ${judged.length} connections are as they should be.`, table);
  if (unready?.kind === 'waiting') return waiting(unready.finding, unready.direction, table);
  if (wrong) return failed(spec, wrong.finding!, wrong.direction!, table);
  return unready ? failed(spec, unready.finding, unready.direction, table) : waiting('Not every connection could be tried yet.', undefined, table);
}

export const connects = { observe, judge } satisfies CheckType<Spec, Seen>;

// Proves labs on live clusters: untouched nothing passes, every solution passes everything, every mistake is caught.
import { messageOf, systemClock } from '../base/index.ts';
import type { CommandResult } from '../base/index.ts';
import { createPodHistory, ensureSetup, labValues, runCheck, saveLabFile, startOver } from '../checks/index.ts';
import { fileBlocks, splitScript, unmetNeeds } from '../labs/index.ts';
import type { CheckSpec, Lab, LabScript, Workshop } from '../labs/index.ts';
import type { ClusterHandle, Observation, PodHistory } from '../ports/index.ts';
import { satisfies, wantedOf } from './judgeRun.ts';
import type { CheckProof, LabProof, RunProof, WorkshopProof } from './results.ts';

/** Where clusters come from. A cluster is used for several runs one after the other and released once. */
export interface ProvingClusters { newCluster(): Promise<ClusterHandle>; release(cluster: ClusterHandle): Promise<void> }

/**
 * `parallel` clusters at once (default 2); `only` names the runs wanted, by script name or `untouched`; `settleMs` is how long a
 * solution's checks may take to pass and a mistake's to settle (default a minute).
 */
export interface ProvingOptions { parallel?: number; signal?: AbortSignal; only?: readonly string[]; settleMs?: number; onResult?(lab: Lab, run: RunProof): void }

type Task = { lab: Lab; kind: RunProof['kind']; script?: LabScript };

const scriptTimeoutMs = 180_000;
const defaultSettleMs = 60_000;
const againMs = 700;

/** Proves every lab of a workshop. */
export async function proveWorkshop(workshop: Workshop, clusters: ProvingClusters, options: ProvingOptions = {}): Promise<WorkshopProof> {
  const labs = await proveLabs(workshop.labs, clusters, options);
  return { id: workshop.id, title: workshop.title, ok: labs.every((lab) => lab.ok), labs };
}

/** Proves one lab. */
export async function proveLab(lab: Lab, clusters: ProvingClusters, options: ProvingOptions = {}): Promise<LabProof> {
  return (await proveLabs([lab], clusters, options))[0]!;
}

async function proveLabs(labs: readonly Lab[], clusters: ProvingClusters, options: ProvingOptions): Promise<LabProof[]> {
  const tasks = labs.flatMap((lab): Task[] => [
    { lab, kind: 'untouched' },
    ...lab.solutions.map((script): Task => ({ lab, kind: 'solution', script })),
    ...lab.mistakes.map((script): Task => ({ lab, kind: 'mistake', script })),
  ]).filter((task) => !options.only || options.only.includes(task.script?.name ?? 'untouched'));
  const results = new Map<Task, RunProof>();
  const lacks = new Map<Lab, string[]>();
  const signal = options.signal ?? new AbortController().signal;
  const queue = [...tasks];
  const work = async () => {
    let cluster: ClusterHandle | undefined;
    let used = new Set<Lab>();
    try {
      for (let task = queue.shift(); task && !signal.aborted; task = queue.shift()) {
        const isFresh = cluster === undefined;
        if (task.script?.freshCluster && !isFresh) {
          await clusters.release(cluster!);
          cluster = undefined;
        }
        if (!cluster) {
          cluster = await clusters.newCluster();
          used = new Set();
        }
        const missing = unmetNeeds(task.lab, labValues(cluster));
        lacks.set(task.lab, missing);
        if (missing.length > 0) continue;
        const result = await proveRun(task, cluster, { again: used.has(task.lab), settleMs: options.settleMs ?? defaultSettleMs, signal });
        used.add(task.lab);
        results.set(task, result);
        options.onResult?.(task.lab, result);
        if (task.script?.freshCluster) {
          await clusters.release(cluster);
          cluster = undefined;
        }
      }
    } finally {
      if (cluster) await clusters.release(cluster);
    }
  };
  // Every worker releases its cluster before a failure of one is told.
  const ended = await Promise.allSettled(Array.from({ length: Math.max(1, Math.min(options.parallel ?? 2, tasks.length)) }, work));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return labs.map((lab) => {
    const runs = tasks.filter((task) => task.lab === lab).flatMap((task) => results.get(task) ?? []);
    const missing = lacks.get(lab) ?? [];
    const whole = runs.length === tasks.filter((task) => task.lab === lab).length;
    return { id: lab.id, number: lab.number, title: lab.title, ok: missing.length > 0 || (whole && runs.every((run) => run.ok)), runs, unmetNeeds: missing };
  });
}

/** How one run goes: `again` when the lab was open on this cluster before. */
interface RunSettings { again: boolean; settleMs: number; signal: AbortSignal }

async function proveRun(task: Task, cluster: ClusterHandle, settings: RunSettings): Promise<RunProof> {
  const { again, signal } = settings;
  const { lab, kind, script } = task;
  const started = systemClock.now();
  const done = (checks: CheckProof[], problem?: string): RunProof => ({
    kind, name: script?.name ?? 'as it opens', ok: problem === undefined && checks.every((check) => check.ok), ms: systemClock.now() - started, checks, ...(problem === undefined ? {} : { problem }),
  });
  try {
    await (again ? startOver : ensureSetup)(lab, cluster, { signal });
    await clearHome(cluster, machinesOf(script), signal);
    const history = createPodHistory(cluster, lab.namespace, systemClock);
    try {
      await history.ready;
      if (script) {
        await Promise.all(fileBlocks(lab, labValues(cluster)).map((file) => saveLabFile(cluster, file, signal)));
        const said = await runScript(cluster, script, signal);
        if (said.code !== 0) return done([], `The script ended with ${said.code ?? said.signal}: ${(said.stderr.trim() || said.stdout.trim()).slice(-600)}`);
      }
      return done(await Promise.all(lab.checks.map((check) => proveCheck(check, task, cluster, history, settings))));
    } finally {
      history.dispose();
    }
  } catch (error) {
    return done([], messageOf(error));
  }
}

/** Runs a check until its verdict is what is wanted and stays so, or time is up. */
async function proveCheck(check: CheckSpec, task: Task, cluster: ClusterHandle, history: PodHistory, { settleMs, signal }: RunSettings): Promise<CheckProof> {
  const wanted = wantedOf(task.kind, check, task.script?.catches ?? []);
  const answer = check.type === 'answer' && task.script ? await readAnswer(cluster, task.script, check.id, signal) : undefined;
  const deadline = systemClock.now() + settleMs;
  let inRow = 0;
  for (;;) {
    const { observation, verdict, ms } = await runCheck(check, { cluster, namespace: check.namespace, history, clock: systemClock, signal, ...(answer === undefined ? {} : { answer }) });
    const ok = satisfies(wanted, verdict.kind);
    inRow = ok ? inRow + 1 : 0;
    // A mistake must still be caught after its effects had time to show; one failed run proves that only by luck.
    const needed = wanted === 'caught' ? 3 : 1;
    const hopeless = verdict.kind === 'broken' || task.kind === 'untouched';
    if (inRow >= needed || (!ok && hopeless) || systemClock.now() > deadline || signal.aborted) return { id: check.id, verdict: verdict.kind, finding: verdict.kind === 'broken' ? `${verdict.finding} ${seenText(observation)}` : verdict.finding, wanted, ok: ok && inRow >= needed, ms };
    await new Promise<void>((resolve) => { setTimeout(resolve, againMs); });
  }
}

// Students are spared the machine's words; whoever writes a lab needs them.
const seenText = (observation: Observation): string => (typeof observation.notRun === 'string' ? observation.notRun : JSON.stringify(observation)).slice(0, 600);

const shell = (command: string, ...args: string[]) => ['/bin/bash', '-lc', `export HOME="\${HOME:-/root}"; mkdir -p "$HOME/lab" "$HOME/answers" && cd "$HOME/lab" && ${command}`, 'proving', ...args];

async function clearHome(cluster: ClusterHandle, machines: Iterable<string>, signal: AbortSignal): Promise<void> {
  await Promise.all([...machines].map((machine) => cluster.run(machine, shell('rm -rf -- "$HOME"/answers/* "$HOME"/lab/*'), { signal, timeoutMs: 20_000 })));
}

/** The machines that a script runs on; the workstation always counts. */
function machinesOf(script: LabScript | undefined): Set<string> {
  return new Set(['workstation', ...(script ? splitScript(script.text).map((part) => part.machine) : [])]);
}

/** Runs the parts of a script one after the other, up to the first that fails. */
async function runScript(cluster: ClusterHandle, script: LabScript, signal: AbortSignal): Promise<CommandResult> {
  let said: CommandResult = { code: 0, signal: null, stdout: '', stderr: '' };
  for (const { machine, text } of splitScript(script.text)) {
    said = await cluster.run(machine, shell('exec bash -c "$1" "$2" </dev/null', text, script.name), { signal, timeoutMs: scriptTimeoutMs });
    if (said.code !== 0) break;
  }
  return said;
}

async function readAnswer(cluster: ClusterHandle, script: LabScript, checkId: string, signal: AbortSignal): Promise<string> {
  for (const machine of machinesOf(script)) {
    const { stdout } = await cluster.run(machine, shell('cat -- "$HOME/answers/$1" 2>/dev/null', checkId), { signal, timeoutMs: 20_000 });
    if (stdout !== '') return stdout;
  }
  return '';
}

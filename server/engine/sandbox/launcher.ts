// Writes a cluster's scripts, starts them detached, and follows their stages to the first ready line.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { LaunchStage } from '../host.ts';
import { planMachineTree, planSandboxTree } from './bootTree.ts';
import { EngineError } from './errors.ts';
import { planOuterNamespace } from './idMap.ts';
import type { IdMap } from './idMap.ts';
import { planDoorScript, planInitScript, planMachineScript, planMachinesScript, planPkiScript, planSuperviseScript } from './initScript.ts';
import { planEnterScript, planOuterScript } from './outerScript.ts';
import type { LaunchPlan } from './outerScript.ts';
import { planStartScript } from './startScript.ts';
import type { StatePaths } from './statePaths.ts';
import { tryReadTail } from './tail.ts';
import { planTar } from './tar.ts';

/** Long past any launch: a machine under full load took 3 s. */
const launchTimeoutMs = 60_000;

/** Writes the state folder of a new cluster, or `again` all but what the cluster itself wrote; its scripts become readable for everybody below the 0700 folder. */
export async function writeStateFolder(paths: StatePaths, plan: LaunchPlan, { again = false } = {}): Promise<void> {
  await mkdir(path.dirname(paths.folder), { recursive: true, mode: 0o700 });
  if (!again) await mkdir(paths.folder, { mode: 0o700 });
  await Promise.all([paths.boot, paths.mnt, paths.run].map(async (folder) => {
    if (again && existsSync(folder)) return; // its owner may be the sandbox
    await mkdir(folder);
    await chmod(folder, 0o755);
  }));
  const machineFiles = plan.config.machines.flatMap((machine) => planMachineTree(plan.config, machine).map((file) => ({ ...file, path: `/${machine.name}${file.path}` })));
  const files: [string, string | Buffer][] = [
    ['sandbox.tar', planTar(planSandboxTree())],
    ['machines.tar', planTar(machineFiles)],
    ['outer.sh', planOuterScript(plan)],
    ['enter.sh', planEnterScript(plan)],
    ['init.sh', planInitScript(plan)],
    ['machines.sh', planMachinesScript(plan)],
    ['pki.sh', planPkiScript(plan)],
    ['supervise.sh', planSuperviseScript(plan)],
    ['door.sh', planDoorScript()],
    ['start.cjs', planStartScript()],
    ['config.json', JSON.stringify(plan.config)],
    ...plan.config.machines.map((machine): [string, string] => [`machine-${machine.name}.sh`, planMachineScript(plan, machine)]),
  ];
  // Written at once: small files by way of the thread pool take ten times as long.
  for (const [name, text] of files) {
    writeFileSync(`${paths.boot}/${name}`, text);
    chmodSync(`${paths.boot}/${name}`, 0o644);
  }
}

/** Closes whatever this process inherited from its own parent and would pass on: a host's open folder inside a sandbox would be a way out. bash, since sh closes single digits only. */
const closeInherited = 'for f in /proc/self/fd/*; do n=${f##*/}; [ "$n" -le 3 ] || eval "exec $n>&-"; done 2>/dev/null; exec "$@"';

/** Starts the outer script in a session of its own, with a clean environment and only its log and the stage pipe open. */
export async function spawnSandbox(paths: StatePaths, map: IdMap): Promise<ChildProcess> {
  const log = await open(paths.launchLog, 'a', 0o600);
  try {
    const argv = [...planOuterNamespace(map, ['--mount', '--propagation', 'private']), 'sh', `${paths.boot}/outer.sh`];
    const child = spawn('env', ['-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'bash', '-c', closeInherited, 'bash', ...argv], {
      detached: true,
      cwd: '/',
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
    });
    child.unref();
    await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => { throw error; })]);
    return child;
  } finally {
    await log.close();
  }
}

/** Follows the stage pipe; resolves at "ready", throws EngineError `engine-launch` or `engine-aborted`. */
export async function followStages(child: ChildProcess, paths: StatePaths, options: { signal: AbortSignal; onStage(stage: LaunchStage): void; onSandbox(): Promise<void> }): Promise<void> {
  const pipe = child.stdio[3] as Readable;
  const stop = AbortSignal.any([options.signal, AbortSignal.timeout(launchTimeoutMs)]);
  const abort = () => pipe.destroy();
  stop.addEventListener('abort', abort, { once: true });
  let rest = '';
  let said = 'the sandbox ended';
  try {
    options.signal.throwIfAborted();
    for await (const chunk of pipe.setEncoding('utf8')) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        if (line === 'ready') return;
        if (line === 'sandbox') await options.onSandbox();
        if (line === 'sandbox' || line === 'machines' || line === 'api' || line === 'nodes') options.onStage(line);
        else {
          said = line.startsWith('error ') ? line.slice(6) : `the engine ended (${line})`;
          if (line.startsWith('exit ')) throw new Error(said);
        }
      }
    }
    throw new Error(said);
  } catch (cause) {
    if (options.signal.aborted) throw new EngineError('engine-aborted', 'The launch was cancelled.', { cause });
    const why = stop.aborted ? `it was not ready after ${launchTimeoutMs / 1000} s` : said;
    throw new EngineError('engine-launch', `The sandbox did not start: ${why}.${await tailOfLogs(paths)}`, { hint: 'Run `patchbay doctor` to see what this machine lacks.', cause });
  } finally {
    stop.removeEventListener('abort', abort);
    pipe.destroy();
  }
}

async function tailOfLogs(paths: StatePaths): Promise<string> {
  const texts = await Promise.all([paths.launchLog, paths.engineLog].map(tryReadTail));
  const tail = texts.join('').trim().slice(-1500);
  return tail && `\n${tail}`;
}

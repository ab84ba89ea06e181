// Runs the prober's program at a place and returns what it found.
import { tryCommand } from '../../base/command.ts';
import type { ControlProbeResult, ControlResolveAnswer } from '../types/control.ts';
import { sandboxPaths } from '../types/insidePaths.ts';
import { ControlRequestError } from './errors.ts';
import type { ProberJob } from './proberMain.ts';
import type { ProbePlace } from './sources.ts';

/** Longer than any single probe may take, so that only a stuck prober is killed. */
const graceMs = 5000;

/** Starts the program in the place's network namespace (about 50 ms) with one job. Throws ControlRequestError `engine-probe-failed`. */
export async function runProber(place: ProbePlace, job: Pick<ProberJob, 'targets' | 'questions'>): Promise<{ results: ControlProbeResult[]; answers: ControlResolveAnswer[] }> {
  const longest = Math.max(3000, ...(job.targets ?? []).map(({ timeoutMs }) => timeoutMs));
  const full: ProberJob = { ...job, resolvConf: place.resolvConf, hosts: place.hosts };
  const result = await tryCommand(place.argv([sandboxPaths.node, sandboxPaths.prober]), { input: JSON.stringify(full), timeoutMs: longest + graceMs });
  if (result.code !== 0) throw new ControlRequestError('engine-probe-failed', 500, `The prober did not finish: ${result.stderr.trim().slice(-500) || String(result.signal)}.`);
  return JSON.parse(result.stdout) as { results: ControlProbeResult[]; answers: ControlResolveAnswer[] };
}

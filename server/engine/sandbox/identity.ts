// How a sandbox is found again: its processes' identities on disk, believed only when /proc agrees.
import { readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { EngineError } from './errors.ts';
import { isRunning, tryMapBase } from './processes.ts';
import type { ProcessIdentity } from './processes.ts';
import type { StatePaths } from './statePaths.ts';

/** The contents of init.json. `init` is absent while the sandbox is being made. */
export interface SandboxIdentity {
  createdAt: number;
  launcher: ProcessIdentity;
  init?: ProcessIdentity;
  uid: number;
  limits: { pids: number; memoryMiB: number; openFiles: number };
}

/** Replaces init.json in one step. */
export async function writeIdentity(paths: StatePaths, identity: SandboxIdentity): Promise<void> {
  await writeFile(`${paths.identity}.new`, JSON.stringify(identity), { mode: 0o600 });
  await rename(`${paths.identity}.new`, paths.identity);
}

/** Undefined when there is none or it cannot be read. */
export async function tryReadIdentity(paths: StatePaths): Promise<SandboxIdentity | undefined> {
  try {
    return JSON.parse(await readFile(paths.identity, 'utf8')) as SandboxIdentity;
  } catch {
    return undefined;
  }
}

/** The sandbox's init when it still runs: same start time, and a user namespace whose root is the recorded id. */
export async function tryLiveInit(identity: SandboxIdentity): Promise<number | undefined> {
  if (!identity.init || !(await isRunning(identity.init))) return undefined;
  return (await tryMapBase(identity.init.pid)) === identity.uid ? identity.init.pid : undefined;
}

/** Like tryReadIdentity for callers that cannot wait; throws EngineError `engine-machine`. */
export function readIdentitySync(paths: StatePaths): SandboxIdentity {
  try {
    return JSON.parse(readFileSync(paths.identity, 'utf8')) as SandboxIdentity;
  } catch (cause) {
    throw new EngineError('engine-machine', 'The cluster is gone.', { cause });
  }
}

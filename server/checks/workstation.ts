// The student's lab folder on the workstation (~/lab): made, written to, and cleared of what pages saved.
import type { Lab } from '../labs/index.ts';
import type { ClusterHandle } from '../ports/index.ts';
import { CheckError } from './errors.ts';

/** The lab folder's path for people; the same for every lab, so that commands in texts stay short. */
export const labFolder = '~/lab';

const timeoutMs = 20_000;
const home = 'export HOME="${HOME:-/root}"; mkdir -p "$HOME/lab" && cd "$HOME/lab"';

async function onWorkstation(cluster: ClusterHandle, script: string, args: readonly string[], options: { input?: string; signal: AbortSignal }): Promise<void> {
  const result = await cluster.run('workstation', ['/bin/bash', '-lc', `${home} && ${script}`, 'lab', ...args], { ...options, timeoutMs });
  if (result.code !== 0) throw new CheckError('save-failed', `The workstation refused: ${(result.stderr.trim() || `exit code ${result.code ?? result.signal}`).slice(-300)}`);
}

/** Makes ~/lab and points the workstation's kubectl at the lab's namespace. A cluster without a workstation has nothing to do. */
export async function ensureLabFolder(lab: Lab, cluster: ClusterHandle, signal: AbortSignal): Promise<void> {
  if (!cluster.machines.some((machine) => machine.role === 'workstation')) return;
  await onWorkstation(cluster, 'kubectl config set-context --current --namespace="$1" >/dev/null', [lab.namespace], { signal });
}

/** Writes a file block into ~/lab and resolves with its path. `path` is a plain file name, as lint assures. Throws CheckError `save-failed`. */
export async function saveLabFile(cluster: ClusterHandle, file: { path: string; content: string }, signal: AbortSignal): Promise<string> {
  // Written beside and moved, so that a full disk or an interruption leaves the old file whole.
  await onWorkstation(cluster, 'cat > "./.$1.new" && mv -f "./.$1.new" "./$1"', [file.path], { input: file.content, signal });
  return `${labFolder}/${file.path}`;
}

/** Removes files that pages saved; files of the student's own stay. */
export async function removeLabFiles(cluster: ClusterHandle, paths: readonly string[], signal: AbortSignal): Promise<void> {
  if (paths.length === 0 || !cluster.machines.some((machine) => machine.role === 'workstation')) return;
  await onWorkstation(cluster, 'rm -f -- "$@"', paths, { signal });
}

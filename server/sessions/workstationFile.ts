// Writes a lab's file into the student's own folder on the workstation.
import { PatchbayError } from '../base/index.ts';
import type { ClusterHandle } from '../ports/index.ts';
import { SessionError } from './errors.ts';

// The path is an argument and the content arrives on standard input: neither is ever part of a command line.
const script = 'cd "${HOME:-/root}" && mkdir -p -- "$(dirname -- "lab/$1")" && cat > "lab/$1"';
const timeoutMs = 10_000;

/** Resolves with the path as the student types it. `path` is relative, without `..`. Throws SessionError `file-not-saved`. */
export async function saveToWorkstation(cluster: ClusterHandle, path: string, content: string): Promise<string> {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/.test(path)) throw new SessionError('not-found', 'The lab has no such file.');
  const failed = (cause: unknown, said: string) => new SessionError('file-not-saved', `${path} could not be written on the workstation${said}.`, { cause, hint: 'Is there a folder of that name in ~/lab? Remove it and save again.' });
  try {
    const result = await cluster.run('workstation', ['sh', '-c', script, 'sh', path], { input: content, timeoutMs });
    if (result.code !== 0) throw failed(undefined, `: ${result.stderr.trim().slice(0, 200)}`);
  } catch (error) {
    if (error instanceof PatchbayError) throw error;
    throw failed(error, '');
  }
  return `~/lab/${path}`;
}

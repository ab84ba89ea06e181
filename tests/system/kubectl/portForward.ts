// A `kubectl port-forward` that runs, and the local port it got.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** `said` is what it wrote to stderr so far; `stop` ends it; `ended` resolves with its exit code, null when it was killed. */
export interface Forward { port: number; child: ChildProcess; said(): string; ended: Promise<number | null>; stop(): Promise<void> }

/** Starts it and resolves once it listens. Rejects with what it said when it ends before. */
export function startForward(kubectl: { start(argv: string[], env?: Record<string, string>): ChildProcess }, argv: string[], env?: Record<string, string>): Promise<Forward> {
  const child = kubectl.start(['port-forward', ...argv], env);
  let said = '';
  let shown = '';
  child.stderr!.on('data', (chunk) => { said += chunk; });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return new Promise((resolve, reject) => {
    void ended.then((code) => reject(new Error(`kubectl port-forward ended with ${code}: ${said}`)));
    child.stdout!.on('data', (chunk) => {
      shown += chunk;
      const [, port] = /127\.0\.0\.1:(\d+) ->/.exec(shown) ?? [];
      if (!port) return;
      const stop = async () => {
        child.kill('SIGKILL');
        await ended;
      };
      resolve({ port: Number(port), child, said: () => said, ended, stop });
    });
  });
}

// Waits for what the sandbox's init reports while the engine starts: each machine's process id, and the certificates.
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { sandboxPaths } from '../types/insidePaths.ts';

/** `machines` resolves with process ids by name once all are up; `pki` once the certificates are on disk. */
export interface BootReports { machines: Promise<Map<string, number>>; pki: Promise<void> }

function tryRead(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Reads reports from `input` until all of `names` and the certificates are there. Files tell what happened before an
 * engine that was killed and came back; every file is written before its report, so nothing is missed between.
 */
export function readBootReports(names: readonly string[], input: Readable, folders: { machines: string; pki: string } = sandboxPaths): BootReports {
  const pids = new Map<string, number>();
  const machines = Promise.withResolvers<Map<string, number>>();
  const pki = Promise.withResolvers<void>();
  let certified = false;
  const settle = () => {
    const all = names.every((name) => pids.has(name));
    if (all) machines.resolve(pids);
    if (certified) pki.resolve();
    if (all && certified) input.destroy();
  };
  let rest = '';
  input.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const [word, name, pid] = line.split(' ');
      if (word === 'machine') pids.set(name!, Number(pid));
      if (word === 'pki') certified = true;
    }
    settle();
  });
  input.on('error', () => {});
  for (const name of names) {
    const text = tryRead(`${folders.machines}/${name}`);
    if (text?.endsWith('\n')) pids.set(name, Number(text));
  }
  certified ||= tryRead(`${folders.pki}/complete`) !== undefined;
  settle();
  return { machines: machines.promise, pki: pki.promise };
}

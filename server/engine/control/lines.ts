// Lines of a stream, without what loading node:readline would add to the start of the engine and of every prober.
import type { Readable } from 'node:stream';

/** Calls `onLine` for every whole line, without its end; text after the last one is dropped. */
export function eachLine(input: Readable, onLine: (line: string) => void): void {
  let rest = '';
  input.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  });
}

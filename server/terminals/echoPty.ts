// A pretend shell for tests: prompts with OSC 133 marks, echoes what is typed, knows echo, size, flood, last (a flood, then exit), hang and exit.
import type { Disposable } from '../base/index.ts';
import type { Pty, PtySize, SpawnPty } from './pty.ts';

const prompt = '\x1b]133;A\x07$ \x1b]133;B\x07';

class EchoPty implements Pty {
  readonly #data = new Set<(data: string) => void>();
  readonly #exit = new Set<(code: number | null) => void>();
  #line = '';
  #size: PtySize;
  #paused = false;
  #ended = false;
  #flood = 0;
  #afterFlood = '';
  #hanging = false;
  #exitAfterFlood: number | undefined;

  constructor(size: PtySize) {
    this.#size = size;
    setImmediate(() => this.#say(prompt));
  }

  write(data: string): boolean {
    if (this.#ended) return false;
    for (const char of data.replaceAll('\x1b[200~', '').replaceAll('\x1b[201~', '')) this.#type(char);
    return true;
  }

  resize(size: PtySize): void {
    this.#size = size;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    setImmediate(() => this.#pour());
  }

  kill(): void {
    this.#end(null);
  }

  onData(listener: (data: string) => void): Disposable {
    this.#data.add(listener);
    return { dispose: () => this.#data.delete(listener) };
  }

  onExit(listener: (code: number | null) => void): Disposable {
    this.#exit.add(listener);
    return { dispose: () => this.#exit.delete(listener) };
  }

  #type(char: string): void {
    if (char === '\x03') {
      this.#hanging = false;
      this.#line = '';
      this.#say(`^C\r\n${prompt}`);
    } else if (char !== '\r') {
      this.#line += char;
      this.#say(char);
    } else if (!this.#hanging) {
      const line = this.#line;
      this.#line = '';
      this.#say('\r\n');
      if (line) this.#say('\x1b]133;C\x07');
      this.#execute(line);
    }
  }

  #execute(line: string): void {
    const [command, ...rest] = line.trim().split(' ');
    if (command === 'exit') return this.#end(Number(rest[0] ?? 0));
    if (command === 'last') {
      this.#exitAfterFlood = Number(rest[1]);
      return this.#execute(`flood ${rest[0]}`);
    }
    if (command === 'hang') {
      this.#hanging = true;
      return;
    }
    if (command === 'flood') {
      this.#flood = Number(rest[0]);
      this.#afterFlood = `\r\n${prompt}`;
      return this.#pour();
    }
    if (command === 'echo') this.#say(`${rest.join(' ')}\r\n`);
    if (command === 'size') this.#say(`${this.#size.cols}x${this.#size.rows}\r\n`);
    this.#say(prompt);
  }

  #pour(): void {
    if (this.#paused || this.#ended) return;
    if (this.#flood > 0) {
      const count = Math.min(this.#flood, 8192);
      this.#flood -= count;
      this.#say('x'.repeat(count));
      setImmediate(() => this.#pour());
    } else if (this.#exitAfterFlood !== undefined) {
      this.#end(this.#exitAfterFlood);
    } else if (this.#afterFlood) {
      const text = this.#afterFlood;
      this.#afterFlood = '';
      this.#say(text);
    }
  }

  #say(text: string): void {
    if (!this.#ended) for (const listener of this.#data) listener(text);
  }

  #end(code: number | null): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const listener of this.#exit) listener(code);
  }
}

/** Starts a pretend shell whatever the options say. */
export const spawnEchoPty: SpawnPty = (_options, size) => new EchoPty(size);

// The screen that output adds up to: a headless terminal that can be drawn again anywhere, and knows whether the prompt is free.
import type { Disposable } from '../base/index.ts';
import serialize from '@xterm/addon-serialize';
import headless, { type ITerminalAddon, type Terminal } from '@xterm/headless';
import type { PtySize } from './pty.ts';

/** Lines kept above the screen. */
export const scrollbackLines = 2_000;

/** Parsed in one go, in UTF-16 code units: some milliseconds at most, since one screen's parsing delays all other terminals. */
const pieceUnits = 8_192;

type ShellState = 'unmarked' | 'prompt' | 'command';

/** Parses output in the background; `pending` is what it has not parsed yet. */
export class Screen implements Disposable {
  readonly #terminal: Terminal;
  readonly #serializer = new serialize.SerializeAddon();
  /** What is to be done with the terminal, in order: xterm's own queue would do all of it in one turn of the event loop. */
  readonly #queue: (() => void)[] = [];
  #working = false;
  #size: PtySize;
  #pending = 0;
  #shell: ShellState = 'unmarked';
  #prompt = '';
  #disposed = false;

  constructor(size: PtySize) {
    this.#size = { cols: size.cols, rows: size.rows };
    this.#terminal = new headless.Terminal({ ...size, scrollback: scrollbackLines, allowProposedApi: true });
    this.#terminal.loadAddon(this.#serializer as unknown as ITerminalAddon);
    this.#terminal.parser.registerOscHandler(133, (data) => this.#mark(data));
  }

  /** Code units written and not yet parsed. */
  get pending(): number {
    return this.#pending;
  }

  get size(): PtySize {
    return this.#size;
  }

  get bracketedPaste(): boolean {
    return this.#terminal.modes.bracketedPasteMode;
  }

  write(data: string, parsed: () => void): void {
    this.#pending += data.length;
    for (let at = 0; at < data.length; at += pieceUnits) {
      const piece = data.slice(at, at + pieceUnits);
      this.#enqueue(() => this.#terminal.write(piece, () => {
        this.#pending -= piece.length;
        parsed();
        this.#next();
      }));
    }
  }

  /** What was written before is still drawn at the old size. */
  resize(size: PtySize): void {
    this.#size = { cols: size.cols, rows: size.rows };
    this.#enqueue(() => {
      this.#terminal.resize(size.cols, size.rows);
      this.#next();
    });
  }

  /** Calls back with text that draws the screen and its scrollback at a size, exactly as of everything written before this call; never after disposal. */
  draw(drawn: (data: string, size: PtySize) => void): void {
    this.#enqueue(() => {
      drawn(this.#serializer.serialize({ scrollback: scrollbackLines }), { cols: this.#terminal.cols, rows: this.#terminal.rows });
      this.#next();
    });
  }

  /** Why a command cannot be typed now, as a sentence; undefined when the prompt is free. Exact only when nothing is pending. */
  whyBusy(): string | undefined {
    const buffer = this.#terminal.buffer.active;
    if (buffer.type === 'alternate') return 'A full-screen program is running in this terminal. Leave it first.';
    if (this.#shell === 'command') return 'A command is still running in this terminal. Wait for it, or press Ctrl-C.';
    const before = this.#beforeCursor();
    const after = buffer.getLine(buffer.baseY + buffer.cursorY)?.translateToString(true, buffer.cursorX) ?? '';
    const atPrompt = this.#shell === 'prompt' ? before === this.#prompt : /[$#] $/.test(before);
    if (!atPrompt || after !== '') return this.#shell === 'prompt' ? 'Something is already typed at the prompt. Finish or clear it first.' : 'The prompt is not free. Wait for it, or press Ctrl-C.';
    return undefined;
  }

  dispose(): void {
    this.#disposed = true;
    this.#queue.length = 0;
    this.#terminal.dispose();
  }

  #enqueue(work: () => void): void {
    this.#queue.push(work);
    if (this.#working) return;
    this.#working = true;
    this.#next();
  }

  // One piece each turn of the event loop.
  #next(): void {
    setImmediate(() => {
      const work = this.#disposed ? undefined : this.#queue.shift();
      if (work) work();
      else this.#working = false;
    });
  }

  #beforeCursor(): string {
    const buffer = this.#terminal.buffer.active;
    return buffer.getLine(buffer.baseY + buffer.cursorY)?.translateToString(false, 0, buffer.cursorX) ?? '';
  }

  // FinalTerm's marks: A prompt begins, B prompt ends, C command begins, D command ended.
  #mark(data: string): boolean {
    const kind = data[0];
    if (kind === 'B') {
      this.#shell = 'prompt';
      this.#prompt = this.#beforeCursor();
    } else if (kind === 'C') this.#shell = 'command';
    return true;
  }
}

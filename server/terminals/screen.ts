// The screen that output adds up to: a headless terminal that can be drawn again anywhere, and knows whether the prompt is free.
import type { Disposable } from '../base/index.ts';
import serialize from '@xterm/addon-serialize';
import headless, { type ITerminalAddon, type Terminal } from '@xterm/headless';
import type { PtySize } from './pty.ts';

/** Lines kept above the screen. */
export const scrollbackLines = 2_000;

type ShellState = 'unmarked' | 'prompt' | 'command';

/** Parses output in the background; `pending` is what it has not parsed yet. */
export class Screen implements Disposable {
  readonly #terminal: Terminal;
  readonly #serializer = new serialize.SerializeAddon();
  #pending = 0;
  #shell: ShellState = 'unmarked';
  #prompt = '';
  #disposed = false;

  constructor(size: PtySize) {
    this.#terminal = new headless.Terminal({ ...size, scrollback: scrollbackLines, allowProposedApi: true });
    this.#terminal.loadAddon(this.#serializer as unknown as ITerminalAddon);
    this.#terminal.parser.registerOscHandler(133, (data) => this.#mark(data));
  }

  /** Code units written and not yet parsed. */
  get pending(): number {
    return this.#pending;
  }

  get size(): PtySize {
    return { cols: this.#terminal.cols, rows: this.#terminal.rows };
  }

  get bracketedPaste(): boolean {
    return this.#terminal.modes.bracketedPasteMode;
  }

  write(data: string, parsed: () => void): void {
    this.#pending += data.length;
    this.#terminal.write(data, () => {
      this.#pending -= data.length;
      parsed();
    });
  }

  resize(size: PtySize): void {
    this.#terminal.resize(size.cols, size.rows);
  }

  /** Calls back with text that draws the screen and its scrollback, exactly as of everything written before this call; never after disposal. */
  draw(drawn: (data: string) => void): void {
    this.#terminal.write('', () => {
      if (!this.#disposed) drawn(this.#serializer.serialize({ scrollback: scrollbackLines }));
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
    this.#terminal.dispose();
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

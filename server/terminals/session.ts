// One shell with its screen, its newest output and its viewers.
import type { TerminalServerMessage } from '../contract/index.ts';
import { Watermark } from './flowControl.ts';
import type { Pty, PtySize } from './pty.ts';
import { Screen } from './screen.ts';
import { Scrollback } from './scrollback.ts';
import type { Attachment, AttachOptions, Viewer } from './terminals.ts';
import { ViewerFeed } from './viewerFeed.ts';

/** Raw output kept for viewers that come back, in UTF-16 code units. */
const scrollbackUnits = 256_000;

/** Typing that is not echoed within this time is not going to be. */
const echoPatienceMs = 1_000;

export class TerminalSession {
  readonly #pty: Pty;
  readonly #screen: Screen;
  readonly #scrollback = new Scrollback(scrollbackUnits);
  readonly #feeds = new Set<ViewerFeed>();
  readonly #flow = new Watermark();
  #paused = false;
  #exit: { code: number | null } | undefined;
  #closed = false;
  /** When something was typed that nothing was said after, in milliseconds of this process. */
  #typedAt: number | undefined;

  constructor(pty: Pty, size: PtySize) {
    this.#pty = pty;
    this.#screen = new Screen(size);
    pty.onData((data) => this.#take(data));
    pty.onExit((code) => {
      this.#exit = { code };
      this.#pump();
    });
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  attach(options: AttachOptions, viewer: Viewer): Attachment {
    this.#resize(options);
    const feed = new ViewerFeed({
      scrollback: this.#scrollback,
      exit: () => this.#exit,
      drawScreen: (drawn) => {
        const seq = this.#scrollback.end;
        this.#screen.draw((data, size) => drawn({ seq, data, ...size }));
      },
    }, viewer, options.since);
    this.#feeds.add(feed);
    feed.pump();
    return {
      input: (data) => this.#input(data),
      resize: (size) => this.#resize(size),
      ack: (seq) => {
        feed.ack(seq);
        this.#regulate();
      },
      run: (id, command) => this.#run(feed, id, command),
      dispose: () => {
        feed.close();
        this.#feeds.delete(feed);
        this.#regulate();
      },
    };
  }

  /** Ends the shell and lets every viewer go. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pty.kill();
    for (const feed of this.#feeds) feed.end();
    this.#feeds.clear();
    this.#screen.dispose();
  }

  #take(data: string): void {
    if (this.#closed) return;
    this.#typedAt = undefined;
    this.#scrollback.append(data);
    this.#screen.write(data, () => this.#regulate());
    this.#pump();
    this.#regulate();
  }

  #pump(): void {
    for (const feed of this.#feeds) feed.pump();
  }

  // The shell waits for the screen, and for its fastest viewer; a slower one is brought back by a screen.
  #regulate(): void {
    if (this.#closed) return;
    let outstanding = this.#screen.pending;
    if (this.#feeds.size > 0) outstanding = Math.max(outstanding, Math.min(...[...this.#feeds].map((feed) => feed.behind)));
    const held = this.#flow.update(outstanding);
    if (held === this.#paused) return;
    this.#paused = held;
    if (held) this.#pty.pause();
    else this.#pty.resume();
  }

  #resize(size: PtySize): void {
    const now = this.#screen.size;
    if (this.#closed || !this.running || (now.cols === size.cols && now.rows === size.rows)) return;
    this.#screen.resize(size);
    this.#pty.resize({ cols: size.cols, rows: size.rows });
  }

  #input(data: string): boolean {
    if (this.#closed || !this.running || data === '') return false;
    this.#typedAt = performance.now();
    return this.#pty.write(data);
  }

  #run(feed: ViewerFeed, id: string, command: string): void {
    const answer = (result: { accepted: boolean; reason?: string }) => feed.tell({ type: 'ran', id, ...result } satisfies TerminalServerMessage);
    const busy = this.#whyBusy();
    if (busy) return answer({ accepted: false, reason: busy });
    if (!this.#input(this.#asTyped(command))) return answer({ accepted: false, reason: 'The shell does not read what is typed.' });
    answer({ accepted: true });
  }

  #whyBusy(): string | undefined {
    if (!this.running) return 'The shell has ended. Open a new terminal.';
    const echoDue = this.#typedAt !== undefined && performance.now() - this.#typedAt < echoPatienceMs;
    if (echoDue || this.#screen.pending > 0) return 'The terminal is busy. Try again in a moment.';
    return this.#screen.whyBusy();
  }

  // Control characters could do more than a command shown on the page says, so none but tabs and line ends are typed.
  #asTyped(command: string): string {
    const text = command.replaceAll(/\r\n?/g, '\n').replaceAll(/[^\P{Cc}\n\t]/gu, '').replace(/\n+$/, '');
    // A paste is highlighted and drawn twice; one line does not need it.
    return this.#screen.bracketedPaste && text.includes('\n') ? `\x1b[200~${text}\x1b[201~\r` : `${text.replaceAll('\n', '\r')}\r`;
  }
}

// Feeds one viewer from a terminal's scrollback, at the viewer's own pace.
import type { TerminalServerMessage } from '../contract/index.ts';
import { Watermark } from './flowControl.ts';
import type { Scrollback } from './scrollback.ts';
import type { PtySize } from './pty.ts';
import type { Viewer } from './terminals.ts';

/** Largest single message of output, so that other terminals get their turn. */
const chunkLimit = 32_768;
/** A drawn screen counts at most this much as unacknowledged, so that it alone never holds its viewer. */
const screenWeight = 50_000;

/** What a feed needs of its session. */
export interface FeedSource {
  readonly scrollback: Scrollback;
  /** Calls back with a drawing of everything up to `seq`. */
  drawScreen(drawn: (screen: { seq: number; data: string } & PtySize) => void): void;
  /** The shell's exit, once it has exited. */
  exit(): { code: number | null } | undefined;
}

export class ViewerFeed {
  readonly #source: FeedSource;
  readonly #viewer: Viewer;
  readonly #flow = new Watermark();
  #sent: number;
  #acked: number;
  #drawing = false;
  #exitTold = false;
  #closed = false;

  /** Begins after `since` where that is still held, otherwise with a screen. */
  constructor(source: FeedSource, viewer: Viewer, since: number | undefined) {
    this.#source = source;
    this.#viewer = viewer;
    const held = since !== undefined && since >= source.scrollback.start && since <= source.scrollback.end;
    this.#sent = this.#acked = held ? since : -1;
  }

  /** Characters that this viewer has not drawn yet. */
  get behind(): number {
    return this.#source.scrollback.end - Math.max(this.#acked, 0);
  }

  ack(seq: number): void {
    this.#acked = Math.max(this.#acked, Math.min(seq, this.#sent));
    this.pump();
  }

  tell(message: TerminalServerMessage): void {
    if (!this.#closed) this.#viewer.onMessage(message);
  }

  /** Sends what the viewer may have now; called whenever there is more or it acknowledged. */
  pump(): void {
    const { scrollback } = this.#source;
    while (!this.#closed && !this.#drawing) {
      if (this.#sent < scrollback.start) return this.#resynchronise();
      if (this.#flow.update(this.#sent - this.#acked)) return;
      if (this.#sent === scrollback.end) break;
      const data = scrollback.read(this.#sent, chunkLimit);
      this.#sent += data.length;
      this.tell({ type: 'output', seq: this.#sent, data });
    }
    const exit = this.#source.exit();
    if (exit && !this.#exitTold && !this.#closed && !this.#drawing) {
      this.#exitTold = true;
      this.tell({ type: 'exit', code: exit.code });
    }
  }

  /** Sends nothing more. */
  close(): void {
    this.#closed = true;
  }

  /** Closes, and tells the viewer that the terminal is gone. */
  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#viewer.onGone();
  }

  // Only a new viewer or one that has acknowledged what it was sent gets a screen: drawing for one that is stuck would be waste.
  #resynchronise(): void {
    if (this.#sent >= 0 && this.#flow.update(this.#sent - this.#acked)) return;
    this.#drawing = true;
    this.#source.drawScreen((screen) => {
      this.#drawing = false;
      this.#sent = screen.seq;
      this.#acked = screen.seq - Math.min(screen.data.length, screenWeight);
      this.tell({ type: 'screen', ...screen });
      this.pump();
    });
  }
}

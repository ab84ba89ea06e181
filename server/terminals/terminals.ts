// Terminals as the server sees them: shells that outlive browsers, each watched by any number of viewers.
import type { Disposable } from '../base/index.ts';
import type { TerminalId, TerminalServerMessage } from '../contract/index.ts';
import type { PtyOptions } from '../ports/index.ts';
import type { PtySize } from './pty.ts';

/** `owner` is a session's id. `running` is false once the shell has exited; it stays listed until closed. */
export interface TerminalInfo { id: TerminalId; owner: string; title: string; machine: string; running: boolean }

export interface OpenTerminal { owner: string; title: string; machine: string; pty: PtyOptions }

/** Where a viewer starts: `since` is the last sequence number it has drawn, absent for the whole screen. */
export interface AttachOptions extends PtySize { since?: number }

/** Told everything in order. `onGone` once, when the terminal was closed or its host ended; nothing follows. */
export interface Viewer { onMessage(message: TerminalServerMessage): void; onGone(): void }

/** One viewer's way in. Acknowledge what was drawn: a viewer with more than 100,000 unacknowledged characters is sent nothing. */
export interface Attachment extends Disposable {
  input(data: string): void;
  resize(size: PtySize): void;
  ack(seq: number): void;
  /** Types a command when the prompt is free and answers with a `ran` message of the same `id`. */
  run(id: string, command: string): void;
}

/** Every terminal of a data folder. Methods reject with TerminalError. */
export interface Terminals extends Disposable {
  /** Starts a shell of 80 columns and 24 rows. */
  open(options: OpenTerminal): Promise<TerminalInfo>;
  /** In the order of opening; all owners when none is named. */
  list(owner?: string): Promise<TerminalInfo[]>;
  /** Rejects with `unknown-terminal`. */
  attach(id: string, options: AttachOptions, viewer: Viewer): Promise<Attachment>;
  /** Ends the shell and forgets the terminal; an unknown one is fine. */
  close(id: string): Promise<void>;
  closeAll(owner: string): Promise<void>;
  /** Ends every shell and the process that holds them. `dispose` alone leaves them running. */
  stopHost(): Promise<void>;
}

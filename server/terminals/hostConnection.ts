// The server's side of one connection to ptyHost: calls and their answers, attachments and their messages.
import type { Socket } from 'node:net';
import { PatchbayError } from '../base/index.ts';
import { TerminalError } from './errors.ts';
import { onLines, protocolVersion, sendLine, type AttachmentAction, type FromHost, type HostRequest } from './hostProtocol.ts';
import type { Attachment, AttachOptions, TerminalInfo, Viewer } from './terminals.ts';

interface Call { resolve(result: TerminalInfo | TerminalInfo[] | null): void; reject(error: Error): void }

export class HostConnection {
  readonly #socket: Socket;
  readonly #calls = new Map<number, Call>();
  readonly #viewers = new Map<number, Viewer>();
  #next = 1;
  #lost = false;

  private constructor(socket: Socket, onLost: () => void) {
    this.#socket = socket;
    socket.on('error', () => {}); // a close follows
    socket.on('close', () => {
      this.#lost = true;
      onLost();
      const error = new TerminalError('pty-host-failed', 'The process that holds the shells went away.', { hint: 'Open a new terminal.' });
      for (const call of this.#calls.values()) call.reject(error);
      this.#calls.clear();
      const viewers = [...this.#viewers.values()];
      this.#viewers.clear();
      for (const viewer of viewers) viewer.onGone();
    });
  }

  /** Resolves when the other side has said which protocol it speaks; rejects with TerminalError. */
  static greet(socket: Socket, onLost: () => void): Promise<HostConnection> {
    return new Promise((resolve, reject) => {
      const connection = new HostConnection(socket, () => {
        reject(new TerminalError('pty-host-failed', 'The process that holds the shells closed the connection.'));
        onLost();
      });
      onLines<FromHost>(socket, (message) => {
        if (!('hello' in message)) return connection.#take(message);
        if (message.hello.protocol === protocolVersion) return resolve(connection);
        reject(new TerminalError('pty-host-version', 'The running shells belong to another version of Patchbay.', { hint: 'Run `patchbay stop`, then start again.' }));
        socket.destroy();
      });
    });
  }

  call(request: HostRequest): Promise<TerminalInfo | TerminalInfo[] | null> {
    const call = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(new TerminalError('pty-host-failed', 'The process that holds the shells went away.'));
      this.#calls.set(call, { resolve, reject });
      sendLine(this.#socket, { call, ...request });
    });
  }

  async attach(id: string, options: AttachOptions, viewer: Viewer): Promise<Attachment> {
    const attachment = this.#next++;
    this.#viewers.set(attachment, viewer);
    try {
      await this.call({ method: 'attach', params: { id, attachment, options } });
    } catch (error) {
      this.#viewers.delete(attachment);
      throw error;
    }
    const act = (action: AttachmentAction) => {
      if (this.#viewers.has(attachment)) sendLine(this.#socket, { attachment, action });
    };
    return {
      input: (data) => act({ type: 'input', data }),
      resize: ({ cols, rows }) => act({ type: 'resize', size: { cols, rows } }),
      ack: (seq) => act({ type: 'ack', seq }),
      run: (runId, command) => act({ type: 'run', id: runId, command }),
      dispose: () => {
        act({ type: 'detach' });
        this.#viewers.delete(attachment);
      },
    };
  }

  /** Closes this connection; shells stay. */
  end(): void {
    this.#socket.end();
    this.#socket.unref();
  }

  #take(message: FromHost): void {
    if ('message' in message) return this.#viewers.get(message.attachment)?.onMessage(message.message);
    if ('gone' in message) {
      const viewer = this.#viewers.get(message.attachment);
      this.#viewers.delete(message.attachment);
      return viewer?.onGone();
    }
    if (!('call' in message)) return;
    const call = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    if ('error' in message) call?.reject(new PatchbayError(message.error.code, message.error.message, { ...(message.error.hint && { hint: message.error.hint }) }));
    else call?.resolve(message.result);
  }
}

// A viewer that remembers what it was told and lets a test wait for it.
import { setTimeout as delay } from 'node:timers/promises';
import type { TerminalServerMessage } from '../../server/contract/index.ts';
import type { Attachment, AttachOptions, Terminals, Viewer } from '../../server/terminals/index.ts';

type Screen = Extract<TerminalServerMessage, { type: 'screen' }>;

export class TestViewer implements Viewer {
  /** Everything drawn since the last screen, escape sequences included. */
  text = '';
  seq = 0;
  received = 0;
  screens: Screen[] = [];
  messages: TerminalServerMessage[] = [];
  gone = false;
  /** Acknowledges everything at once while true. */
  acknowledging = true;
  attachment: Attachment | undefined;
  #waiting = new Set<() => void>();

  onMessage(message: TerminalServerMessage): void {
    if (message.type === 'screen') {
      this.screens.push(message);
      this.text = message.data;
      this.seq = message.seq;
    } else if (message.type === 'output') {
      this.text = (this.text + message.data).slice(-200_000);
      this.received += message.data.length;
      this.seq = message.seq;
    } else this.messages.push(message);
    if (this.acknowledging) this.attachment?.ack(this.seq);
    this.wake();
  }

  onGone(): void {
    this.gone = true;
    this.wake();
  }

  wake(): void {
    for (const check of this.#waiting) check();
  }

  /** Resolves once `condition` holds; rejects after ten seconds. */
  until(what: string, condition: (viewer: TestViewer) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`still waiting for ${what}; saw ${JSON.stringify(this.text.slice(-300))} ${JSON.stringify(this.messages)}`));
      }, 10_000);
      const check = () => {
        if (!condition(this)) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  untilText(text: string): Promise<void> {
    return this.until(text, () => this.text.includes(text));
  }

  /** Runs a command by its button and resolves with the answer. */
  async run(id: string, command: string): Promise<Extract<TerminalServerMessage, { type: 'ran' }>> {
    const before = this.messages.length;
    this.attachment!.run(id, command);
    await this.until(`answer to ${id}`, () => this.messages.slice(before).some((message) => message.type === 'ran' && message.id === id));
    return this.messages.slice(before).find((message) => message.type === 'ran' && message.id === id) as Extract<TerminalServerMessage, { type: 'ran' }>;
  }

  /** Runs a command again and again until the prompt is free for it; rejects after ten seconds. */
  async runWhenFree(id: string, command: string): Promise<void> {
    const deadline = performance.now() + 10_000;
    for (;;) {
      const { accepted, reason } = await this.run(id, command);
      if (accepted) return;
      if (performance.now() > deadline) throw new Error(`the prompt is never free for ${command}: ${reason}; saw ${JSON.stringify(this.text.slice(-300))}`);
      await delay(10);
    }
  }

  /** Presses Ctrl-C as people do: again after a while, since a shell that is just starting its command does not hear it. */
  async interrupt(): Promise<void> {
    const from = this.text.length;
    const interrupted = () => this.text.lastIndexOf('133;B') > from;
    for (let press = 0; press < 10 && !interrupted(); press++) {
      this.attachment!.input('\x03');
      await Promise.race([this.until('the prompt', interrupted), delay(500)]);
    }
  }
}

/** Attaches a new viewer that has acknowledged what it was sent. */
export async function watchTerminal(terminals: Terminals, id: string, options: Partial<AttachOptions> = {}): Promise<TestViewer> {
  const viewer = new TestViewer();
  viewer.attachment = await terminals.attach(id, { cols: 80, rows: 24, ...options }, viewer);
  viewer.attachment.ack(viewer.seq);
  return viewer;
}

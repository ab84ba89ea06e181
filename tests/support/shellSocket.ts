// A student's shell without a browser: commands typed over the terminal's WebSocket, with what they print and their exit code.
import assert from 'node:assert/strict';
import type { TestBrowser, TestSocket } from './testBrowser.ts';

const WIDE = 500;
// Colours, titles and the marks of shell integration; none of them is output.
// oxlint-disable-next-line no-control-regex
const controls = /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b\[[0-9;?>=]*[A-Za-z]|\u001b[=>()][0-9A-B]?|\r/g;

export class ShellSocket {
  readonly id: string;
  readonly #socket: TestSocket;
  #commands = 0;

  private constructor(id: string, socket: TestSocket) {
    this.id = id;
    this.#socket = socket;
  }

  /** Opens a shell on one of the student's machines; resolves at its first prompt. */
  static async open(browser: TestBrowser, machine: string): Promise<ShellSocket> {
    const answer = await browser.post('/api/v1/terminals', { machine });
    assert.equal(answer.status, 200, answer.text);
    const { id } = answer.body as { id: string };
    const socket = await browser.socket(`/api/v1/terminals/${id}/socket`);
    socket.send({ type: 'open', cols: WIDE, rows: 50 });
    await socket.untilTrue(`a prompt on ${machine}`, () => /[$#] *$/.test(socket.drawn.replace(controls, '')));
    return new ShellSocket(id, socket);
  }

  /** Types one line and resolves, once it has ended, with what it printed and its exit code. The typed line may hold no line breaks. */
  async run(command: string): Promise<{ output: string; code: number }> {
    const from = this.#socket.drawn.length;
    const number = ++this.#commands;
    // The sum keeps the typed line from looking like its own end.
    this.#socket.send({ type: 'input', data: `${command}; echo "ended-$((${number} + 0))-$?"\r` });
    const end = new RegExp(`ended-${number}-(\\d+)\\n`);
    const printed = () => this.#socket.drawn.slice(from).replace(controls, '');
    await this.#socket.untilTrue(`the end of ${command}`, () => end.test(printed()));
    const text = printed();
    const ended = end.exec(text)!;
    // A line typed before the prompt was drawn is echoed twice: by the terminal, then by the shell behind its prompt.
    const echo = text.lastIndexOf(`$((${number} + 0))`, ended.index);
    return { output: text.slice(text.indexOf('\n', echo) + 1, ended.index), code: Number(ended[1]) };
  }

  close(): void {
    this.#socket.close();
  }
}

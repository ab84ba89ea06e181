// The real server as a process of its own on a data folder of the test's own: started, stopped, killed and started again.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeTestData } from './liveProvider.ts';
import { TestBrowser } from './testBrowser.ts';

const root = join(import.meta.dirname, '..', '..');
const READY_PATIENCE_MS = 30_000;
const STOP_PATIENCE_MS = 60_000;

/** What a ready line tells. `password` is undefined from the second start on. */
interface Ready { url: string; joinCode: string; password: string | undefined }

function parseReady(text: string): Ready | undefined {
  const students = /^ {2}Students +(\S+?)\/join\/\S+ +join code (\S+)$/m.exec(text);
  if (!students || !text.includes('Ctrl-C ends the server')) return undefined;
  return { url: students[1]!, joinCode: students[2]!, password: /password (\S+)/.exec(text)?.[1] };
}

/** A server with its join code and instructor password. Disposal runs `patchbay stop`, so that nothing is left, and removes the data. */
export class LiveServer implements AsyncDisposable {
  readonly data = makeTestData();
  /** The origin; a restart keeps it, so that open pages find the server again. */
  url = '';
  joinCode = '';
  password = '';
  #child: ChildProcess | undefined;
  #output = '';

  /** Takes a free port. Rejects with the server's own words when it does not get ready. */
  static async start(): Promise<LiveServer> {
    for (const built of ['build/web/index.html', 'build/engine.cjs']) {
      assert.ok(existsSync(join(root, built)), `${built} is missing: \`npm test\` builds it before the tests run`);
    }
    const server = new LiveServer();
    try {
      await server.#spawn('0');
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** All that the server printed since it was last started. */
  get output(): string {
    return this.#output;
  }

  /** SIGTERM; resolves with the exit code once the process is gone. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** SIGKILL; resolves once the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Starts again on the same data and the same origin. */
  async restart(): Promise<void> {
    assert.equal(this.#child, undefined, 'the server still runs');
    await this.#spawn(new URL(this.url).port);
  }

  /** `patchbay` with these words on this data folder. */
  patchbay(...words: string[]): { code: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'server/cli/main.ts'), ...words], { env: this.#environment(), encoding: 'utf8', timeout: STOP_PATIENCE_MS });
    return { code: status, stdout, stderr };
  }

  /** A signed-in student who is no browser. */
  async join(name: string): Promise<TestBrowser & { sessionId: string; personalLink: string }> {
    const browser = new TestBrowser(this.url);
    const answer = await browser.post('/api/v1/join', { code: this.joinCode, name });
    assert.equal(answer.status, 200, answer.text);
    return Object.assign(browser, { sessionId: answer.body.sessionId as string, personalLink: answer.body.personalLink as string });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.patchbay('stop');
    await this.kill(); // where stop failed, the test must end all the same
    rmSync(this.data, { recursive: true, force: true });
    assert.equal(stopped.code, 0, `patchbay stop: ${stopped.stdout}${stopped.stderr}`);
  }

  #environment(): NodeJS.ProcessEnv {
    const outer = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PATCHBAY_') && !name.startsWith('NODE_')));
    return { ...outer, PATCHBAY_DATA: this.data };
  }

  async #spawn(port: string): Promise<void> {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'server/main.ts')], { cwd: root, env: { ...this.#environment(), PATCHBAY_PORT: port }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#output = '';
    const ready = new Promise<Ready>((resolve, reject) => {
      const give = (reason: string) => reject(new Error(`the server ${reason}:\n${this.#output}`));
      const timer = setTimeout(() => give('did not get ready'), READY_PATIENCE_MS);
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        give(`ended with ${code ?? signal}`);
      });
      const take = (chunk: unknown) => {
        this.#output += String(chunk);
        const told = parseReady(this.#output);
        if (!told) return;
        clearTimeout(timer);
        resolve(told);
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
    });
    const { url, joinCode, password } = await ready;
    this.url = url;
    this.joinCode = joinCode;
    if (password !== undefined) this.password = password;
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    return (await ended)[0];
  }
}

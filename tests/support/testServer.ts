// A whole server on a free port, with clusters that are objects and shells that pretend (or ptyHost, where a test brings it).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock, type Logger } from '../../server/base/index.ts';
import { createClassrooms, type Classrooms, type Opened } from '../../server/classrooms/index.ts';
import { createApp, startHttp, type App } from '../../server/http/index.ts';
import { createSessions, type Sessions } from '../../server/sessions/index.ts';
import { openStore, type Store } from '../../server/store/index.ts';
import { createTerminals, type Terminals } from '../../server/terminals/index.ts';
import { spawnEchoPty } from '../../server/terminals/echoPty.ts';
import { createFakeClusters, FakeHost } from './fakeClusters.ts';
import { loadSampleWorkshop } from './sampleWorkshop.ts';
import { TestBrowser } from './testBrowser.ts';

export const instructorPassword = 'correct horse battery staple';

/** What outlives a server: its folder, the clusters' host, and shells. */
export class TestMachine {
  readonly folder = mkdtempSync(join(tmpdir(), 'pb-server-'));
  readonly host = new FakeHost();
  terminals: Terminals = createTerminals(spawnEchoPty);
  readonly #servers = new Set<TestServer>();

  async start(options: { webRoot?: string; capacity?: number; trustProxy?: boolean; baseUrl?: string; logger?: Logger } = {}): Promise<TestServer> {
    const { baseUrl, capacity, logger = silentLogger, ...rest } = options;
    const workshops = await loadSampleWorkshop(this.folder);
    const store = openStore({ file: join(this.folder, 'store.db') });
    const clusters = createFakeClusters(this.host);
    let url = baseUrl ?? '';
    const shared = { clock: systemClock, logger, baseUrl: () => url };
    const sessions = createSessions({ store, terminals: this.terminals, clusters, workshops, ...shared });
    const classrooms = createClassrooms({ store, sessions, workshops, provider: clusters.provider, instructorPassword, ...(capacity && { capacity }), ...shared });
    const opened = await classrooms.start();
    sessions.start();
    const app = createApp({ sessions, classrooms, ...shared, ...rest });
    const http = await startHttp({ app, host: '127.0.0.1', port: 0 });
    if (!baseUrl) url = http.url;
    let closing: Promise<void> | undefined;
    const close = () => (closing ??= end());
    const end = async () => {
      await http.close();
      classrooms.dispose();
      sessions.dispose();
      clusters.dispose();
      store.dispose();
    };
    const server = new TestServer({ url: http.url, opened, app, sessions, classrooms, store, close });
    this.#servers.add(server);
    return server;
  }

  /** Closes every server, ends shells (those of ptyHost too) and removes the folder. */
  async dispose(): Promise<void> {
    for (const server of this.#servers) await server.close();
    await this.terminals.stopHost();
    this.terminals.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Parts { url: string; opened: Opened; app: App; sessions: Sessions; classrooms: Classrooms; store: Store; close(): Promise<void> }

export class TestServer {
  readonly url: string;
  readonly opened: Opened;
  readonly app: App;
  readonly sessions: Sessions;
  readonly classrooms: Classrooms;
  readonly store: Store;
  readonly close: () => Promise<void>;

  constructor(parts: Parts) {
    this.url = parts.url;
    this.opened = parts.opened;
    this.app = parts.app;
    this.sessions = parts.sessions;
    this.classrooms = parts.classrooms;
    this.store = parts.store;
    this.close = parts.close;
  }

  /** A browser that nobody has signed in. */
  visitor(): TestBrowser {
    return new TestBrowser(this.url);
  }

  /** A browser whose student has joined, and whose cluster is ready. */
  async student(name: string): Promise<TestBrowser & { sessionId: string; personalLink: string }> {
    const browser = this.visitor();
    const joined = await browser.post('/api/v1/join', { code: this.opened.joinCode, name });
    if (joined.status !== 200) throw new Error(`join: ${joined.status} ${JSON.stringify(joined.body)}`);
    return Object.assign(browser, joined.body as { sessionId: string; personalLink: string });
  }

  async instructor(): Promise<TestBrowser> {
    const browser = this.visitor();
    const answer = await browser.post('/api/v1/instructor/login', { password: instructorPassword });
    if (answer.status !== 204) throw new Error(`login: ${answer.status}`);
    return browser;
  }
}

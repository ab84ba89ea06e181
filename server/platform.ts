// Builds the whole server from its settings: the only place that knows every room.
import { chmodSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { DisposableStack, PatchbayError, systemClock } from './base/index.ts';
import type { Logger } from './base/index.ts';
import { createClassrooms } from './classrooms/index.ts';
import type { Opened } from './classrooms/index.ts';
import { createClusters } from './clusters/index.ts';
import type { Finding } from './clusters/index.ts';
import { createProvider } from './clusters/providers/index.ts';
import type { Config } from './config.ts';
import { createApp, startHttp } from './http/index.ts';
import { loadWorkshops } from './labs/index.ts';
import { createSessions } from './sessions/index.ts';
import { lockData } from './serverLock.ts';
import { openStore } from './store/index.ts';
import { connectPtyHost } from './terminals/index.ts';

/** A running server: what its ready line tells, and the way to end it. */
export interface Platform {
  opened: Opened;
  url: string;
  provider: { id: string; why: string };
  /** What preflight found missing; the server runs, and says so. */
  missing: Finding[];
  /** Drains: refuses new work, tells sockets, finishes requests. Clusters and shells keep running. */
  close(): Promise<void>;
}

const NODES_PER_CLUSTER = 3;

/** Log lines as JSON on stderr; LOG_LEVEL as pino names it (default warn, so that the ready line stands alone). */
export function createLogger(): Logger {
  return pino({ level: process.env['LOG_LEVEL'] ?? 'warn', base: undefined }, pino.destination({ dest: 2, sync: true })) satisfies Logger;
}

/** Starts everything. Throws PatchbayError with a hint when it cannot; nothing keeps running then but ptyHost. */
export async function startPlatform(config: Config, logger: Logger): Promise<Platform> {
  const owned = new DisposableStack();
  try {
    mkdirSync(config.data, { recursive: true, mode: 0o700 });
    chmodSync(config.data, 0o700);
    let url = config.url;
    owned.add({ dispose: lockData(config.data, url) });

    const { workshops, problems } = await loadWorkshops(config.workshops);
    if (problems.length > 0) {
      throw new PatchbayError('bad-labs', `Labs to correct:\n${problems.map((problem) => `  ${problem.file}:${problem.line}: ${problem.message}`).join('\n')}`, { hint: 'patchbay lab lint PATH shows the same.' });
    }
    const store = owned.add(openStore({ file: join(config.data, 'patchbay.sqlite') }));
    const terminals = owned.add(await connectPtyHost({
      socketPath: join(config.data, 'ptyhost.sock'), nodePath: config.node, entry: join(config.root, 'server/terminals/ptyHostMain.ts'), logger: logger.child({ room: 'terminals' }),
    }));
    const paths = { clusters: join(config.data, 'clusters'), images: join(config.data, 'images'), node: config.node, bundle: join(config.root, 'build/engine.cjs') };
    const { provider, why } = createProvider(config.provider, paths, logger.child({ room: 'clusters' }));
    const missing = (await provider.preflight()).filter((finding) => finding.blocking);
    const clusters = owned.add(createClusters({ provider, why, clock: systemClock, logger: logger.child({ room: 'clusters' }), parallel: availableParallelism(), nodes: NODES_PER_CLUSTER }));
    const sessions = owned.add(createSessions({ store, terminals, clusters, workshops, clock: systemClock, logger: logger.child({ room: 'sessions' }) }));
    const classrooms = owned.add(createClassrooms({
      store, sessions, workshops, provider: clusters.provider, clock: systemClock, logger: logger.child({ room: 'classrooms' }),
      baseUrl: () => url, ...(config.instructorPassword === undefined ? {} : { instructorPassword: config.instructorPassword }),
    }));
    const app = createApp({
      sessions, classrooms, clock: systemClock, logger: logger.child({ room: 'http' }), baseUrl: () => url, webRoot: join(config.root, 'build/web'), trustProxy: config.trustProxy,
    });
    sessions.start();
    const opened = await classrooms.start();
    const http = await startHttp({ app, host: config.host, port: config.port, ...(config.tls ? { tls: config.tls } : {}) });
    if (config.port === 0) url = config.url.replace(/:0$/, `:${http.port}`);
    return {
      opened: { ...opened, joinLink: opened.joinLink.replace(config.url, url), instructorLink: opened.instructorLink.replace(config.url, url) },
      url, provider: clusters.provider, missing,
      async close() {
        await http.close();
        owned.dispose();
      },
    };
  } catch (error) {
    owned.dispose();
    throw error;
  }
}

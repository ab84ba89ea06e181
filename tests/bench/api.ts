// Measures the API's answers while 50 watches follow what 200 writes a second change: latency from the moment a request was due.
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseKubeconfig } from '../../server/clusters/providers/shared/kubeconfig.ts';
import { openTestProvider } from '../support/liveProvider.ts';
import { machine, quantile, report } from '../support/measure.ts';

const WATCHES = 50;
const WRITES_PER_SECOND = 200;
const READ_EVERY = 10;
const SECONDS = 8;
const WARM_UP_SECONDS = 2;
const OBJECTS = 100;
const FOLDER = '/api/v1/namespaces/default/configmaps';

const before = machine();
await using live = await openTestProvider();
await live.provider.provision({ name: 'bench', nodes: 3, egress: false }, { signal: AbortSignal.timeout(60_000), onStage() {} });
const state = join(live.data, 'clusters', 'bench');
const { socketPath, ca, cert, key, serverName } = parseKubeconfig(await readFile(join(state, 'admin.kubeconfig'), 'utf8'), join(state, 'run', 'api.sock'));
const connection = { socketPath, ca, cert, key, servername: serverName };
const agent = new Agent({ keepAlive: true });

function ask(method: string, path: string, options: { body?: string; agent?: Agent | false } = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    request({ ...connection, agent: options.agent ?? agent, method, path, headers: { accept: 'application/json', ...(options.body ? { 'content-type': type, 'content-length': Buffer.byteLength(options.body) } : {}) } }, resolve)
      .on('error', reject).end(options.body);
  });
}

async function whole(method: string, path: string, body?: string): Promise<void> {
  const response = await ask(method, path, { body });
  for await (const chunk of response) void chunk;
  if (response.statusCode! >= 300) throw new Error(`${method} ${path}: ${response.statusCode}`);
}

const configMap = (name: string, value: string) => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } });
for (let index = 0; index < OBJECTS; index += 1) await whole('POST', FOLDER, configMap(`c-${index}`, ''));

let events = 0;
const watches = await Promise.all(Array.from({ length: WATCHES }, async () => {
  const response = await ask('GET', `${FOLDER}?watch=true&resourceVersion=0`, { agent: false });
  // Each event is one line; nothing more is done with it, so that the measuring process stays out of the way.
  response.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) events += 1;
  }).on('error', () => {});
  return response;
}));

const writes: number[] = [];
const reads: number[] = [];
const pending: Promise<void>[] = [];
const started = performance.now();
const total = (SECONDS + WARM_UP_SECONDS) * WRITES_PER_SECOND;
let eventsBefore = 0;
for (let index = 0; index < total; index += 1) {
  const due = started + (index * 1_000) / WRITES_PER_SECOND;
  const wait = due - performance.now();
  if (wait > 0) await delay(wait);
  const counts = index >= WARM_UP_SECONDS * WRITES_PER_SECOND;
  if (index === WARM_UP_SECONDS * WRITES_PER_SECOND) eventsBefore = events;
  const timed = async (samples: number[], asked: Promise<void>) => {
    // Timers fire up to a millisecond late; a request that could not even be sent in time was late by the API's fault or this process's.
    await asked;
    if (counts) samples.push(performance.now() - due);
  };
  pending.push(timed(writes, whole('PATCH', `${FOLDER}/c-${index % OBJECTS}`, JSON.stringify({ data: { value: String(index) } }))));
  if (index % READ_EVERY === 0) pending.push(timed(reads, whole('GET', `${FOLDER}/c-${(index + 1) % OBJECTS}`)));
}
await Promise.all(pending);
const seconds = (performance.now() - started) / 1_000;
await delay(200); // the last events arrive
const expected = WATCHES * SECONDS * WRITES_PER_SECOND;
for (const watch of watches) watch.destroy();
agent.destroy();

const shares = (samples: readonly number[]) => ({ p50: Number(quantile(samples, 0.5).toFixed(1)), p99: Number(quantile(samples, 0.99).toFixed(1)), max: Number(Math.max(...samples).toFixed(1)), requests: samples.length });
report('api', {
  ...before,
  watches: WATCHES,
  writesPerSecond: Number((total / seconds).toFixed(0)),
  writeMs: shares(writes),
  readMs: shares(reads),
  eventsDelivered: Number(((events - eventsBefore) / expected).toFixed(3)),
});

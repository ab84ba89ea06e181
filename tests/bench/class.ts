// Measures a class of thirty that joins within two seconds: join to ready, queue, board, typing, checks and the server's memory. Prints JSON.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { LiveServer } from '../support/liveServer.ts';
import { TestBrowser, type TestSocket } from '../support/testBrowser.ts';

const STUDENTS = Number(process.env['STUDENTS'] ?? 30);
const JOIN_WITHIN_MS = 2_000;
const READY_PATIENCE_MS = 180_000;
const KEYS = 40;
const labId = 'reach-a-pod';

const round = (value: number) => Math.round(value * 10) / 10;
const spread = (values: number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
  return { median: at(0.5), p95: at(0.95), last: at(1), count: sorted.length };
};
const memoryMiB = (pid: number) => round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);

/** Resolves with the milliseconds until a message fits, looking from message `from` on. */
async function until(socket: TestSocket, fits: (message: any) => boolean, patienceMs: number, from = 0): Promise<number> { // oxlint-disable-line typescript/no-explicit-any -- messages are looked at, not parsed: the tests do that
  const started = performance.now();
  let seen = from;
  for (;;) {
    for (; seen < socket.messages.length; seen++) if (fits(socket.messages[seen])) return performance.now() - started;
    if (socket.closed) throw new Error(`the socket closed with ${socket.closed.code}`);
    const left = patienceMs - (performance.now() - started);
    if (left <= 0) throw new Error(`nothing came within ${patienceMs} ms; last ${JSON.stringify(socket.messages.at(-1))?.slice(0, 300)}`);
    await Promise.race([new Promise((resolve) => { socket.websocket.once('message', resolve); }), delay(Math.min(left, 500))]);
  }
}

interface Student { browser: TestBrowser & { sessionId: string }; events: TestSocket; joinMs: number; readyMs: number; queued: number; estimated: boolean; failure?: string }

async function joinAndWait(server: LiveServer, index: number): Promise<Student> {
  await delay((index * JOIN_WITHIN_MS) / STUDENTS);
  const started = performance.now();
  const browser = await server.join(`Student ${index + 1}`);
  const joinMs = performance.now() - started;
  const events = await browser.socket('/api/v1/events');
  const clusters = () => events.messages.flatMap((message) => (message.type === 'hello' ? [message.session.cluster] : message.type === 'cluster' ? [message.cluster] : []));
  let failure: string | undefined;
  await until(events, () => ['ready', 'failed'].includes(clusters().at(-1)?.state), READY_PATIENCE_MS).catch((error: unknown) => { failure = String(error); });
  const readyMs = performance.now() - started;
  const queued = clusters().filter((cluster) => cluster.state === 'queued');
  if (clusters().at(-1)?.state !== 'ready') failure ??= clusters().at(-1)?.detail ?? 'not ready';
  return { browser, events, joinMs, readyMs, queued: queued.length, estimated: queued.every((cluster) => cluster.place > 0 && cluster.stage?.estimateMs > 0), ...(failure && { failure }) };
}

/** Milliseconds from a request of one student until the instructor's page is told. */
async function boardLatency(board: TestSocket, students: readonly Student[]): Promise<number[]> {
  const found: number[] = [];
  for (const { browser, events } of students.slice(0, 10)) {
    const from = board.messages.length;
    const steps = (await browser.get(`/api/v1/labs/${labId}`)).body.steps as { id: string }[];
    const step = steps[1]!.id;
    events.send({ type: 'watching', labId, stepId: step });
    found.push(await until(board, (message) => message.type === 'student' && message.student.sessionId === browser.sessionId && message.student.at?.stepId === step, 10_000, from));
  }
  return found;
}

/** Milliseconds from a key to its echo, in one terminal of each of some students. */
async function keyEcho(students: readonly Student[]): Promise<number[]> {
  const found: number[] = [];
  await Promise.all(students.slice(0, 10).map(async ({ browser }) => {
    const opened = await browser.post('/api/v1/terminals', { machine: 'workstation' });
    if (opened.status !== 200) throw new Error(opened.text);
    const socket = await browser.socket(`/api/v1/terminals/${opened.body.id}/socket`);
    socket.send({ type: 'open', cols: 100, rows: 30 });
    await socket.untilTrue('a prompt', () => /\$ /.test(socket.drawn));
    for (let key = 0; key < KEYS; key++) {
      const from = socket.messages.length;
      socket.send({ type: 'input', data: 'x' });
      found.push(await until(socket, (message) => message.type === 'output', 10_000, from));
      await delay(25);
    }
    socket.close();
  }));
  return found;
}

await using server = await LiveServer.start();
const startMemory = memoryMiB(server.pid);
const instructor = new TestBrowser(server.url);
await instructor.post('/api/v1/instructor/login', { password: server.password });
const board = await instructor.socket('/api/v1/classroom/events');
const started = performance.now();
const students = await Promise.all(Array.from({ length: STUDENTS }, (_, index) => joinAndWait(server, index)));
const allReady = performance.now() - started;
const failures = students.flatMap(({ failure }) => (failure ? [failure] : []));
const ready = students.filter(({ failure }) => !failure);
const boardMessages = board.messages.length;

const openedMs = await Promise.all(ready.map(async ({ browser, events }) => {
  const from = events.messages.length;
  const began = performance.now();
  const { body } = await browser.post(`/api/v1/labs/${labId}/open`);
  if (body.phase !== 'open') await until(events, (message) => message.type === 'lab' && message.lab.phase === 'open', 60_000, from);
  return performance.now() - began;
}));
const board1 = await boardLatency(board, ready);
const keys = await keyEcho(ready);
// Everyone presses Check at the same moment.
const checks = await Promise.all(ready.map(async ({ browser }) => {
  const { body } = await browser.get(`/api/v1/labs/${labId}`);
  const check = body.steps.flatMap((step: { blocks: { type: string; check?: { id: string } }[] }) => step.blocks).find((block: { type: string }) => block.type === 'check').check.id as string;
  const began = performance.now();
  const answer = await browser.post(`/api/v1/labs/${labId}/checks/${check}/run`, {});
  if (answer.status !== 200) failures.push(answer.text);
  else if (answer.body.verdict.kind === 'broken') failures.push(`broken: ${answer.body.verdict.finding}`);
  return performance.now() - began;
}));

console.log(JSON.stringify({
  bench: 'class', students: STUDENTS, cores: availableParallelism(),
  joinMs: spread(students.map(({ joinMs }) => joinMs)),
  joinToReadyMs: spread(ready.map(({ readyMs }) => readyMs)), allReadyMs: round(allReady),
  queued: { students: students.filter(({ queued }) => queued > 0).length, everyOneWithPlaceAndEstimate: students.every(({ estimated }) => estimated) },
  openLabMs: spread(openedMs), checkTogetherMs: spread(checks), boardEventMs: spread(board1), boardMessages, keyEchoMs: spread(keys),
  serverMemoryMiB: { start: startMemory, class: memoryMiB(server.pid) },
  failures,
}, null, 2));
for (const { events } of students) events.close();
board.close();
if (failures.length > 0) process.exitCode = 1;

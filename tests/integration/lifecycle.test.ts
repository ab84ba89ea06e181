// Restarts, draining, headers, pages and metrics.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../server/base/index.ts';
import { LabState } from '../../server/contract/index.ts';
import { clusterNameOf } from '../../server/sessions/index.ts';
import { connectPtyHost } from '../../server/terminals/index.ts';
import { TestMachine } from '../support/testServer.ts';

function machineFor(t: TestContext): TestMachine {
  const machine = new TestMachine();
  t.after(() => machine.dispose());
  return machine;
}

describe('the server\'s life', () => {
  test('a restarted server finds progress, clusters, labs and shells; the browser\'s cookie still counts', async (t) => {
    const machine = machineFor(t);
    const ptyHost = { socketPath: join(machine.folder, 'pty.sock'), nodePath: process.execPath, entry: fileURLToPath(new URL('../../server/terminals/ptyHostMain.ts', import.meta.url)), logger: silentLogger };
    machine.terminals = await connectPtyHost(ptyHost);
    let server = await machine.start();
    const { joinCode } = server.opened;
    const ada = await server.student('Ada');
    await ada.post('/api/v1/labs/first/open');
    await ada.post('/api/v1/labs/first/checks/worker-address/run', { answer: '1.2.3.4' });
    await ada.post('/api/v1/labs/first/checks/worker-address/run', { answer: '172.18.0.3' });
    const cluster = machine.host.clusters.get(clusterNameOf(ada.sessionId));
    const { id } = (await ada.post('/api/v1/terminals', { machine: 'workstation' })).body;
    const socket = await ada.socket(`/api/v1/terminals/${id}/socket`);
    socket.send({ type: 'open', cols: 80, rows: 24 });
    await socket.untilTrue('prompt', () => socket.drawn.includes('$ '));
    socket.send({ type: 'input', data: 'KEPT=yes; echo still-$((40+2))\r' });
    await socket.untilTrue('output', () => socket.drawn.includes('still-42'));
    const { seq } = socket.messages.filter((message) => message.seq !== undefined).at(-1);

    await server.close();
    await socket.untilClosed();
    assert.equal(socket.closed?.code, 4503);
    machine.terminals.dispose();
    machine.terminals = await connectPtyHost(ptyHost);
    server = await machine.start();
    const back = server.visitor();
    for (const [name, value] of ada.cookies) back.cookies.set(name, value);
    assert.equal(server.opened.joinCode, joinCode);
    assert.equal(server.opened.password, undefined);
    const events = await back.socket('/api/v1/events');
    const hello = await events.until('hello', (message) => message.type === 'hello');
    assert.deepEqual([hello.session.name, hello.session.workshop.labs[0].earned], ['Ada', 1]);
    await events.untilTrue('the lab open again', () => events.messages.some((message) => message.type === 'lab' && message.lab.phase === 'open') || hello.session.cluster.state === 'ready');
    assert.equal(machine.host.clusters.get(clusterNameOf(ada.sessionId)), cluster);
    const state = LabState.parse((await back.post('/api/v1/labs/first/open')).body);
    assert.equal(state.phase, 'open');
    const check = state.checks.find((one) => one.id === 'worker-address')!;
    assert.deepEqual([check.earned, check.attempts, check.verdict?.kind, check.answer], [true, 2, 'passed', '172.18.0.3']);
    assert.deepEqual((await back.get('/api/v1/terminals')).body.map((view: { id: string }) => view.id), [id]);
    const again = await back.socket(`/api/v1/terminals/${id}/socket`);
    again.send({ type: 'open', since: seq, cols: 80, rows: 24 });
    again.send({ type: 'input', data: 'echo "kept:$KEPT"\r' });
    await again.untilTrue('the shell\'s own variable', () => again.drawn.includes('kept:yes'));
    assert.doesNotMatch(again.drawn, /still-42/);
    again.close();
  });

  test('draining: not ready, calls refused, pages told, a request under way finished', async (t) => {
    const machine = machineFor(t);
    machine.host.held = true;
    const server = await machine.start();
    const ada = await server.student('Ada');
    const events = await ada.socket('/api/v1/events');
    assert.equal((await ada.get('/readyz')).status, 200);
    const opening = ada.post('/api/v1/labs/first/open'); // waits for the cluster
    await events.until('preparing', (message) => message.type === 'lab' && message.lab.phase === 'preparing');
    const closing = server.close();
    await events.untilClosed();
    assert.equal(events.closed!.code, 4503);
    machine.host.release();
    const answer = await opening;
    assert.equal(answer.status, 200);
    await closing;
    await assert.rejects(ada.get('/healthz'));
  });

  test('a lab that waits for a cluster which is thrown away opens on the next', async (t) => {
    const machine = machineFor(t);
    machine.host.held = true;
    const server = await machine.start();
    const ada = await server.student('Ada');
    const events = await ada.socket('/api/v1/events');
    const opening = ada.post('/api/v1/labs/first/open');
    await events.until('preparing', (message) => message.type === 'lab' && message.lab.phase === 'preparing');
    await ada.post('/api/v1/cluster/renew');
    machine.host.release();
    await events.until('open', (message) => message.type === 'lab' && message.lab.phase === 'open');
    assert.equal((await opening).status, 200);
    assert.equal((await ada.get('/api/v1/labs/first/state')).body.phase, 'open');
  });

  test('pages: one for every address, hashed files for ever, headers on all; the API is never a page', async (t) => {
    const machine = machineFor(t);
    const webRoot = join(machine.folder, 'web');
    mkdirSync(join(webRoot, 'assets'), { recursive: true });
    writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Patchbay</title>');
    writeFileSync(join(webRoot, 'assets', 'app-abc123.js'), 'export {}');
    const server = await machine.start({ webRoot });
    const browser = server.visitor();
    const html = { accept: 'text/html' };
    for (const [path, status] of [['/', 200], ['/join/ab-cd', 200], ['/labs/first', 200], ['/instructor', 200], ['/nowhere', 404], ['/assets/none.js', 404], ['/api/v1/none', 404], ['/..%2f..%2fetc%2fpasswd', 404]] as const) {
      const answer = await browser.get(path, html);
      assert.equal(answer.status, status, path);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
      assert.match(answer.headers.get('content-security-policy')!, /default-src 'none'; script-src 'self';.*frame-ancestors 'none'/);
      assert.equal(answer.headers.get('x-powered-by'), null);
    }
    assert.match((await browser.get('/assets/app-abc123.js')).headers.get('cache-control')!, /immutable/);
    assert.equal((await browser.get('/', html)).headers.get('cache-control'), 'no-cache');
    assert.equal((await browser.get('/s/wrong', html)).headers.get('location'), '/join?problem=link-wrong');
  });

  test('behind HTTPS cookies are secure and bound to the host; without a password given one is made and told once', async (t) => {
    const machine = machineFor(t);
    const server = await machine.start({ baseUrl: 'https://patchbay.example' });
    const answer = await server.visitor().request('POST', '/api/v1/join', { body: JSON.stringify({ code: server.opened.joinCode, name: 'Ada' }), headers: { 'content-type': 'application/json', origin: 'https://patchbay.example' } });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.getSetCookie()[0]!, /^__Host-patchbay-student=[\w-]{43}; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/);
    assert.match(answer.body.personalLink, /^https:\/\/patchbay\.example\/s\//);
    assert.equal(server.opened.joinLink, `https://patchbay.example/join/${server.opened.joinCode}`);
  });

  test('metrics count sessions, clusters, terminals, checks and requests; a proxy\'s clients do not get them', async (t) => {
    const machine = machineFor(t);
    const server = await machine.start();
    const ada = await server.student('Ada');
    await ada.post('/api/v1/labs/first/open');
    await ada.post('/api/v1/labs/first/checks/made/run');
    await ada.post('/api/v1/terminals', { machine: 'worker' });
    const { text } = await server.visitor().get('/metrics');
    for (const line of [/patchbay_sessions\{state="known"\} 1/, /patchbay_clusters\{state="ready"\} 1/, /patchbay_terminals 1/, /patchbay_check_seconds_count\{type="resource",verdict="failed",asked="true"\} 1/, /patchbay_http_requests_total\{method="POST",route="\/api\/v1\/labs\/:lab\/open",status="200"\} 1/]) assert.match(text, line);
    assert.equal((await server.visitor().get('/metrics', { 'x-forwarded-for': '10.0.0.1' })).status, 403);
    assert.equal((await (await server.instructor()).get('/metrics', { 'x-forwarded-for': '10.0.0.1' })).status, 200);
  });
});

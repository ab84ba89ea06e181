import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { ControlProbeTarget } from '../types/control.ts';
import { boundedWriter, createLineLogger } from './lineLogger.ts';
import { createProbers } from './prober.ts';
import { probeTarget } from './probe.ts';
import { parseProbeRequest, parseResolveRequest } from './requests.ts';
import { parseResolver, planNames, Resolver } from './resolver.ts';

const nowhere = new Resolver(parseResolver('', '127.0.0.1 localhost web\n'));
const target = (fields: Partial<ControlProbeTarget>): ControlProbeTarget => ({ id: 'x', host: '127.0.0.1', port: 1, protocol: 'tcp', timeoutMs: 2000, ...fields });

describe('probing', () => {
  test('an HTTP server is open, with status, headers and body cut at 16 KiB', async (t) => {
    const server = createServer((request, response) => {
      response.setHeader('x-host', request.headers.host ?? '');
      response.end('b'.repeat(40_000));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const plain = await probeTarget(target({ host: 'web', port }), nowhere);
    assert.deepEqual([plain.outcome, plain.address], ['open', '127.0.0.1']);
    const answer = await probeTarget(target({ host: 'web', port, http: { path: '/', hostHeader: 'shop.example' } }), nowhere);
    assert.equal(answer.http?.status, 200);
    assert.equal(answer.http?.headers['x-host'], 'shop.example');
    assert.equal(answer.http?.body.length, 16 * 1024);
  });

  test('a closed port is refused, by TCP and by UDP', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    for (const protocol of ['tcp', 'udp'] as const) assert.equal((await probeTarget(target({ protocol, port }), nowhere)).outcome, 'refused', protocol);
  });

  test('UDP: an answer is open, silence is dropped', async (t) => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    t.after(() => socket.close());
    const { port } = socket.address();
    assert.equal((await probeTarget(target({ protocol: 'udp', port, timeoutMs: 30 }), nowhere)).outcome, 'dropped');
    socket.on('message', (_, from) => socket.send('pong', from.port, from.address));
    assert.equal((await probeTarget(target({ protocol: 'udp', port }), nowhere)).outcome, 'open');
  });

  test('a server that talks no HTTP is an error, an unknown name is dns', async (t) => {
    const socket = createServer().on('connection', (connection) => connection.end('no\r\n\r\n')).listen(0, '127.0.0.1');
    await once(socket, 'listening');
    t.after(() => socket.close());
    const { port } = socket.address() as AddressInfo;
    assert.equal((await probeTarget(target({ port, http: { path: '/' } }), nowhere)).outcome, 'error');
    const unknown = await probeTarget(target({ host: 'nobody' }), nowhere);
    assert.equal(unknown.outcome, 'dns');
    assert.ok(unknown.detail);
  });
});

describe('probers', () => {
  const place = { argv: (command: readonly string[]) => [...command], resolvConf: '', hosts: '127.0.0.1 web\n' };
  const program = [process.execPath, join(import.meta.dirname, 'proberMain.ts')];
  test('one program answers several jobs of a place', async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const probers = createProbers(program);
    const first = await probers.run(place, { targets: [target({ host: 'web', port }), target({ id: 'y', host: 'nobody', port })] });
    assert.deepEqual(first.results.map(({ id, outcome }) => [id, outcome]), [['x', 'open'], ['y', 'dns']]);
    const both = await Promise.all([probers.run(place, { targets: [target({ id: 'z', port })] }), probers.run(place, { questions: [{ id: 'q', name: 'web', type: 'A' }] })]);
    assert.deepEqual([both[0].results[0]?.id, both[1].answers[0]?.rcode], ['z', 'TIMEOUT']);
  });
  test('a prober that dies is told with its words', async () => {
    const probers = createProbers([process.execPath, '-e', 'console.error("no room"); process.exitCode = 1']);
    await assert.rejects(probers.run(place, { targets: [] }), { code: 'engine-probe-failed', message: /no room/ });
  });
});

describe('resolving', () => {
  test('ndots decides the order of names', () => {
    const config = { search: ['a.svc', 'svc'], ndots: 5 };
    assert.deepEqual(planNames('web', config), ['web.a.svc', 'web.svc', 'web']);
    assert.deepEqual(planNames('web.b', { ...config, ndots: 1 }), ['web.b', 'web.b.a.svc', 'web.b.svc']);
    assert.deepEqual(planNames('web.', config), ['web']);
  });
  test('resolv.conf and hosts are read as libc does', () => {
    assert.deepEqual(parseResolver('# c\nnameserver 10.0.0.1\nsearch a b\noptions ndots:5 timeout:1\n', '::1 six\n10.1.1.1 One one.example # note\n'), {
      nameservers: ['10.0.0.1'], search: ['a', 'b'], ndots: 5, hosts: { one: '10.1.1.1', 'one.example': '10.1.1.1' },
    });
  });
});

describe('requests', () => {
  const source = { kind: 'machine', name: 'workstation' };
  test('a full request passes as it is', () => {
    const body = { source: { kind: 'pod', namespace: 'a', pod: 'b' }, targets: [{ id: '1', host: 'h', port: 80, protocol: 'tcp', timeoutMs: 100, http: { path: '/', hostHeader: 'x' } }] };
    assert.deepEqual(parseProbeRequest(body), body);
  });
  const bad: [string, unknown][] = [
    ['no object', 7], ['no source', { targets: [] }], ['kind', { source: { kind: 'host', name: 'x' }, targets: [] }],
    ['port', { source, targets: [{ id: '1', host: 'h', port: 70_000, protocol: 'tcp', timeoutMs: 1 }] }],
    ['timeout', { source, targets: [{ id: '1', host: 'h', port: 1, protocol: 'tcp', timeoutMs: 1e9 }] }],
    ['path with a line break', { source, targets: [{ id: '1', host: 'h', port: 1, protocol: 'tcp', timeoutMs: 1, http: { path: '/\r\nX: y' } }] }],
    ['too many', { source, targets: Array.from({ length: 501 }, () => ({})) }],
  ];
  for (const [name, body] of bad) {
    test(`refused: ${name}`, () => {
      assert.throws(() => parseProbeRequest(body), { code: 'engine-bad-request' });
    });
  }
  test('questions of unknown types are refused', () => {
    assert.throws(() => parseResolveRequest({ source, questions: [{ id: '1', name: 'x', type: 'ANY' }] }), { code: 'engine-bad-request' });
  });
});

test('log lines carry bound fields and errors, below the level nothing', () => {
  const lines: string[] = [];
  const logger = createLineLogger((line) => lines.push(line)).child({ part: 'x' });
  logger.debug({}, 'quiet');
  logger.error({ err: new Error('boom') }, 'loud');
  assert.equal(lines.length, 1);
  const line = JSON.parse(lines[0]!) as { part: string; msg: string; err: { message: string } };
  assert.deepEqual([line.part, line.msg, line.err.message], ['x', 'loud', 'boom']);
});

test('a log file is begun anew past its limit, the old one kept once', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pb-log-'));
  const file = join(folder, 'engine.log');
  const descriptor = openSync(file, 'a');
  t.after(() => {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });
  const write = boundedWriter(descriptor, file, 10);
  for (const line of ['one\n', 'twotwotwo\n', 'three\n']) write(line);
  assert.equal(readFileSync(file, 'utf8'), 'three\n');
  assert.equal(readFileSync(`${file}.1`, 'utf8'), 'one\ntwotwotwo\n');
});

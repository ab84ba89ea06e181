import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Clock } from '../../base/index.ts';
import type { Container, Probe } from '../types/index.ts';
import { ProbeRunner } from './probeRunner.ts';
import { runProbe, tryPort } from './probes.ts';
import type { ProbeResult } from './probes.ts';

describe('one run', () => {
  const server = http.createServer((request, response) => {
    if (request.url === '/silent') return;
    const redirect = { '/moved': '/bad', '/loop': '/loop', '/away': 'http://elsewhere.invalid/' }[request.url!];
    if (redirect) return void response.writeHead(302, { location: redirect }).end();
    response.writeHead(request.url === '/bad' ? 503 : 200, { agent: request.headers['user-agent'] }).end();
  });
  let port = 0;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const container = (): Container => ({ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: port }] });
  const run = (probe: Probe) => runProbe({ timeoutSeconds: 0.2, ...probe }, { address: '127.0.0.1', container: container(), exec: () => Promise.reject(new Error('none')) });

  test('HTTP by named port: any status below 400 is success', async () => {
    assert.deepEqual(await run({ httpGet: { port: 'http' } }), { ok: true });
    assert.deepEqual(await run({ httpGet: { port: 'http', path: '/bad' } }), { ok: false, message: 'HTTP probe failed with statuscode: 503' });
  });
  test('redirects are followed on the same host; one that leaves it is an answer', async () => {
    assert.deepEqual(await run({ httpGet: { port, path: '/moved' } }), { ok: false, message: 'HTTP probe failed with statuscode: 503' });
    assert.deepEqual(await run({ httpGet: { port, path: '/loop' }, timeoutSeconds: 5 }), { ok: false, message: 'Get "/loop": stopped after 10 redirects' });
    assert.deepEqual(await run({ httpGet: { port, path: '/away' } }), { ok: true });
  });
  test('silence, refusal, unknown ports and a command that cannot run are told in upstream\'s words', async () => {
    const message = async (probe: Probe) => ((await run(probe)) as { message: string }).message;
    assert.match(await message({ httpGet: { port, path: '/silent' } }), /context deadline exceeded/);
    assert.match(await message({ tcpSocket: { port: 1 } }), /^dial tcp 127\.0\.0\.1:1: connect: connection refused$/);
    assert.match(await message({ httpGet: { port: 1 } }), /^Get "http:\/\/127\.0\.0\.1:1\/": dial tcp .* connection refused$/);
    assert.match(await message({ tcpSocket: { port: 'nope' } }), /couldn't find port: nope/);
    assert.match(await message({ exec: { command: ['x'] } }), /none/);
  });
  test('TCP success', async () => assert.deepEqual(await run({ tcpSocket: { port } }), { ok: true }));
  test('ports by number, digits or name', () => assert.deepEqual([tryPort(container(), 8), tryPort(container(), '9'), tryPort(container(), 'http')], [8, 9, port]));
});

describe('over time', () => {
  /** A clock whose timers run when told. */
  function makeClock() {
    let now = 0;
    const timers: { at: number; callback: () => void }[] = [];
    const clock: Clock = {
      now: () => now,
      after(ms, callback) {
        const timer = { at: now + ms, callback };
        timers.push(timer);
        return { dispose: () => { if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1); } };
      },
    };
    return {
      clock, timers,
      async to(time: number) {
        for (;;) {
          const next = timers.filter((timer) => timer.at <= time).sort((a, b) => a.at - b.at)[0];
          if (!next) break;
          timers.splice(timers.indexOf(next), 1);
          now = next.at;
          next.callback();
          await new Promise((resolve) => setImmediate(resolve));
        }
        now = time;
      },
    };
  }
  function follow(probes: Partial<Container>, answer: (at: number, probe: Probe) => boolean) {
    const { clock, timers, to } = makeClock();
    const seen: string[] = [];
    const runner = new ProbeRunner({ name: 'c', image: 'i', ...probes }, {
      clock,
      run: async (probe): Promise<ProbeResult> => (answer(clock.now(), probe) ? { ok: true } : { ok: false, message: 'no' }),
      listener: {
        onStarted: () => seen.push(`${clock.now()} started`), onReady: (ready) => seen.push(`${clock.now()} ready ${ready}`),
        onUnhealthy: (kind) => seen.push(`${clock.now()} unhealthy ${kind}`), onDead: (kind) => seen.push(`${clock.now()} dead ${kind}`),
      },
    });
    return { seen, to, timers, runner };
  }
  const tcpSocket = { port: 80 };

  test('readiness: early tries do not count as failures, then thresholds hold; each run from there on says it again', async () => {
    const { seen, to } = follow({ readinessProbe: { tcpSocket, periodSeconds: 1, failureThreshold: 2 } }, (at) => at > 100 && at < 2000);
    await to(5000);
    assert.deepEqual(seen, ['0 started', '150 ready true', '1150 ready true', '2150 unhealthy readiness', '3150 unhealthy readiness', '3150 ready false', '4150 unhealthy readiness', '4150 ready false']);
  });
  test('an initial delay is kept', async () => {
    const { seen, to } = follow({ readinessProbe: { tcpSocket, initialDelaySeconds: 3 } }, () => true);
    await to(2999);
    assert.deepEqual(seen, ['0 started']);
    await to(3000);
    assert.deepEqual(seen.slice(1), ['3000 ready true']);
  });
  test('liveness kills at its threshold', async () => {
    const { seen, to } = follow({ livenessProbe: { exec: { command: ['x'] }, periodSeconds: 10 } }, () => false);
    await to(20_000);
    assert.deepEqual(seen.at(-1), '20000 dead liveness');
  });
  test('others wait for the startup probe, which does not run again', async () => {
    const { seen, to } = follow({ startupProbe: { exec: { command: ['s'] }, periodSeconds: 1, failureThreshold: 30 }, livenessProbe: { exec: { command: ['l'] }, periodSeconds: 1 } }, (at, probe) => probe.exec!.command![0] === 'l' || at >= 2000);
    await to(4000);
    assert.deepEqual(seen, ['0 unhealthy startup', '1000 unhealthy startup', '2000 started']);
  });
  test('dispose leaves no timer', async () => {
    const { timers, runner, to } = follow({ readinessProbe: { tcpSocket } }, () => true);
    await to(1000);
    runner.dispose();
    assert.equal(timers.length, 0);
  });
});

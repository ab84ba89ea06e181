// The real kubectl forwards ports to real pods: many connections, large transfers, refusals, and a pod that goes.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { kubectls, openKubectl, openLiveCluster, type Kubectl, type LiveCluster } from './liveKubectl.ts';
import { startForward } from './portForward.ts';

/** Sends bytes, half closes, and resolves with the whole answer. */
function exchange(port: number, bytes: Buffer | string): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  return buffer(socket);
}

const get = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const megabytes = 10;

/** Sinks on 9001 answer with the hash of what they got; 9002 sends what /blob holds; 9003 answers late. */
const serverScript = [
  'busybox nc -ll -p 9003 -e sh -c "cat >/dev/null; sleep 1; echo late" &',
  'busybox nc -ll -p 9001 -e sha256sum &',
  `head -c ${megabytes}000000 /dev/urandom > /blob`,
  'busybox nc -ll -p 9002 -e cat /blob &',
  'touch /ready; wait',
].join('\n');

describe('port-forward', { skip: kubectls[0]!.missing }, () => {
  let live: LiveCluster;
  let one: Kubectl;
  before(async () => {
    live = await openLiveCluster('forward');
    one = await openKubectl(live, kubectls[0]!.file, 'fwd');
    await one.ok('create deployment web --image=patchbay/web --replicas=2');
    await one.ok('expose deployment web --port=8080 --target-port=80');
    await one.ok(['create', '-f', '-'], JSON.stringify({
      apiVersion: 'v1', kind: 'Pod', metadata: { name: 'sink' },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'patchbay/toolbox', command: ['busybox', 'sh', '-c', serverScript], readinessProbe: { exec: { command: ['test', '-e', '/ready'] }, periodSeconds: 1 } }] },
    }));
    await one.ok('wait --for=condition=Available deployment/web --timeout=30s');
    await one.ok('wait --for=condition=Ready pod/sink --timeout=30s');
  });
  after(() => live[Symbol.asyncDispose]());

  for (const { label, short, file, missing } of kubectls) {
    describe(label, { skip: missing }, () => {
      let kubectl: Kubectl;
      before(async () => { kubectl = { ...await openKubectl(live, file, `fwd-${short}`), namespace: 'fwd' }; });
      const forward = (target: string[], env?: Record<string, string>) => startForward({ start: (argv, more) => kubectl.start(['-n', 'fwd', ...argv], more) }, target, env);

      test('to a pod, a Service (its target port) and a Deployment, over WebSocket and SPDY', async () => {
        for (const [target, sockets] of [['svc/web', 'true'], ['deployment/web', 'true'], ['deployment/web', 'false']] as const) {
          const open = await forward([target, target.startsWith('svc') ? ':8080' : ':80'], { KUBECTL_PORT_FORWARD_WEBSOCKETS: sockets });
          assert.match((await exchange(open.port, get)).toString(), /^HTTP\/1\.1 200 OK[^]*served by/, target);
          await open.stop();
        }
      });

      test('many connections at once', async () => {
        const open = await forward(['deployment/web', ':80']);
        const answers = await Promise.all(Array.from({ length: 40 }, () => exchange(open.port, get)));
        assert.equal(answers.filter((answer) => answer.includes('200 OK')).length, 40);
        await open.stop();
      });

      test('large transfers both ways, and an answer long after the end of the question', async () => {
        const open = await forward(['pod/sink', ':9001']);
        const blob = randomBytes(megabytes * 1_000_000);
        assert.equal((await exchange(open.port, blob)).toString().slice(0, 64), sha(blob));
        await open.stop();
        const back = await forward(['pod/sink', ':9002']);
        const stored = await one.ok('exec sink -- sha256sum /blob');
        const [first, second] = await Promise.all([exchange(back.port, ''), exchange(back.port, '')]);
        assert.deepEqual([first.length, sha(first), sha(second)], [megabytes * 1_000_000, stored.slice(0, 64), stored.slice(0, 64)]);
        await back.stop();
        const late = await forward(['pod/sink', ':9003']);
        assert.equal((await exchange(late.port, 'question')).toString(), 'late\n');
        await late.stop();
      });

      test('a refused connection is told in the usual words', async () => {
        const open = await forward(['pod/sink', ':81']);
        const socket = connect(open.port, '127.0.0.1');
        socket.on('error', () => {});
        assert.equal(await text(socket).catch(() => ''), '');
        assert.equal(await open.ended, 1);
        assert.match(open.said(), /an error occurred forwarding \d+ -> 81: error forwarding port 81 to pod [^,]+, uid [^:]*: failed to connect to localhost:81 inside namespace .*, IPv4: dial tcp4 127\.0\.0\.1:81: connect: connection refused/);
        assert.match(open.said(), /error: lost connection to pod\n$/);
      });

      test('what is not there', async () => {
        assert.match((await kubectl.run(['-n', 'fwd', 'port-forward', 'pod/none', ':80'])).stderr, /^Error from server \(NotFound\): pods "none" not found\n$/);
        assert.match((await kubectl.run(['-n', 'fwd', 'port-forward', 'svc/web', ':9'])).stderr, /^error: Service web does not have a service port 9\n$/);
      });

      test('a pod that is killed takes its connections with it', async () => {
        await one.ok(`run victim-${short} --image=patchbay/web`);
        await one.ok(`wait --for=condition=Ready pod/victim-${short} --timeout=20s`);
        const open = await forward([`pod/victim-${short}`, ':80']);
        const idle = connect(open.port, '127.0.0.1');
        idle.on('error', () => {});
        const gone = text(idle).catch(() => '');
        idle.write('GET / HTTP/1.1\r\nHost: x\r\n');
        await one.ok(`delete pod victim-${short} --grace-period=0 --force`);
        await gone;
        const later = connect(open.port, '127.0.0.1');
        later.on('error', () => {});
        await text(later).catch(() => '');
        assert.equal(await open.ended, 1);
        assert.match(open.said(), /error: lost connection to pod\n$/);
      });
    });
  }
});

// The real kubectl inside real pods: run -it, attach, exec with and without a terminal, cp, logs, debug.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { kubectls, openKubectl, openLiveCluster, type Kubectl, type LiveCluster } from './liveKubectl.ts';

const container = (name: string, script: string) => ({ name, image: 'patchbay/toolbox', command: ['sh', '-c', script] });

const pods = [
  {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'multi', labels: { app: 'multi' } },
    spec: {
      terminationGracePeriodSeconds: 1, initContainers: [container('init', 'echo from-init')],
      containers: [container('a', 'echo a1; echo a2; exec sleep 3600'), container('b', 'echo b1; exec sleep 3600')],
    },
  },
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'crash', labels: { app: 'crash' } }, spec: { containers: [container('c', 'echo run; exit 4')] } },
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'ticking' }, spec: { terminationGracePeriodSeconds: 1, containers: [container('main', 'while :; do echo tick; sleep 0.1; done')] } },
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare' }, spec: { terminationGracePeriodSeconds: 1, containers: [{ ...container('main', 'while read -r line; do echo "got $line"; done'), stdin: true }] } },
];

describe('interactive', { skip: kubectls[0]!.missing }, () => {
  let live: LiveCluster;
  before(async () => { live = await openLiveCluster('interactive'); });
  after(() => live[Symbol.asyncDispose]());

  for (const { label, short, file, missing } of kubectls) {
    describe(label, { skip: missing, concurrency: 3, timeout: 60_000 }, () => {
      let k: Kubectl;
      before(async () => {
        k = await openKubectl(live, file, `pods-${short}`);
        await k.ok(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }));
        await k.ok('wait --for=condition=Ready pod/multi pod/ticking pod/bare --timeout=30s');
      });

      test('run -it: a shell on a terminal, its exit code, and nothing left', async () => {
        const shell = k.terminal(['run', 'tmp', '-it', '--rm', '--restart=Never', '--image=patchbay/toolbox', '--', 'sh'], { cols: 91, rows: 23 });
        await shell.shows(/If you don't see a command prompt, try pressing enter\./);
        shell.type('while [ "$(stty size)" != "23 91" ]; do sleep 0.1; done; echo "first"size; tty\r');
        await shell.shows(/firstsize\s+\/dev\/pts\/0/);
        shell.resize(120, 40);
        shell.type('while [ "$(stty size)" != "40 120" ]; do sleep 0.1; done; echo re"sized"; exit 3\r');
        await shell.shows(/resized[^]*pod "tmp" deleted/);
        assert.equal(await shell.ended, 3);
        assert.match((await k.run(['get', 'pod', 'tmp'])).stderr, /pods "tmp" not found/);
      });

      test('run -i takes its input from a pipe', async () => {
        const said = await k.run(['run', 'piped', '-i', '--rm', '-q', '--restart=Never', '--image=patchbay/toolbox', '--', 'wc', '-c'], { input: 'x'.repeat(100_000) });
        assert.deepEqual([said.code, said.stdout.replace(/pod "piped" deleted.*/, '').trim()], [0, '100000'], said.stderr);
      });

      test('exec: output apart, exit code, input, which container', async () => {
        const said = await k.run(['exec', 'multi', '--', 'sh', '-c', 'echo out; echo err >&2; exit 5']);
        assert.deepEqual(said, { code: 5, stdout: 'out\n', stderr: 'Defaulted container "a" out of: a, b, init (init)\nerr\ncommand terminated with exit code 5\n' });
        assert.equal(await k.ok('exec multi -c b -- hostname'), 'multi\n');
        assert.equal(await k.ok('exec deploy/none -- true').catch((error: Error) => /deployments.apps "none" not found/.test(error.message)), true);
        const input = 'line\n'.repeat(200_000);
        assert.equal(await k.ok('exec -i multi -c a -- sh -c cat', input), input);
        assert.match((await k.run(['exec', 'multi', '-c', 'a', '--', 'nosuch'])).stderr, /nosuch[^]*not found in \$PATH[^]*command terminated with exit code 127\n$/);
        assert.match((await k.run(['exec', 'multi', '-c', 'z', '--', 'true'])).stderr, /^error: container z is not valid for pod multi|^Error from server \(BadRequest\): container z is not valid for pod multi/);
      });

      test('exec -it: the size of the terminal follows, words of the runtime are plain', async () => {
        const shell = k.terminal(['exec', '-it', 'multi', '-c', 'a', '--', 'sh'], { cols: 77, rows: 11 });
        await shell.shows(/# /);
        shell.type('while [ "$(stty size)" != "11 77" ]; do sleep 0.1; done; echo "start"ed\r');
        await shell.shows(/started/);
        shell.resize(133, 44);
        shell.type('while [ "$(stty size)" != "44 133" ]; do sleep 0.1; done; echo "follow"ed; exit 7\r');
        await shell.shows(/followed/);
        assert.equal(await shell.ended, 7);
        const absent = k.terminal(['exec', '-it', 'multi', '-c', 'a', '--', 'nosuch']);
        const text = await absent.shows(/command terminated with exit code 127/);
        assert.ok(text.includes('executable file `nosuch` not found in $PATH') && !text.includes('\u001b[1;31m'), text);
      });

      test('attach joins what runs', async () => {
        const child = k.start(['attach', '-i', 'bare']);
        let shown = '';
        const answered = new Promise<void>((resolve) => child.stdout!.on('data', (chunk) => {
          shown += chunk;
          if (shown.includes('got hello')) resolve();
        }));
        child.stdin!.write('hello\n');
        await answered;
        child.kill('SIGKILL');
        await once(child, 'close');
        assert.equal(await k.ok("get pod bare -o jsonpath={.status.containerStatuses[0].restartCount}"), '0');
        assert.match((await k.run(['attach', 'nobody'])).stderr, /pods "nobody" not found/);
      });

      test('cp in both directions: files and folders', async () => {
        mkdirSync(join(k.cwd, 'tree/inner'), { recursive: true });
        writeFileSync(join(k.cwd, 'tree/inner/large'), 'z'.repeat(3_000_000));
        writeFileSync(join(k.cwd, 'tree/small'), 'contents\n');
        await k.ok('cp tree multi:/tmp/tree -c b');
        assert.equal(await k.ok('exec multi -c b -- cat /tmp/tree/small'), 'contents\n');
        await k.ok(`cp ${k.namespace}/multi:/tmp/tree back -c b`);
        assert.equal(readFileSync(join(k.cwd, 'back/inner/large'), 'utf8').length, 3_000_000);
        await k.run(['cp', 'multi:/none', 'none', '-c', 'b']);
        assert.ok(!existsSync(join(k.cwd, 'none')));
      });

      test('logs of each kind', async () => {
        assert.equal(await k.ok('logs multi'), 'a1\na2\n');
        assert.equal(await k.ok('logs multi -c init'), 'from-init\n');
        assert.deepEqual((await k.ok('logs multi --all-containers')).trim().split('\n').sort(), ['a1', 'a2', 'b1', 'from-init']);
        assert.match(await k.ok('logs multi -c b --prefix --timestamps'), /^\[pod\/multi\/b\] \d{4}-\d\d-\d\dT[\d:.]+Z b1\n$/);
        assert.deepEqual((await k.ok('logs -l app=multi --all-containers --tail=1 --prefix')).trim().split('\n').sort(), ['[pod/multi/a] a2', '[pod/multi/b] b1', '[pod/multi/init] from-init']);
        assert.equal(await k.ok('logs multi -c a --since=1h --limit-bytes=4'), 'a1\na');
        const [last] = (await k.ok('logs ticking --timestamps --tail=1')).split(' ');
        const [first] = (await k.ok(`logs ticking --since-time=${last} --timestamps`)).split(' ');
        assert.equal(first!.slice(0, 19), last!.slice(0, 19)); // the client sends whole seconds
        assert.ok((await k.ok('logs ticking --since=1s')).split('\n').length < 30);
        assert.match((await k.run(['logs', 'multi', '-c', 'z'])).stderr, /error: container z is not valid for pod multi/);
        assert.match((await k.run(['logs', 'multi', '-p'])).stderr, /^Defaulted container "a" .*\nError from server \(BadRequest\): previous terminated container "a" in pod "multi" not found\n$/);
      });

      test('logs --previous of a crash, which the pod shows', async () => {
        await k.ok(['wait', '--for=jsonpath={.status.containerStatuses[0].restartCount}=1', 'pod/crash', '--timeout=30s']);
        assert.equal(await k.ok('logs crash --previous'), 'run\n');
        await k.ok(['wait', '--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff', 'pod/crash', '--timeout=30s']);
        assert.match(await k.ok('get pod crash'), /crash +0\/1 +CrashLoopBackOff +1 \(\d+s ago\)/);
        assert.match(await k.ok('describe pod crash'), /Last State: +Terminated\n +Reason: +Error\n +Exit Code: +4\n[^]*Restart Count: +1\n[^]*BackOff +.* +Back-off restarting failed container c in pod crash_/);
        assert.match((await k.run(['exec', 'crash', '--', 'ls'])).stderr, /unable to upgrade connection: container not found \("c"\)/);
      });

      test('logs -f follows until it is left, or the container ends', async () => {
        const follower = k.start(['logs', '-f', 'ticking', '--tail=1']);
        let ticks = 0;
        await new Promise<void>((resolve) => follower.stdout!.on('data', (chunk: Buffer) => {
          ticks += chunk.toString().split('\n').length - 1;
          if (ticks >= 4) resolve();
        }));
        follower.kill('SIGKILL');
        await k.ok(['run', 'brief', '--image=patchbay/toolbox', '--restart=Never', '--', 'sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.2; done']);
        await k.ok('wait --for=jsonpath={.status.containerStatuses[0].started}=true pod/brief --timeout=30s').catch(() => {}); // it may have ended already
        assert.equal(await k.ok('logs -f brief'), '1\n2\n3\n');
        await k.ok(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/brief', '--timeout=30s']);
        assert.match((await k.run(['exec', 'brief', '--', 'ls'])).stderr, /error: cannot exec into a container in a completed pod; current phase is Succeeded/);
        assert.match((await k.run(['attach', 'brief'])).stderr, /error: cannot attach a container in a completed pod; current phase is Succeeded/);
      });

      test('an image that is not there', async () => {
        await k.ok('run absent --image=registry.example/none:1');
        await k.ok(['wait', '--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ImagePullBackOff', 'pod/absent', '--timeout=30s']);
        assert.match((await k.run(['logs', 'absent'])).stderr, /^Error from server \(BadRequest\): container "absent" in pod "absent" is waiting to start: trying and failing to pull image\n$/);
        assert.match(await k.ok('events --for pod/absent --types=Warning'), /Warning +Failed +Pod\/absent +Failed to pull image "registry\.example\/none:1"/);
      });

      test('debug: a container beside, one in a copy', async () => {
        const shell = k.terminal(['debug', 'multi', '-it', '--image=patchbay/toolbox', '--target=b', '-c', 'dbg', '--profile=general', '--', 'sh']);
        await shell.shows(/If you don't see a command prompt, try pressing enter\./);
        shell.type('echo host $(hostname); ps | grep -c "[s]leep 3600"; exit\r');
        await shell.shows(/host multi\s+1/);
        await shell.ended;
        assert.match(await k.ok('describe pod multi'), /Ephemeral Containers:\n +dbg:\n/);
        await k.ok('debug multi --copy-to=copied --container=a --profile=general -- sleep 1000');
        await k.ok('wait --for=condition=Ready pod/copied --timeout=30s');
        assert.equal(await k.ok('get pod copied -o jsonpath={.spec.containers[0].command}'), '["sleep","1000"]');
      });
    });
  }
});

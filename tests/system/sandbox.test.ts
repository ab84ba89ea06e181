// One sandbox: machines that look like machines, limits, isolation, terminals, probes, an engine that comes back.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createEngineHost } from '../../server/engine/index.ts';
import type { EngineCluster } from '../../server/engine/index.ts';
import { silentLogger } from '../../server/base/index.ts';
import { spawnNodePty } from '../../server/terminals/nodePty.ts';
import { callControl, openTestHost, testLimits } from '../support/engineHost.ts';
import type { TestHost } from '../support/engineHost.ts';

let live: TestHost;
let cluster: EngineCluster;
const stages: string[] = [];

before(async () => {
  live = openTestHost();
  cluster = await live.launch('sand', {}, (stage) => stages.push(stage));
});
after(async () => live[Symbol.asyncDispose]());

const sh = async (machine: string, script: string, timeoutMs?: number) => {
  const result = await live.run(cluster, machine, ['sh', '-c', script], timeoutMs);
  return { ...result, text: (result.stdout + result.stderr).trim() };
};

async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await condition());) {
    assert.ok(Date.now() < deadline, `waited too long: ${what}`);
    await delay(20);
  }
}

describe('finding', () => {
  test('stages come in order', () => {
    assert.deepEqual(stages, ['sandbox', 'machines', 'api', 'nodes']);
  });
  test('another host object finds it running, with its machines', async () => {
    const other = await createEngineHost(live.paths, silentLogger).tryGet('sand');
    assert.deepEqual([other?.state, other?.initPid], ['running', cluster.initPid]);
    assert.deepEqual(other?.machines.map(({ name }) => name), ['control-plane', 'worker', 'worker2', 'workstation', 'outside']);
  });
  test('a name is taken once', async () => {
    await assert.rejects(live.launch('sand'), { code: 'engine-exists' });
    await assert.rejects(live.launch('../up'), { code: 'engine-name' });
  });
  test('an unknown machine cannot be entered', () => {
    assert.throws(() => live.host.enter(cluster, 'nowhere', ['true'], { tty: false }), { code: 'engine-machine' });
  });
});

describe('machines', () => {
  test('a node sees its own name and processes only', async () => {
    const { text } = await sh('worker', 'hostname; ps -e -o comm=');
    const [name, ...commands] = text.split('\n').map((line) => line.trim());
    assert.equal(name, 'worker');
    assert.deepEqual(commands.filter((command) => command === 'catatonit').length >= 1, true);
    assert.ok(!commands.some((command) => command.includes('node') || command.includes('engine')), commands.join());
  });
  test('machines reach one another by name, and outside through the router', async () => {
    for (const name of ['control-plane', 'worker2', 'outside']) assert.equal((await sh('workstation', `ping -c1 -W2 ${name}`)).code, 0, name);
  });
  test('the workstation is ready to work on', async () => {
    const { text } = await sh('workstation', 'pwd; test -s ~/.kube/config && echo config; bash -ic "alias k; type -t _init_completion || complete -p | head -1" 2>/dev/null');
    assert.match(text, /^\/root\/lab\nconfig\n.*k='kubectl'/);
  });
  test('ip netns exec works on a node', async () => {
    assert.match((await sh('worker', 'ip netns add probe && ip netns exec probe ip -o link; ip netns del probe')).text, /: lo:/);
  });
});

describe('isolation', () => {
  test('root inside is nobody on the host', async () => {
    const inside = (await sh('worker', 'cat /proc/self/uid_map')).text.trim().split(/\s+/);
    assert.deepEqual([inside[0], inside[1] === '0'], ['0', false]);
    assert.notEqual(readlinkSync(`/proc/${cluster.initPid}/ns/user`), readlinkSync('/proc/self/ns/user'));
  });
  test('the image store cannot be changed from a node', async () => {
    const { text } = await sh('worker', 'mount -o remount,rw,bind /var/lib/patchbay/images; touch /var/lib/patchbay/images/x; touch /var/lib/patchbay/images/*/rootfs/x; mkdir /m; mount --bind /var/lib/patchbay/images /m; mount -o remount,rw,bind /m; touch /m/x; umount /m');
    assert.doesNotMatch(text, /^$/);
    assert.equal(existsSync(`${live.paths.images}/x`), false);
    for (const id of readdirSync(live.paths.images)) assert.equal(existsSync(`${live.paths.images}/${id}/rootfs/x`), false);
  });
  test('neither environment nor open files of the host are seen', async () => {
    const { text } = await sh('worker', "tr '\\0' '\\n' </proc/1/environ; ls -l /proc/1/fd; env");
    assert.doesNotMatch(text, new RegExp(`${live.paths.clusters}|${process.cwd()}|PATCHBAY_`));
    const first = (await sh('worker', 'readlink /proc/1/fd/*')).text;
    assert.doesNotMatch(first, /socket:|\.sock|engine/);
  });
  test('the clock, disks and kernel settings are out of reach', async () => {
    const { text } = await sh('worker', 'date -s 2001-01-01 >/dev/null && echo changed; mknod /disk b 254 0 && echo made; echo 1 >/proc/sys/kernel/panic && echo panic; dmesg >/dev/null && echo dmesg');
    assert.doesNotMatch(text, /^(changed|made|panic|dmesg)$/m);
  });
});

describe('terminals', () => {
  test('a shell has a terminal of its own machine and follows the window', async () => {
    const [file, ...args] = live.host.enter(cluster, 'workstation', ['bash', '-l'], { tty: true });
    const pty = spawnNodePty({ file: file!, args, env: { PATH: process.env['PATH'] ?? '' }, cwd: '/' }, { cols: 90, rows: 30 });
    let output = '';
    pty.onData((data) => { output += data; });
    await until('a prompt', () => output.includes('student@workstation'));
    pty.write('tty; stty size\n');
    await until('the terminal\'s name and size', () => /\/dev\/pts\/\d+\s+30 90/.test(output));
    pty.resize({ cols: 120, rows: 41 });
    pty.write('clear; until [ "$(stty size)" = "41 120" ]; do :; done; echo fol""lows\n');
    await until('the new size', () => output.includes('follows'));
    const exited = new Promise<void>((resolve) => pty.onExit(() => resolve()));
    pty.write('exit\n');
    await exited;
  });
  test('what was started is ended with its host process', async () => {
    const controller = new AbortController();
    const [file, ...args] = live.host.enter(cluster, 'worker2', ['sleep', '987'], { tty: false });
    const { spawn } = await import('node:child_process');
    const child = spawn(file!, args, { stdio: 'ignore', signal: controller.signal, killSignal: 'SIGKILL' });
    child.on('error', () => {});
    await until('the sleep', async () => (await sh('worker2', 'pgrep -f "sleep 987" | head -1')).text !== '' && (await sh('worker2', 'pidof sleep')).code === 0);
    controller.abort();
    await until('its end', async () => (await sh('worker2', 'pidof sleep')).code !== 0);
  });
});

describe('probes', () => {
  const probe = async (source: object, targets: object[]) => {
    const { status, body } = await callControl(cluster, 'POST', '/probe', { source, targets: targets.map((target, index) => ({ id: String(index), protocol: 'tcp', timeoutMs: 400, ...target })) });
    assert.equal(status, 200, JSON.stringify(body));
    return body.results!;
  };
  test('open, refused, dropped and dns are told apart', async () => {
    await sh('worker', 'iptables -I INPUT -p tcp --dport 7777 -j DROP');
    const results = await probe({ kind: 'machine', name: 'workstation' }, [{ host: 'control-plane', port: 6443 }, { host: 'worker', port: 7778 }, { host: 'worker', port: 7777 }, { host: 'no-such-name.invalid', port: 80, timeoutMs: 2000 }]);
    assert.deepEqual(results.map(({ outcome }) => outcome), ['open', 'refused', 'dropped', 'dns']);
  });
  test('a source that does not exist is refused', async () => {
    for (const source of [{ kind: 'machine', name: 'nowhere' }, { kind: 'pod', namespace: 'default', pod: 'nobody' }]) {
      const { status, body } = await callControl(cluster, 'POST', '/probe', { source, targets: [] });
      assert.deepEqual([status, body.code], [404, 'engine-probe-source']);
    }
    assert.equal((await callControl(cluster, 'POST', '/probe', { targets: 1 })).status, 400);
  });
});

describe('limits', () => {
  test('a process flood on the workstation ends there; the engine answers', async () => {
    const { text } = await sh('workstation', `i=0; while [ $i -lt ${testLimits.pids + 200} ]; do sleep 5 & i=$((i+1)); done 2>&1 | head -3; echo over`, 15_000);
    assert.match(text, /fork|over/i);
    assert.equal((await callControl(cluster, 'GET', '/status')).status, 200);
    await sh('workstation', 'kill -9 -1');
    await until('room again', async () => (await sh('workstation', 'true')).code === 0);
  });
  test('a full disk is full for that machine alone', async () => {
    const { text } = await sh('workstation', 'dd if=/dev/zero of=/big bs=1M count=2000 2>&1; rm -f /big');
    assert.match(text, /No space left/);
    assert.equal((await sh('worker', 'echo ok >/file && cat /file')).text, 'ok');
    assert.equal((await callControl(cluster, 'GET', '/status')).body.ready, true);
  });
  test('open files are bounded', async () => {
    assert.equal((await sh('worker', 'ulimit -Hn')).text, String(testLimits.openFiles));
  });
  test('a memory hog dies alone', { skip: process.getuid?.() === 0 && existsSync('/sys/fs/cgroup/memory') ? false : 'memory limits need cgroups that root may write' }, async () => {
    assert.notEqual((await sh('worker', 'head -c 2000m /dev/zero | tail')).code, 0);
    assert.equal((await callControl(cluster, 'GET', '/status')).body.ready, true);
  });
});

describe('the engine', () => {
  test('comes back after SIGKILL while machines live on', async () => {
    await sh('worker', 'echo kept >/run/kept');
    const pid = (): number | undefined => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).find((candidate) => {
      try {
        return readlinkSync(`/proc/${candidate}/ns/user`) === readlinkSync(`/proc/${cluster.initPid}/ns/user`) && /^\/usr\/lib\/patchbay\/node\0.*\/engine\.cjs\0/.test(readFileSync(`/proc/${candidate}/cmdline`, 'utf8'));
      } catch {
        return false;
      }
    });
    const first = pid();
    assert.ok(first);
    process.kill(first, 'SIGKILL');
    await until('a new engine', () => pid() !== undefined && pid() !== first);
    await until('its readiness', async () => (await callControl(cluster, 'GET', '/status').catch(() => undefined))?.body.ready === true);
    assert.equal((await sh('worker', 'cat /run/kept')).text, 'kept');
  });
  test('stop ends the whole sandbox', async () => {
    const second = await live.launch('stopped', { nodes: 1 });
    assert.equal((await callControl(second, 'POST', '/stop')).status, 200);
    await until('its end', async () => (await live.host.tryGet('stopped'))?.state === 'stopped');
    await live.host.destroy('stopped');
    await live.host.destroy('stopped');
    assert.equal(await live.host.tryGet('stopped'), undefined);
  });
  test('three launch at once', async () => {
    const names = ['one', 'two', 'three'];
    const clusters = await Promise.all(names.map((name) => live.launch(name, { nodes: 1 })));
    assert.equal(new Set(clusters.map(({ initPid }) => initPid)).size, 3);
    await Promise.all(names.map((name) => live.host.destroy(name)));
  });
});

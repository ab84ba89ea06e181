// Two students on one server: neither can see, reach or guess the other's cluster, terminal or progress.
import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LiveServer } from '../support/liveServer.ts';
import { ShellSocket } from '../support/shellSocket.ts';
import { TestBrowser } from '../support/testBrowser.ts';

type Student = TestBrowser & { sessionId: string; personalLink: string };

let server: LiveServer;
let ada: Student;
let bob: Student;
before(async () => {
  server = await LiveServer.start();
  [ada, bob] = await Promise.all([server.join('Ada'), server.join('Bob')]);
  for (const student of [ada, bob]) {
    const events = await student.socket('/api/v1/events');
    await events.until('a ready cluster', ({ session, cluster = session?.cluster }) => cluster?.state === 'ready');
    events.close();
  }
});
after(async () => { await server?.[Symbol.asyncDispose](); });

describe('over HTTP and WebSocket', () => {
  let terminal: ShellSocket;
  before(async () => { terminal = await ShellSocket.open(ada, 'workstation'); });

  test('another student\'s terminal is not listed, not attached and not closed, as if it did not exist', async () => {
    assert.deepEqual((await bob.get('/api/v1/terminals')).body, []);
    const made = await bob.delete('/api/v1/terminals/t_0000000000000000');
    const real = await bob.delete(`/api/v1/terminals/${terminal.id}`);
    assert.equal(real.status, 404);
    assert.deepEqual(real.body, made.body);
    for (const id of [terminal.id, 't_0000000000000000']) {
      const socket = await bob.socket(`/api/v1/terminals/${id}/socket`);
      socket.send({ type: 'open', cols: 80, rows: 24 });
      await socket.untilClosed();
      assert.deepEqual([socket.closed?.code, socket.messages], [4404, []]);
    }
    assert.match((await terminal.run('echo alive')).output, /alive/);
  });

  test('a socket from another site, or without a cookie, is refused', async () => {
    for (const path of ['/api/v1/events', `/api/v1/terminals/${terminal.id}/socket`]) {
      for (const origin of ['http://evil.example', 'http://127.0.0.1:1', 'null']) assert.equal((await ada.socket(path, { origin })).refused, 403, `${origin} ${path}`);
    }
    const socket = await new TestBrowser(server.url).socket(`/api/v1/terminals/${terminal.id}/socket`);
    await socket.untilTrue('a refusal', () => socket.refused !== undefined || socket.closed !== undefined);
    assert.ok(socket.refused === 401 || socket.closed?.code === 4401);
    const cross = await ada.request('POST', '/api/v1/terminals', { body: '{"machine":"worker"}', headers: { 'content-type': 'application/json', origin: 'http://evil.example' } });
    assert.equal(cross.status, 403);
  });

  test('a personal link is not guessed from another, and no route of the instructor answers', async () => {
    const path = new URL(ada.personalLink).pathname;
    for (const guess of [path.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')), path.slice(0, -1), `${path}x`, `/s/${ada.sessionId}`, '/s/', '/s/%00', `/s/${terminal.id}`]) {
      const visitor = new TestBrowser(server.url);
      await visitor.get(guess);
      assert.equal((await visitor.get('/api/v1/me')).body.role, 'visitor', guess);
    }
    const routes = [['GET', '/api/v1/classroom'], ['POST', `/api/v1/classroom/students/${ada.sessionId}/reset`], ['POST', `/api/v1/classroom/students/${ada.sessionId}/link`], ['DELETE', `/api/v1/classroom/students/${ada.sessionId}`]] as const;
    for (const [method, route] of routes) {
      const answer = await bob.request(method, route, method === 'POST' ? { body: '{"cluster":true,"progress":true}', headers: { 'content-type': 'application/json' } } : {});
      assert.equal(answer.status, 403, `${method} ${route}`);
      assert.equal(answer.body.code, 'forbidden');
    }
    const board = await bob.socket('/api/v1/classroom/events');
    await board.untilTrue('a refusal', () => board.refused !== undefined || board.closed !== undefined);
    assert.deepEqual(board.messages, []);
    assert.match((await terminal.run('echo alive')).output, /alive/);
  });

  test('what one earns is not the other\'s', async () => {
    await ada.post('/api/v1/labs/reach-a-pod/open');
    await terminal.run('kubectl -n lab-02 run web --image=patchbay/web; kubectl -n lab-02 wait --for=condition=Ready pod/web');
    assert.equal((await ada.post('/api/v1/labs/reach-a-pod/checks/node-reaches-pod/run', {})).body.verdict.kind, 'passed');
    await bob.post('/api/v1/labs/reach-a-pod/open');
    assert.equal((await bob.post('/api/v1/labs/reach-a-pod/checks/node-reaches-pod/run', {})).body.verdict.kind, 'failed');
    assert.doesNotMatch((await bob.get('/api/v1/session')).text, new RegExp(`Ada|${ada.sessionId}`));
  });
});

describe('from inside the cluster network', () => {
  const machines = ['workstation', 'control-plane', 'worker', 'outside'] as const;
  const adaShells = new Map<string, ShellSocket>();
  const bobShells = new Map<string, ShellSocket>();
  const adas = (machine: string) => adaShells.get(machine)!;
  const bobs = (machine: string) => bobShells.get(machine)!;

  before(async () => {
    for (const machine of machines) {
      adaShells.set(machine, await ShellSocket.open(ada, machine));
      bobShells.set(machine, await ShellSocket.open(bob, machine));
    }
    for (const [name, shells] of [['ada', adaShells], ['bob', bobShells]] as const) {
      for (const [machine, shell] of shells) {
        await shell.run(`mkdir -p /srv/mark; echo from-${name} > /srv/mark/${name}; echo ${name} > /run/mark-${name}; echo ${name} > /dev/shm/mark-${name}`);
        // Ada alone serves here: whoever gets her words has reached her machines.
        if (name === 'ada' && machine !== 'worker') await shell.run('{ (while :; do echo words-of-ada | nc -l -N -p 7777; done) >/dev/null 2>&1 & }');
      }
      const workstation = shells.get('workstation')!;
      const made = await workstation.run(`kubectl -n default run marker-${name} --image=patchbay/web && kubectl -n default wait --for=condition=Ready pod/marker-${name} --timeout=30s && kubectl -n default create configmap marker-${name}`);
      assert.equal(made.code, 0, made.output);
    }
  });

  const addresses = ['172.18.0.2', '172.18.0.100', '203.0.113.10'];

  test('the addresses are the same for both, and each reaches their own', async () => {
    const node = "kubectl get nodes -o jsonpath='{.items[*].status.addresses[0].address}'";
    assert.equal((await adas('workstation').run(node)).output, (await bobs('workstation').run(node)).output);
    for (const address of addresses) {
      assert.match((await adas('worker').run(`nc -w 2 ${address} 7777 </dev/null`)).output, /words-of-ada/, `Ada reaches her ${address}`);
      const reached = await bobs('worker').run(`nc -w 2 ${address} 7777 </dev/null`);
      assert.doesNotMatch(reached.output, /words-of-ada/);
      assert.notEqual(reached.code, 0, `nothing of Bob's serves on ${address}`);
    }
  });

  test('a pod address leads to one\'s own pod', async () => {
    const address = "kubectl -n default get pod -o jsonpath='{.items[0].status.podIP}'";
    const adaPod = (await adas('workstation').run(address)).output.match(/10\.244\.\d+\.\d+/)![0];
    assert.match((await adas('worker').run(`curl -s --max-time 2 http://${adaPod}`)).output, /served by marker-ada/);
    for (const machine of machines) assert.doesNotMatch((await bobs(machine).run(`curl -s --max-time 1 http://${adaPod}`)).output, /marker-ada/, machine);
    const bobPod = (await bobs('workstation').run(address)).output.match(/10\.244\.\d+\.\d+/)![0];
    assert.match((await bobs('worker').run(`curl -s --max-time 2 http://${bobPod}`)).output, /served by marker-bob/);
  });

  test('the API at the shared address is one\'s own, by name, by address and by socket', async () => {
    const lists = await bobs('workstation').run('kubectl get configmaps,pods -A -o name; kubectl --server=https://172.18.0.2:6443 get configmaps -n default -o name');
    assert.match(lists.output, /configmap\/marker-bob/);
    assert.doesNotMatch(lists.output, /ada/);
    // The engine's sockets are named in the kernel's list of the control plane, and open for nobody inside.
    for (const machine of machines) {
      const found = await bobs(machine).run('for s in $(awk \'$8 ~ /sock$/ {print $8}\' /proc/net/unix; find / -xdev -name "*.sock" 2>/dev/null); do curl -s --max-time 2 --unix-socket $s http://x/api/v1/namespaces/default/configmaps && echo answered $s; done');
      assert.doesNotMatch(found.output, /answered|marker/, machine);
    }
  });

  test('no process, mount or file of the other or of the host is in sight', async () => {
    await adas('control-plane').run('{ sleep 424242 & }');
    const processes = 'cat /proc/[0-9]*/cmdline | tr "\\0" " "';
    assert.match((await adas('control-plane').run(processes)).output, /sleep 424242/);
    for (const machine of machines) {
      const seen = (await bobs(machine).run(processes)).output;
      assert.doesNotMatch(seen, /424242|ptyHostMain|server\/main|marker-ada/, machine);
      assert.match(seen, /bash -l/);
      const mounts = (await bobs(machine).run('cat /proc/self/mountinfo /proc/mounts')).output;
      assert.ok(!mounts.includes(server.data) && !mounts.includes(ada.sessionId.slice(2)), mounts);
      const files = await bobs(machine).run(`ls /srv/mark /run /dev/shm; ls ${server.data}; ls ${join(import.meta.dirname, '../../package.json')}; find / -xdev -name "*mark-ada*"`);
      assert.match(files.output, /^bob$/m);
      assert.doesNotMatch(files.output, /mark-ada|^ada$|patchbay\.sqlite|^clusters$|package\.json$/m, files.output);
      assert.equal((await bobs(machine).run('ls /proc/1/root/etc/hostname && cat /proc/1/root/etc/hostname')).output.trim().split('\n').at(-1), machine);
    }
  });

  test('images are shared, and nobody writes them', async () => {
    const images = join(server.data, 'images');
    const before = globSync('*/rootfs/*', { cwd: images }).sort();
    for (const machine of ['control-plane', 'worker']) {
      const tried = await bobs(machine).run('cd /var/lib/patchbay/images && for f in . */rootfs */rootfs/etc; do touch $f/written-by-bob; done; mount -o remount,rw,bind . ; mount -o remount,rw . ; mkdir -p /mnt/i; mount --bind . /mnt/i; mount -o remount,rw,bind /mnt/i; for d in . /mnt/i; do touch $d/written-by-bob $d/*/rootfs/written-by-bob && echo WROTE; done; cd');
      assert.doesNotMatch(tried.output, /WROTE/);
      assert.match(tried.output, /Read-only file system/);
    }
    await bobs('workstation').run('kubectl -n default exec marker-bob -- sh -c "echo x > /etc/written-by-bob; echo x > /usr/written-by-bob"; echo x > /etc/written-by-bob');
    assert.deepEqual(globSync('*/rootfs/*', { cwd: images }).sort(), before);
    for (const place of ['', '*/', '*/rootfs/', '*/rootfs/etc/', '*/rootfs/usr/']) assert.deepEqual(globSync(`${place}written-by-bob`, { cwd: images }), []);
    for (const command of ['kubectl -n default exec marker-ada -- ls /etc /usr', 'ls /etc']) assert.doesNotMatch((await adas('workstation').run(command)).output, /written-by-bob/);
    assert.ok(!existsSync('/etc/written-by-bob'));
  });

  test('neither the server nor any address of the host is reachable', async () => {
    const { port } = new URL(server.url);
    const hosts = ['127.0.0.1', ...Object.values(networkInterfaces()).flatMap((all) => all ?? []).filter((one) => one.family === 'IPv4' && !one.internal).map((one) => one.address)];
    for (const machine of machines) {
      const tried = await bobs(machine).run(`for h in ${hosts.join(' ')} $(ip route | awk '/default/ {print $3}'); do curl -s --max-time 1 http://$h:${port}/healthz && echo REACHED $h; done`);
      assert.doesNotMatch(tried.output, /REACHED/, machine);
    }
    assert.equal((await ada.get('/healthz')).status, 200);
  });

  test('devices, kernel settings and limits of the host are out of reach', async () => {
    const tried = await bobs('worker').run('mknod /tmp/disk b 254 0 && echo GOT disk; dmesg >/dev/null 2>&1 && echo GOT dmesg; echo 1 > /proc/sys/kernel/panic && echo GOT panic; (echo b > /proc/sysrq-trigger) 2>/dev/null && echo GOT sysrq; mkdir -p /mnt/p; mount -t cgroup -o pids none /mnt/p && echo max > /mnt/p/pids.max && echo GOT pids; mkdir -p /mnt/c; mount -t cgroup2 none /mnt/c && echo max > /mnt/c/pids.max && echo GOT pids2; date -s 2001-01-01 && echo GOT clock');
    assert.doesNotMatch(tried.output, /GOT/, tried.output);
    assert.ok(new Date().getFullYear() > 2001);
  });
});

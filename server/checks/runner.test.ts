// Every check type on a cluster in memory: passed, failed, waiting and broken, each for the right reason.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../base/index.ts';
import { CheckSource, settleCheck } from '../labs/index.ts';
import type { PodHistoryEntry, ProbeResult } from '../ports/index.ts';
import { createFakeCluster, fakePod } from './fakeCluster.ts';
import type { FakeCluster, FakeOptions } from './fakeCluster.ts';
import { isAutomatic, judgeAgain, runCheck, watchedResources } from './runner.ts';
import { normalise } from './types/answer.ts';

type Extra = { answer?: string; history?: Partial<PodHistoryEntry>[]; signal?: AbortSignal };

const specOf = (source: object) => settleCheck(CheckSource.parse({ id: 'it', title: 'It works', ...source }), 'lab-09');

async function run(source: object, cluster: FakeCluster, extra: Extra = {}) {
  const entries = (extra.history ?? []).map((entry): PodHistoryEntry => ({ at: 1, namespace: 'lab-09', name: 'web', uid: 'u', restarts: {}, deleted: false, labels: {}, ...entry }));
  const spec = specOf(source);
  const result = await runCheck(spec, {
    cluster, namespace: 'lab-09', clock: systemClock, signal: extra.signal ?? new AbortController().signal, history: { since: 0, entries: () => entries }, ...(extra.answer === undefined ? {} : { answer: extra.answer }),
  });
  assert.deepEqual(judgeAgain(spec, result.observation), result.verdict, 'the stored observation gives the same verdict');
  if (result.verdict.kind !== 'passed') assert.ok(result.verdict.direction, 'a verdict that did not pass gives a direction');
  return result.verdict;
}

function clusterOf(options: FakeOptions, ...pods: ReturnType<typeof fakePod>[]): FakeCluster {
  const cluster = createFakeCluster(options);
  for (const pod of pods) cluster.put(pod);
  return cluster;
}

const served = (by: string, client = '172.18.0.3'): Partial<ProbeResult> => ({ http: { status: 200, headers: { 'x-served-by': by, 'x-client-address': client }, body: `served by ${by}` } });
const byAddress = (names: Record<string, string>): FakeOptions => ({ probe: (_, target) => (names[target.host] ? served(names[target.host]!) : 'dropped') });

describe('http', () => {
  const spec = { type: 'http', from: { machine: 'worker' }, to: { pods: 'app=web' }, expect: { servedBy: 'target' } };
  const web = (name = 'web', over = {}) => fakePod(name, { labels: { app: 'web' }, ...over });

  test('passes when the pod itself answers', async () => {
    assert.equal((await run(spec, clusterOf(byAddress({ '10.244.1.2': 'web' }), web()))).kind, 'passed');
  });

  test('fails when another answers in its place, or something that is no web server of ours', async () => {
    const other = await run(spec, clusterOf(byAddress({ '10.244.1.2': 'decoy' }), web()));
    assert.equal(other.kind, 'failed');
    assert.match(other.finding, /answered by decoy/);
    const alien = await run(spec, clusterOf({ probe: () => ({ http: { status: 200, headers: {}, body: 'served by web' } }) }, web()));
    assert.match(alien.finding, /not the web server of this lab/);
  });

  test('tells refused from dropped from missing from leaving', async () => {
    assert.match((await run(spec, clusterOf({ probe: () => 'refused' }, web()))).finding, /refuses connections/);
    assert.match((await run(spec, clusterOf({ probe: () => 'dropped' }, web()))).finding, /packets get lost/);
    const none = await run(spec, clusterOf({}));
    assert.deepEqual([none.kind, /There is no pod/.test(none.finding)], ['failed', true]);
    assert.equal((await run(spec, clusterOf({}, web('web', { deleting: true })))).kind, 'waiting');
  });

  test('waits for a pod that is not ready, but not for one that crashes', async () => {
    assert.equal((await run(spec, clusterOf({ probe: () => 'refused' }, web('web', { ready: false, startedAt: new Date().toISOString() })))).kind, 'waiting');
    const crashed = await run(spec, clusterOf({}, web('web', { waiting: 'CrashLoopBackOff' })));
    assert.deepEqual([crashed.kind, /CrashLoopBackOff/.test(crashed.finding)], ['failed', true]);
  });

  test('all pods must answer, or with any one of them', async () => {
    const options = byAddress({ '10.244.1.2': 'web' });
    const pods = [web(), web('web2', { ip: '10.244.1.3' })];
    assert.equal((await run(spec, clusterOf(options, ...pods))).kind, 'failed');
    assert.equal((await run({ ...spec, to: { pods: 'app=web', any: true } }, clusterOf(options, ...pods))).kind, 'passed');
  });

  test('sees a rewritten source address', async () => {
    const own = { ...spec, expect: { clientAddress: 'own' } };
    assert.equal((await run(own, clusterOf({ probe: () => served('web', '172.18.0.3') }, web()))).kind, 'passed');
    assert.match((await run(own, clusterOf({ probe: () => served('web', '172.18.0.4') }, web()))).finding, /coming from 172\.18\.0\.4/);
  });

  test('wants every pod behind a Service to have answered', async () => {
    const behind = { type: 'http', from: { machine: 'worker' }, to: { service: 'web' }, requests: 6, expect: { servedBy: { pods: 'app=web' }, everyPod: true } };
    const cluster = (pick: (request: number) => string) => {
      const made = clusterOf({ probe: (_, target) => served(pick(Number(target.id.split('/')[1]))) }, web(), web('web2', { ip: '10.244.1.3' }));
      made.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'lab-09' }, spec: { clusterIP: '10.96.0.9' } });
      return made;
    };
    assert.equal((await run(behind, cluster((request) => (request % 2 ? 'web' : 'web2')))).kind, 'passed');
    assert.match((await run(behind, cluster(() => 'web'))).finding, /web2 never answered/);
    assert.match((await run(behind, clusterOf({}, web()))).finding, /no Service web/);
  });
});

describe('connects', () => {
  const pods = () => [fakePod('red', { labels: { color: 'red' }, ip: '10.244.1.2' }), fakePod('green', { labels: { color: 'green' }, ip: '10.244.1.3' }), fakePod('blue', { labels: { color: 'blue' }, ip: '10.244.1.4' })];
  const spec = { type: 'connects', from: [{ id: 'red', pods: 'color=red' }, { id: 'green', pods: 'color=green' }], to: [{ id: 'blue', pods: 'color=blue' }], ports: [80], except: [{ from: 'green' }] };
  const world = (outcome: (pod: string) => 'open' | 'dropped' | 'refused') => clusterOf({ probe: (source) => (source.kind === 'pod' ? outcome(source.pod) : 'open') }, ...pods());

  test('passes when the table is as intended, and shows it', async () => {
    const verdict = await run(spec, world((pod) => (pod === 'green' ? 'dropped' : 'open')));
    assert.equal(verdict.kind, 'passed');
    assert.deepEqual(verdict.table, { columns: ['blue:80'], rows: [{ label: 'red', cells: [{ kind: 'passed', text: 'open' }] }, { label: 'green', cells: [{ kind: 'passed', text: 'blocked' }] }] });
  });

  test('fails when a denied one gets through, or an allowed one does not', async () => {
    assert.match((await run(spec, world(() => 'open'))).finding, /green reaches blue/);
    assert.match((await run(spec, world((pod) => (pod === 'blue' ? 'open' : 'dropped')))).finding, /red should reach blue/);
  });

  test('counts a denial only as a drop, twice, beside a server that answers', async () => {
    assert.match((await run(spec, world((pod) => (pod === 'green' ? 'refused' : 'open')))).finding, /refuses green/);
    const dead = await run({ ...spec, from: [spec.from[1]] }, world(() => 'dropped'));
    assert.match(dead.finding, /proves nothing/);
    let tries = 0;
    const flaky = clusterOf({ probe: (source) => (source.kind === 'pod' && source.pod === 'green' && (tries += 1) === 1 ? 'dropped' : 'open') }, ...pods());
    assert.match((await run(spec, flaky)).finding, /green reaches blue/);
  });
});

describe('resource', () => {
  const both = { type: 'resource', kind: 'Pod', expect: [{ path: '.status.containerStatuses[*].ready', count: { min: 2 }, equals: true }] };

  test('counts objects that satisfy every claim', async () => {
    assert.equal((await run(both, clusterOf({}, fakePod('one', { images: ['a', 'b'] }), fakePod('other')))).kind, 'passed');
    assert.equal((await run(both, clusterOf({}, fakePod('one')))).kind, 'failed');
    assert.equal((await run({ ...both, every: true }, clusterOf({}, fakePod('one', { images: ['a', 'b'] }), fakePod('other')))).kind, 'failed');
    assert.equal((await run(both, clusterOf({}, fakePod('one', { images: ['a', 'b'], ready: false, startedAt: new Date().toISOString() })))).kind, 'waiting');
  });

  test('waits for a deletion where nothing may be left', async () => {
    const none = { type: 'resource', kind: 'Pod', selector: 'app=old', count: { min: 0, max: 0 } };
    assert.equal((await run(none, clusterOf({}))).kind, 'passed');
    assert.equal((await run(none, clusterOf({}, fakePod('a', { labels: { app: 'old' }, deleting: true })))).kind, 'waiting');
    assert.equal((await run(none, clusterOf({}, fakePod('a', { labels: { app: 'old' } })))).kind, 'failed');
  });

  test('wants containers that keep running', async () => {
    const steady = { type: 'resource', kind: 'Pod', steadySeconds: 5 };
    assert.equal((await run(steady, clusterOf({}, fakePod('a', { startedAt: new Date(Date.now() - 1000).toISOString() })))).kind, 'waiting');
    assert.equal((await run(steady, clusterOf({}, fakePod('a')))).kind, 'passed');
    assert.equal((await run(steady, clusterOf({}, fakePod('a', { waiting: 'CrashLoopBackOff' })))).kind, 'failed');
  });

  test('sees in the history whether a pod replaced another', async () => {
    const replaced = { type: 'resource', kind: 'Pod', history: { replaced: true, addressChanged: true } };
    const cluster = clusterOf({}, fakePod('web', { uid: 'new', ip: '10.244.1.9', labels: { run: 'web' } }));
    const before = { uid: 'old', podIP: '10.244.1.2', labels: { run: 'web' } };
    assert.equal((await run(replaced, cluster, { history: [before, { ...before, deleted: true }, { uid: 'new' }] })).kind, 'passed');
    assert.match((await run(replaced, cluster, { history: [before, { uid: 'new' }] })).finding, /first of its kind/);
    assert.match((await run(replaced, cluster, { history: [{ uid: 'new' }, { ...before, name: 'decoy' }, { ...before, name: 'decoy', deleted: true }] })).finding, /first of its kind/);
    assert.match((await run(replaced, cluster, { history: [{ ...before, podIP: '10.244.1.9', deleted: true }, { uid: 'new' }] })).finding, /address of the pod before/);
  });
});

describe('command', () => {
  const spec = { type: 'command', on: { pods: 'app=web' }, argv: ['readlink', '/proc/self/ns/net'], expect: { same: true, stdout: { matches: '^net:' } } };
  const pod = (over = {}) => fakePod('web', { labels: { app: 'web' }, images: ['a', 'b'], ...over });
  const saying = (text: (container: string) => string): FakeOptions => ({ run: (_, argv) => ({ code: 0, stdout: text(argv[argv.indexOf('--container') + 1]!) }) });

  test('compares what the containers of a pod say', async () => {
    assert.equal((await run(spec, clusterOf(saying(() => 'net:[1]\n'), pod()))).kind, 'passed');
    assert.match((await run(spec, clusterOf(saying((container) => `net:[${container}]`), pod()))).finding, /do not say the same/);
  });

  test('runs kubectl with the control plane\'s credentials, not the student\'s', async () => {
    const cluster = clusterOf(saying(() => 'net:[1]'), pod());
    await run(spec, cluster);
    assert.ok(cluster.ran.length === 2 && cluster.ran.every(({ machine, argv }) => machine === 'control-plane' && argv[1] === '--kubeconfig=/etc/kubernetes/admin.conf'));
  });

  test('tells a command that fails from a container that cannot be entered', async () => {
    const failing = await run(spec, clusterOf({ run: () => ({ code: 1, stdout: '', stderr: 'no\ncommand terminated with exit code 1\n' }) }, pod()));
    assert.equal(failing.kind, 'failed');
    const closed = await run(spec, clusterOf({ run: () => ({ code: 1, stderr: 'error: unable to upgrade connection' }) }, pod()));
    assert.equal(closed.kind, 'broken');
    assert.equal((await run(spec, clusterOf({}, pod({ waiting: 'CrashLoopBackOff' })))).kind, 'failed');
  });

  test('a container that ends while it is looked at is no failure of the check', async () => {
    const cluster: FakeCluster = clusterOf({
      run: () => {
        cluster.put(pod({ waiting: 'CrashLoopBackOff' }));
        return { code: 1, stderr: 'error: unable to upgrade connection: container not found' };
      },
    }, pod());
    const verdict = await run(spec, cluster);
    assert.deepEqual([verdict.kind, /CrashLoopBackOff/.test(verdict.finding)], ['failed', true]);
  });

  test('runs on a machine', async () => {
    const onMachine = { type: 'command', on: { machine: 'worker' }, argv: ['hostname'], expect: { stdout: { equals: 'worker' } } };
    assert.equal((await run(onMachine, clusterOf({ run: (machine) => ({ code: 0, stdout: `${machine}\n` }) }))).kind, 'passed');
    assert.equal((await run({ ...onMachine, on: { machine: 'mars' } }, clusterOf({}))).kind, 'broken');
  });
});

describe('answer', () => {
  const spec = { type: 'answer', label: 'The address', form: 'address', expect: { resource: { kind: 'Pod', selector: 'app=web', path: '.status.podIP' } } };
  const web = fakePod('web', { labels: { app: 'web' } });

  test('takes what the cluster says now, in any usual form', async () => {
    for (const answer of ['10.244.1.2', ' http://10.244.1.2/ ', '10.244.1.2:80', '10.244.1.2/24']) assert.equal((await run(spec, clusterOf({}, web), { answer })).kind, 'passed', answer);
    assert.equal((await run(spec, clusterOf({}, web), { answer: '10.244.1.3' })).kind, 'failed');
    assert.equal((await run(spec, clusterOf({}, web))).finding, 'Nothing is typed yet.');
  });

  test('knows an address of a pod that is gone', async () => {
    assert.match((await run(spec, clusterOf({}, web), { answer: '10.244.1.7', history: [{ podIP: '10.244.1.7', deleted: true }] })).finding, /belonged to a pod that is gone/);
  });

  test('never tells the right answer', async () => {
    for (const answer of ['x', '10.0.0.1']) assert.doesNotMatch(JSON.stringify(await run(spec, clusterOf({}, web), { answer })), /10\.244\.1\.2/);
  });

  test('takes truth from machines, commands and fixed values', async () => {
    assert.equal((await run({ ...spec, form: 'cidr', expect: { machine: { name: 'worker', field: 'podCidr' } } }, clusterOf({}), { answer: '10.244.1.0/24' })).kind, 'passed');
    assert.equal((await run({ ...spec, form: 'word', expect: { command: { machine: 'worker', argv: ['ip'], capture: 'dev (\\S+)' } } }, clusterOf({ run: () => ({ code: 0, stdout: 'via dev veth7' }) }), { answer: 'VETH7.' })).kind, 'passed');
    assert.equal((await run({ ...spec, form: 'number', expect: { values: [1500] } }, clusterOf({}), { answer: '1,500' })).kind, 'passed');
  });

  test('takes truth from inside containers, whatever they are asked', async () => {
    const inside = { ...spec, form: 'namespace', expect: { command: { on: { pods: '*' }, argv: ['readlink', '/proc/self/ns/net'], capture: 'net:\\[(\\d+)\\]' } } };
    const cluster = () => clusterOf({ run: () => ({ code: 0, stdout: 'net:[4026533251]\n' }) }, web);
    for (const answer of ['4026533251', 'net:[4026533251]']) assert.equal((await run(inside, cluster(), { answer })).kind, 'passed', answer);
    assert.equal((await run(inside, cluster(), { answer: '4026531840' })).kind, 'failed');
    assert.equal(CheckSource.safeParse({ ...inside, id: 'it', title: 'It works', expect: { command: { argv: ['ls'] } } }).success, false);
  });

  test('forms fold only what does not matter', () => {
    assert.equal(normalise('  Two   words ', 'text'), 'two words');
    assert.equal(normalise('"cni0".', 'word'), 'cni0"');
    assert.notEqual(normalise('10.244.1.0/24', 'cidr'), normalise('10.244.1.0/25', 'cidr'));
    assert.notEqual(normalise('12', 'number'), normalise('-12', 'number'));
  });
});

describe('running', () => {
  test('a failure of the cluster is broken, never thrown, and its words are kept from the student', async () => {
    const cluster = createFakeCluster();
    cluster.kube.list = async () => { throw new Error('the API is away'); };
    const verdict = await run({ type: 'resource', kind: 'Pod', count: { max: 3 } }, cluster);
    assert.equal(verdict.kind, 'broken');
    assert.doesNotMatch(verdict.finding, /the API is away/);
  });

  test('an interruption is broken even when the cluster hangs', async () => {
    const cluster = createFakeCluster();
    cluster.kube.list = () => new Promise(() => {});
    assert.equal((await run({ type: 'resource', kind: 'Pod', count: { max: 3 } }, cluster, { signal: AbortSignal.abort() })).kind, 'broken');
  });

  test('more than 64 KiB of evidence is refused', async () => {
    const cluster = clusterOf({ run: () => ({ code: 0, stdout: 'x'.repeat(2000) }) }, ...Array.from({ length: 60 }, (_, index) => fakePod(`p${index}`, { images: Array.from({ length: 20 }, () => 'i'.repeat(60)) })));
    assert.match((await run({ type: 'command', on: { pods: '*' }, argv: ['cat'] }, cluster)).finding, /there is too much/);
  });

  test('tells what to watch, and which checks run by themselves', () => {
    const connects = specOf({ type: 'connects', from: [{ pods: 'a=b' }], to: [{ service: 's', namespace: 'other' }], ports: [80] });
    assert.deepEqual(watchedResources(connects).map(({ resource, namespace }) => `${namespace}/${resource}`), ['lab-09/pods', 'lab-09/networkpolicies', 'other/services', 'other/endpointslices', 'other/pods', 'other/networkpolicies']);
    assert.deepEqual(watchedResources(specOf({ type: 'resource', kind: 'Node', count: { max: 3 } })), [{ apiVersion: 'v1', resource: 'nodes' }]);
    assert.equal(isAutomatic(connects), true);
    assert.equal(isAutomatic(specOf({ type: 'answer', label: 'The word', expect: { values: ['x'] } })), false);
  });
});

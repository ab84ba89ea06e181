// Check type `traffic`: who may answer, who must, who must not, and what proves it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../base/index.ts';
import { CheckSource, settleCheck } from '../labs/index.ts';
import type { KubeObject, ProbeResult, ProbeTarget } from '../ports/index.ts';
import { createFakeCluster, fakePod } from './fakeCluster.ts';
import type { FakeCluster } from './fakeCluster.ts';
import { judgeAgain, runCheck } from './runner.ts';

const serviceAddress = '10.96.0.9';
const base = { id: 'it', title: 'It is shared', type: 'traffic', from: { machine: 'worker' }, to: { service: 'site' }, requests: 20 };
const parse = (expect: object, over = {}) => CheckSource.safeParse({ ...base, expect, ...over });

function service(spec: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'site', namespace: 'lab-09' }, spec: { clusterIP: serviceAddress, selector: { app: 'site' }, ports: [{ port: 80, targetPort: 'http' }], ...spec } };
}

function pod(name: string, ip: string, over: Parameters<typeof fakePod>[1] & { number?: number } = {}): KubeObject {
  const made = fakePod(name, { labels: { app: 'site' }, ip, uid: name, ...over });
  const { containers } = made['spec'] as { containers: object[] };
  Object.assign(containers[0]!, { ports: [{ name: 'http', containerPort: over.number ?? 80 }] });
  return made;
}

/** A server's answer as patchbay/web gives it. */
const served = (name: string, ip: string, client = '172.18.0.3'): Partial<ProbeResult> => ({ http: { status: 200, headers: { 'x-served-by': name, 'x-client-address': client }, body: `served by ${name} (${ip})\nyou are ${client}\n` } });
const requestOf = (target: ProbeTarget) => Number(target.id.split('/')[1]);
const addresses: Record<string, string> = { one: '10.244.1.2', two: '10.244.1.3', three: '10.244.1.4' };

/** A cluster in which the Service gives request n to `pick(n)`; pods answer directly, too. */
function worldOf(pick: (request: number) => string, pods: KubeObject[], made: KubeObject = service()): FakeCluster {
  const cluster = createFakeCluster({
    probe: (_, target) => {
      if (target.host !== serviceAddress) return 'open';
      const said = pick(requestOf(target));
      return addresses[said] ? served(said, addresses[said]) : said as 'refused';
    },
  });
  for (const one of [...pods, made]) cluster.put(one);
  return cluster;
}

async function run(expect: object, cluster: FakeCluster, over = {}) {
  const spec = settleCheck(parse(expect, over).data!, 'lab-09');
  const result = await runCheck(spec, { cluster, namespace: 'lab-09', clock: systemClock, signal: new AbortController().signal, history: { since: 0, entries: () => [] } });
  assert.deepEqual(judgeAgain(spec, result.observation), result.verdict);
  return result.verdict;
}

const both = () => [pod('one', addresses.one!), pod('two', addresses.two!)];
const inTurn = (request: number) => (request % 2 ? 'one' : 'two');

describe('who answers', () => {
  test('passes when every ready pod that the Service selects answered, and shows how often', async () => {
    const verdict = await run({ min: 2, share: 0.2 }, worldOf(inTurn, both()));
    assert.equal(verdict.kind, 'passed');
    assert.deepEqual(verdict.table, { columns: ['one', 'two'], rows: [{ label: 'worker', cells: [{ kind: 'passed', text: '10' }, { kind: 'passed', text: '10' }] }] });
  });

  test('fails when one of them never did, or hardly ever, or there are too few', async () => {
    assert.match((await run({}, worldOf(() => 'one', both()))).finding, /two never answered/);
    assert.match((await run({ share: 0.2 }, worldOf((request) => (request === 0 ? 'two' : 'one'), both()))).finding, /two answered only 1 of 20/);
    assert.match((await run({ min: 2 }, worldOf(() => 'one', both().slice(0, 1)))).finding, /Only one answered/);
  });

  test('fails when some requests are refused, and says how many', async () => {
    const verdict = await run({}, worldOf((request) => (request < 5 ? 'refused' : 'one'), both()));
    assert.match(verdict.finding, /refuses connections from worker for 5 of 20 requests/);
  });

  test('a pod that only borrows another\'s host name is found out by its address', async () => {
    const cluster = createFakeCluster({ probe: () => served('one', '10.244.1.77') });
    for (const object of [...both().slice(0, 1), service()]) cluster.put(object);
    assert.match((await run({}, cluster)).finding, /something that calls itself one/);
  });

  test('fails for a Service without selector, without pods, without the port, and for none at all', async () => {
    assert.match((await run({}, worldOf(inTurn, both(), service({ selector: undefined })))).finding, /has no selector/);
    assert.match((await run({}, worldOf(() => 'refused', both(), service({ selector: { app: 'other' } })))).finding, /No pod has the labels/);
    assert.match((await run({}, worldOf(inTurn, both(), service({ ports: [{ port: 8080 }] })))).finding, /no port 80/);
    assert.match((await run({}, createFakeCluster())).finding, /no Service site/);
  });

  test('waits while a selected pod is on its way, but passes without one that will not come', async () => {
    const coming = pod('two', addresses.two!, { ready: false, startedAt: new Date().toISOString() });
    assert.equal((await run({ min: 2 }, worldOf(() => 'one', [both()[0]!, coming]))).kind, 'waiting');
    assert.equal((await run({}, worldOf(() => 'one', [both()[0]!, coming]))).kind, 'passed');
  });

  test('a selection of pods may be named in place of the Service\'s own', async () => {
    const named = { answeredBy: { pods: '*', where: [{ path: '.metadata.name', matches: '^o' }] } };
    assert.equal((await run(named, worldOf(() => 'one', both()))).kind, 'passed');
    assert.match((await run(named, worldOf(inTurn, both()))).finding, /answered by two, which should not/);
  });

  test('affinity keeps a client with one pod', async () => {
    const affinity = { affinity: true, everyOne: false };
    assert.equal((await run(affinity, worldOf(() => 'two', both()))).kind, 'passed');
    assert.match((await run(affinity, worldOf(inTurn, both()))).finding, /2 pods answered worker/);
  });

  test('sees the address that the server saw', async () => {
    assert.equal((await run({ clientAddress: 'own' }, worldOf(() => 'one', both().slice(0, 1)))).kind, 'passed');
    assert.match((await run({ clientAddress: 'other' }, worldOf(() => 'one', both().slice(0, 1)))).finding, /coming from 172\.18\.0\.3/);
  });
});

describe('what stands behind', () => {
  test('a named port maps to different numbers', async () => {
    const numbers = { portNumbers: 2 };
    assert.equal((await run(numbers, worldOf(inTurn, [both()[0]!, pod('two', addresses.two!, { number: 8080 })]))).kind, 'passed');
    assert.match((await run(numbers, worldOf(inTurn, both()))).finding, /listen on 80/);
  });

  test('a pod is silent only when its readiness is the reason', async () => {
    const silent = { silent: { pod: 'three' } };
    const unready = (over = {}) => pod('three', addresses.three!, { ready: false, ...over });
    assert.equal((await run(silent, worldOf(inTurn, [...both(), unready()]))).kind, 'passed');
    assert.match((await run(silent, worldOf(inTurn, [...both(), unready({ labels: { app: 'x' } })]))).finding, /does not carry the labels/);
    assert.match((await run(silent, worldOf(inTurn, [...both(), unready({ waiting: 'CrashLoopBackOff' })]))).finding, /does not run/);
    assert.match((await run(silent, worldOf((request) => ['one', 'two', 'three'][request % 3]!, [...both(), pod('three', addresses.three!)]))).finding, /three still gets requests/);
    assert.match((await run(silent, worldOf(inTurn, both()))).finding, /no pod that is kept out/);
    const deaf = createFakeCluster({ probe: (_, target) => (target.host === serviceAddress ? served(inTurn(requestOf(target)), addresses[inTurn(requestOf(target))]!) : 'refused') });
    for (const object of [...both(), unready(), service()]) deaf.put(object);
    assert.match((await run(silent, deaf)).finding, /does not answer at its own address/);
  });
});

test('specs that contradict themselves are refused', () => {
  assert.equal(parse({ affinity: true }).success, false);
  assert.equal(parse({}, { to: { pods: 'app=site' } }).success, false);
  assert.equal(parse({ answeredBy: 'selected' }, { to: { host: 'example' } }).success, false);
  assert.equal(parse({ portNumbers: 2, answeredBy: { pods: '*' } }, { to: { host: 'example' } }).success, false);
});

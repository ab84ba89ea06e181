// Check type `resolves`: sets of records compared with literals, pods and Services.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../base/index.ts';
import { CheckSource, settleCheck } from '../labs/index.ts';
import { createFakeCluster, fakePod } from './fakeCluster.ts';
import type { FakeCluster, FakeOptions } from './fakeCluster.ts';
import { judgeAgain, runCheck } from './runner.ts';
import { foldRecord } from './types/resolves.ts';

const parse = (question: object, over = {}) => CheckSource.safeParse({ id: 'it', title: 'It resolves', type: 'resolves', from: { machine: 'worker' }, questions: [question], ...over });

async function run(question: object, cluster: FakeCluster, over = {}) {
  const parsed = parse(question, over);
  assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
  const spec = settleCheck(parsed.data, 'lab-09');
  const result = await runCheck(spec, { cluster, namespace: 'lab-09', clock: systemClock, signal: new AbortController().signal, history: { since: 0, entries: () => [] } });
  assert.deepEqual(judgeAgain(spec, result.observation), result.verdict);
  return result.verdict;
}

/** A cluster with two pods and a Service, whose names are as `zone` says. */
function worldOf(zone: Record<string, string[]>): FakeCluster {
  const cluster = createFakeCluster({ resolve: (_, { name, type }) => zone[`${name} ${type}`] ?? { rcode: 'NXDOMAIN' } } satisfies FakeOptions);
  cluster.put(fakePod('a', { labels: { app: 'web' }, ip: '10.244.1.2' }));
  cluster.put(fakePod('b', { labels: { app: 'web' }, ip: '10.244.2.2' }));
  cluster.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'lab-09' }, spec: { clusterIP: '10.96.0.9' } });
  return cluster;
}

const name = 'web.{{ namespace }}.svc.cluster.local';
const full = 'web.lab-09.svc.cluster.local';

describe('resolves', () => {
  test('a Service\'s name has its cluster address', async () => {
    const question = { name, expect: { service: { name: 'web' } } };
    assert.equal((await run(question, worldOf({ [`${full} A`]: ['10.96.0.9'] }))).kind, 'passed');
    assert.match((await run(question, worldOf({ [`${full} A`]: ['10.96.0.8'] }))).finding, /resolves to 10\.96\.0\.8/);
    assert.match((await run(question, worldOf({}))).finding, /does not resolve \(NXDOMAIN\)/);
    assert.match((await run({ name, expect: { service: { name: 'lost' } } }, worldOf({}))).finding, /no Service lost in lab-09/);
  });

  test('a headless name has one address for each pod, no more and no fewer', async () => {
    const question = { name, expect: { pods: { pods: 'app=web' } } };
    assert.equal((await run(question, worldOf({ [`${full} A`]: ['10.244.2.2', '10.244.1.2'] }))).kind, 'passed');
    assert.equal((await run(question, worldOf({ [`${full} A`]: ['10.244.2.2'] }))).kind, 'failed');
    const more = worldOf({ [`${full} A`]: ['10.244.2.2', '10.244.1.2', '10.244.1.9'] });
    assert.equal((await run(question, more)).kind, 'failed');
    assert.equal((await run({ ...question, expect: { ...question.expect, contains: true } }, more)).kind, 'passed');
  });

  test('SRV, CNAME and PTR are compared whatever their spelling', async () => {
    const world = worldOf({ [`_http._tcp.${full} SRV`]: [`0 50 8080 ${full}.`], 'out.lab-09.svc.cluster.local CNAME': ['Example.ORG.'], '9.0.96.10.in-addr.arpa PTR': [`${full}.`] });
    assert.equal((await run({ name: `_http._tcp.${name}`, type: 'SRV', expect: { values: [`8080 ${name}`] } }, world)).kind, 'passed');
    assert.equal((await run({ name: `_http._tcp.${name}`, type: 'SRV', expect: { values: [`80 ${name}`] } }, world)).kind, 'failed');
    assert.equal((await run({ name: 'out.{{ namespace }}.svc.cluster.local', type: 'CNAME', expect: { values: ['example.org'] } }, world)).kind, 'passed');
    assert.equal((await run({ addressOf: { service: { name: 'web' } }, type: 'PTR', expect: { values: [name] } }, world)).kind, 'passed');
    assert.equal(foldRecord('SRV', '10 20 443 Host.Example.'), '443 host.example');
  });

  test('a name may have to be absent', async () => {
    assert.equal((await run({ name, expect: { absent: true } }, worldOf({}))).kind, 'passed');
    assert.match((await run({ name, expect: { absent: true } }, worldOf({ [`${full} A`]: ['10.96.0.9'] }))).finding, /resolves, but should not/);
  });

  test('a silent name server is told as such, and never proves an absence', async () => {
    const silent = createFakeCluster({ resolve: () => ({ rcode: 'TIMEOUT' }) });
    assert.match((await run({ name, expect: { absent: true } }, silent)).finding, /no answer from its name server/);
  });

  test('waits for a pod that is on its way into the set', async () => {
    const cluster = worldOf({ [`${full} A`]: ['10.244.1.2'] });
    cluster.put(fakePod('b', { labels: { app: 'web' }, ip: '10.244.2.2', ready: false, startedAt: new Date().toISOString() }));
    assert.equal((await run({ name, expect: { pods: { pods: 'app=web' } } }, cluster)).kind, 'waiting');
  });

  test('every source is asked, or with any one of them', async () => {
    const cluster = createFakeCluster({ resolve: (source) => (source.kind === 'pod' && source.pod === 'a' ? ['1.2.3.4'] : { rcode: 'NXDOMAIN' }) });
    for (const pod of ['a', 'b']) cluster.put(fakePod(pod, { uid: pod }));
    const question = { name, expect: { values: ['1.2.3.4'] } };
    assert.equal((await run(question, cluster, { from: { pods: '*' } })).kind, 'failed');
    assert.equal((await run(question, cluster, { from: { pods: '*', any: true } })).kind, 'passed');
  });

  test('questions that cannot be judged are refused', () => {
    assert.equal(parse({ name, expect: {} }).success, false);
    assert.equal(parse({ name, expect: { absent: true, values: ['a'] } }).success, false);
    assert.equal(parse({ expect: { values: ['a'] } }).success, false);
    assert.equal(parse({ addressOf: { service: { name: 'web' } }, expect: { values: ['a'] } }).success, false);
    assert.equal(parse({ name, type: 'SRV', expect: { service: { name: 'web' } } }).success, false);
  });
});

// What `kubectl get` shows: ages, the STATUS of pods, columns of the networking kinds.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContainerStatus, KubeObject, Pod } from '../../types/index.ts';
import { humanDuration } from './duration.ts';
import { tableOf } from './index.ts';
import { selectorText } from './printer.ts';
import { summarizePod } from './pods.ts';

const now = Date.parse('2026-01-01T01:00:00Z');
type Table = { columnDefinitions: { name: string; priority: number }[] | null; rows: { cells: unknown[]; object: { kind: string } | null; conditions?: unknown[] }[] };
const table = (group: string, object: object, include: 'None' | 'Metadata' | 'Object' = 'Metadata', headers = true) =>
  tableOf({ group, kind: (object as KubeObject).kind }, [object as KubeObject], {}, { version: 'v1', include, headers, now }) as Table;

test('ages grow coarser', () => {
  const texts: [number, string][] = [[-5, '<invalid>'], [0, '0s'], [119, '119s'], [120, '2m'], [200, '3m20s'], [660, '11m'], [3 * 3600, '3h'], [3 * 3600 + 60, '3h1m'],
    [9 * 3600 + 60, '9h'], [48 * 3600, '2d'], [50 * 3600, '2d2h'], [10 * 86400, '10d'], [800 * 86400, '2y70d'], [9 * 365 * 86400, '9y']];
  for (const [seconds, text] of texts) assert.equal(humanDuration(seconds * 1000), text);
});

const state = (value: ContainerStatus['state'], more: Partial<ContainerStatus> = {}): ContainerStatus =>
  ({ name: 'a', image: 'i', imageID: '', ready: false, restartCount: 0, state: value, lastState: {}, ...more });
const pod = (status: Pod['status'], more: Partial<Pod> = {}): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', creationTimestamp: '2026-01-01T00:59:00Z' }, spec: { containers: [{ name: 'a', image: 'i' }] }, status: status!, ...more,
});

describe('pods', () => {
  test('waiting, running, restarted, finished', () => {
    const reason = (value: Pod) => summarizePod(value).reason;
    assert.equal(reason(pod({ phase: 'Pending' })), 'Pending');
    assert.equal(reason(pod({ phase: 'Pending', containerStatuses: [state({ waiting: { reason: 'ContainerCreating' } })] })), 'ContainerCreating');
    assert.equal(reason(pod({ phase: 'Running', containerStatuses: [state({ running: { startedAt: '' } }, { ready: true })] })), 'Running');
    assert.equal(reason(pod({ phase: 'Running', containerStatuses: [state({ waiting: { reason: 'CrashLoopBackOff' } })] })), 'CrashLoopBackOff');
    assert.equal(reason(pod({ phase: 'Succeeded', containerStatuses: [state({ terminated: { exitCode: 0, reason: 'Completed' } })] })), 'Completed');
    assert.equal(reason(pod({ phase: 'Failed', containerStatuses: [state({ terminated: { exitCode: 3 } })] })), 'ExitCode:3');
    assert.equal(reason(pod({ phase: 'Failed', reason: 'Evicted' })), 'Evicted');
  });

  test('deletion shows, except on finished pods', () => {
    const metadata = { name: 'p', deletionTimestamp: '2026-01-01T00:59:30Z' };
    assert.equal(summarizePod(pod({ phase: 'Running' }, { metadata })).reason, 'Terminating');
    assert.equal(summarizePod(pod({ phase: 'Succeeded', containerStatuses: [state({ terminated: { exitCode: 0, reason: 'Completed' } })] }, { metadata })).reason, 'Completed');
  });

  test('init containers and sidecars', () => {
    const spec = { initContainers: [{ name: 'i1', image: 'i' }, { name: 'side', image: 'i', restartPolicy: 'Always' as const }], containers: [{ name: 'a', image: 'i' }] };
    const first = state({ running: { startedAt: '' } }, { name: 'i1' });
    assert.equal(summarizePod(pod({ phase: 'Pending', initContainerStatuses: [first] }, { spec })).reason, 'Init:0/2');
    const failed = state({ terminated: { exitCode: 1, reason: 'Error' } }, { name: 'i1', restartCount: 2 });
    assert.equal(summarizePod(pod({ phase: 'Pending', initContainerStatuses: [failed] }, { spec })).reason, 'Init:Error');
    const done = state({ terminated: { exitCode: 0 } }, { name: 'i1', restartCount: 2 });
    const side = state({ running: { startedAt: '' } }, { name: 'side', started: true, ready: true });
    const main = state({ running: { startedAt: '' } }, { ready: true });
    assert.deepEqual(summarizePod(pod({ phase: 'Running', initContainerStatuses: [done, side], containerStatuses: [main] }, { spec })), { ready: 2, total: 2, reason: 'Running', restarts: 0, lastRestart: undefined });
  });

  test('cells, restarts with their age, and the condition of finished pods', () => {
    const restarted = state({ running: { startedAt: '' } }, { ready: true, restartCount: 3, lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:59:50Z' } } });
    const shown = table('', pod({ phase: 'Running', podIPs: [{ ip: '10.0.0.4' }], containerStatuses: [restarted] }, { spec: { containers: [{ name: 'a', image: 'i' }], nodeName: 'worker' } }));
    assert.deepEqual(shown.rows[0]!.cells, ['p', '1/1', 'Running', '3 (10s ago)', '60s', '10.0.0.4', 'worker', '<none>', '<none>']);
    assert.deepEqual(shown.columnDefinitions!.filter(({ priority }) => priority === 0).map(({ name }) => name), ['Name', 'Ready', 'Status', 'Restarts', 'Age']);
    assert.equal(table('', pod({ phase: 'Succeeded' })).rows[0]!.conditions?.length, 1);
  });
});

describe('networking kinds', () => {
  const metadata = { name: 'x', creationTimestamp: '2026-01-01T00:59:00Z' };
  const cells = (group: string, object: object) => table(group, { apiVersion: 'v1', metadata, ...object }).rows[0]!.cells;

  test('services of each type', () => {
    assert.deepEqual(cells('', { kind: 'Service', spec: { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'], ports: [{ port: 80, protocol: 'TCP' }], selector: { b: '2', a: '1' } } }),
      ['x', 'ClusterIP', '10.96.0.9', '<none>', '80/TCP', '60s', 'a=1,b=2']);
    assert.deepEqual(cells('', { kind: 'Service', spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.9'], ports: [{ port: 80, nodePort: 30080 }, { port: 53, protocol: 'UDP' }] } }).slice(1, 5),
      ['LoadBalancer', '10.96.0.9', '<pending>', '80:30080/TCP,53/UDP']);
    assert.deepEqual(cells('', { kind: 'Service', spec: { type: 'ExternalName', externalName: 'example.org' } }).slice(1, 5), ['ExternalName', '<none>', 'example.org', '<none>']);
  });

  test('endpoints and slices show three and count the rest', () => {
    const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map((ip) => ({ ip }));
    assert.equal(cells('', { kind: 'Endpoints', subsets: [{ addresses, ports: [{ port: 80 }] }] })[1], '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...');
    assert.equal(cells('', { kind: 'Endpoints' })[1], '<none>');
    assert.deepEqual(cells('discovery.k8s.io', { kind: 'EndpointSlice', addressType: 'IPv4', ports: [{ port: 80 }], endpoints: addresses.map(({ ip }) => ({ addresses: [ip] })) }).slice(1, 4),
      ['IPv4', '80', '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...']);
    assert.deepEqual(cells('discovery.k8s.io', { kind: 'EndpointSlice', addressType: 'IPv4', endpoints: [] }).slice(1, 4), ['IPv4', '<unset>', '<unset>']);
  });

  test('selectors in query syntax, sorted', () => {
    assert.equal(selectorText({ matchLabels: { b: '1' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['y', 'x'] }, { key: 'c', operator: 'DoesNotExist' }] }), 'a in (x,y),b=1,!c');
    assert.equal(selectorText({}), '<none>');
    assert.equal(cells('networking.k8s.io', { kind: 'NetworkPolicy', spec: { podSelector: {} } })[1], '<none>');
  });
});

test('rows carry metadata, the object or nothing, and later events no columns', () => {
  const object = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x' } };
  assert.equal(table('', object).rows[0]!.object!.kind, 'PartialObjectMetadata');
  assert.equal(table('', object, 'Object').rows[0]!.object!.kind, 'Thing');
  assert.equal(table('', object, 'None').rows[0]!.object, null);
  assert.equal(table('', object, 'None', false).columnDefinitions, null);
  assert.deepEqual(table('', object).rows[0]!.cells, ['x', '<unknown>']);
});

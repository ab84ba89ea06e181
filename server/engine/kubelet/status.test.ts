import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod, PodSpec, RuntimeContainer } from '../types/index.ts';
import { planContainerStatus, planPhase, planQosClass, planStatus, planStatusPatch } from './status.ts';
import type { ContainerView } from './status.ts';

const now = Date.parse('2026-01-01T00:00:10Z');
const pod = (spec: Partial<PodSpec> = {}, status: Pod['status'] = {}): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', uid: 'u' }, spec: { containers: [{ name: 'web', image: 'nginx' }], ...spec }, status });
const runtime = (state: RuntimeContainer['state'], exitCode?: number): RuntimeContainer => ({
  id: 'c1', spec: { attempt: 0 } as RuntimeContainer['spec'], state, createdAt: '2026-01-01T00:00:00.500Z', startedAt: '2026-01-01T00:00:01.700Z', ...(state === 'exited' && { exitCode, finishedAt: '2026-01-01T00:00:02.900Z' }),
});
const view = (change: Partial<ContainerView> = {}): ContainerView => ({ container: { name: 'web', image: 'nginx' }, kind: 'main', restartCount: 0, ready: false, started: false, ...change });
const running = view({ current: runtime('running'), ready: true, started: true });
const exited = (code: number, change: Partial<ContainerView> = {}) => view({ current: runtime('exited', code), ...change });

describe('container status', () => {
  test('before it has run', () => {
    assert.deepEqual(planContainerStatus(view(), false).state, { waiting: { reason: 'ContainerCreating' } });
    assert.deepEqual(planContainerStatus(view(), true).state, { waiting: { reason: 'PodInitializing' } });
  });
  test('running: whole seconds, ready and started', () => {
    const status = planContainerStatus(running, false);
    assert.deepEqual(status.state, { running: { startedAt: '2026-01-01T00:00:01Z' } });
    assert.deepEqual([status.ready, status.started, status.containerID], [true, true, 'crun://c1']);
    assert.equal(planContainerStatus(view({ current: runtime('running'), ready: true, started: false }), false).ready, false);
  });
  test('in back-off the end moves to lastState', () => {
    const status = planContainerStatus(exited(3, { waiting: { reason: 'CrashLoopBackOff', message: 'm' }, restartCount: 2, message: 'died' }), false);
    assert.deepEqual(status.state, { waiting: { reason: 'CrashLoopBackOff', message: 'm' } });
    assert.deepEqual(status.lastState.terminated, { exitCode: 3, reason: 'Error', message: 'died', startedAt: '2026-01-01T00:00:01Z', finishedAt: '2026-01-01T00:00:02Z', containerID: 'crun://c1' });
  });
  test('reasons of an end', () => {
    assert.equal(planContainerStatus(exited(0), false).state.terminated?.reason, 'Completed');
    assert.equal(planContainerStatus(exited(128, { failure: { reason: 'StartError', message: 'x' } }), false).state.terminated?.reason, 'StartError');
    assert.equal(planContainerStatus({ ...exited(137), current: { ...runtime('exited', 137), oomKilled: true } }, false).state.terminated?.reason, 'OOMKilled');
  });
  test('an init container is ready when it ended well', () => {
    assert.equal(planContainerStatus(exited(0, { kind: 'init' }), true).ready, true);
    assert.equal(planContainerStatus(exited(1, { kind: 'init' }), true).ready, false);
  });
});

describe('phase', () => {
  const phase = (policy: PodSpec['restartPolicy'], views: ContainerView[], ended = false) => planPhase(pod({ restartPolicy: policy }), views, ended);
  const failing = exited(1, { kind: 'init' });
  for (const [name, actual, expected] of [
    ['nothing has run', phase('Always', [view()]), 'Pending'],
    ['one of two runs', phase('Always', [running, view()]), 'Pending'],
    ['running', phase('Always', [running]), 'Running'],
    ['crash loop', phase('Always', [exited(1, { waiting: { reason: 'CrashLoopBackOff' } })]), 'Running'],
    ['a config error after a run', phase('Always', [view({ waiting: { reason: 'CreateContainerConfigError' }, last: { exitCode: 1 } })]), 'Running'],
    ['all ended well', phase('OnFailure', [exited(0), exited(0)]), 'Succeeded'],
    ['one failed, to be restarted', phase('OnFailure', [exited(0), exited(1)]), 'Running'],
    ['one failed for good', phase('Never', [exited(0), exited(1)]), 'Failed'],
    ['init failed, retried', phase('Always', [failing, view()]), 'Pending'],
    ['init failed for good', phase('Never', [failing, view()]), 'Failed'],
    ['deleted while running well', phase('Always', [exited(0)], true), 'Succeeded'],
    ['deleted and killed', phase('Always', [exited(137)], true), 'Failed'],
    ['deleted before it ran', phase('Always', [view()], true), 'Failed'],
  ] as const) test(name, () => assert.equal(actual, expected));
});

describe('pod status', () => {
  const base = { hostIP: '172.18.0.3', now };
  test('conditions in kubelet\'s order after those of others, times kept where nothing changed', () => {
    const before: Pod['status'] = { conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z' }, { type: 'x/gate', status: 'True' }] };
    const { conditions } = planStatus({ ...base, pod: pod({}, before), views: [running], sandbox: { ready: true, ip: '10.244.1.2' } });
    assert.deepEqual(conditions!.map((condition) => `${condition.type}=${condition.status}`), ['x/gate=True', 'PodReadyToStartContainers=True', 'Initialized=True', 'Ready=True', 'ContainersReady=True', 'PodScheduled=True']);
    assert.equal(conditions!.at(-1)!.lastTransitionTime, '2025-01-01T00:00:00Z');
    assert.equal(conditions![3]!.lastTransitionTime, '2026-01-01T00:00:10Z');
  });
  test('unready containers, missing gates and incomplete init containers are named', () => {
    const of = (spec: Partial<PodSpec>, views: ContainerView[]) => Object.fromEntries(planStatus({ ...base, pod: pod(spec), views }).conditions!.map((condition) => [condition.type, condition]));
    assert.equal(of({}, [view()]).Ready!.message, 'containers with unready status: [web]');
    const gated = of({ readinessGates: [{ conditionType: 'x/gate' }] }, [running]);
    assert.deepEqual([gated.Ready!.reason, gated.ContainersReady!.status], ['ReadinessGatesNotReady', 'True']);
    const init = view({ kind: 'init', container: { name: 'i', image: 'x' } });
    assert.equal(of({ initContainers: [init.container] }, [init, view()]).Initialized!.message, 'containers with incomplete status: [i]');
  });
  test('a finished pod is not ready because it is complete, and keeps its address', () => {
    const status = planStatus({ ...base, pod: pod({ restartPolicy: 'Never' }), views: [exited(0)], lastIP: '10.244.1.2' });
    assert.equal(status.phase, 'Succeeded');
    assert.equal(status.conditions!.find((condition) => condition.type === 'Ready')!.reason, 'PodCompleted');
    assert.deepEqual(status.podIPs, [{ ip: '10.244.1.2' }]);
  });
  test('with hostNetwork the address is the node\'s', () => {
    assert.equal(planStatus({ ...base, pod: pod({ hostNetwork: true }), views: [running], sandbox: { ready: true } }).podIP, '172.18.0.3');
  });
});

test('quality of service', () => {
  const of = (resources: { requests?: Record<string, string>; limits?: Record<string, string> }) => planQosClass(pod({ containers: [{ name: 'c', image: 'i', resources }] }));
  assert.equal(of({}), 'BestEffort');
  assert.equal(of({ requests: { cpu: '1' } }), 'Burstable');
  assert.equal(of({ limits: { cpu: '1', memory: '1Gi' } }), 'Guaranteed');
  assert.equal(of({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1Gi' } }), 'Guaranteed');
  assert.equal(of({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '0.5' } }), 'Burstable');
});

test('a status patch holds what changed, null for what vanished, and nothing when key order or nulls differ', () => {
  const status = planStatus({ pod: pod(), views: [running], hostIP: 'h', now, sandbox: { ready: true, ip: '10.0.0.1' } });
  assert.equal(planStatusPatch(structuredClone(status), status), undefined);
  const stored = { ...status, conditions: status.conditions!.map(({ lastProbeTime: _time, ...condition }) => condition) };
  assert.equal(planStatusPatch(stored, status), undefined);
  assert.deepEqual(planStatusPatch({ ...status, reason: 'Evicted', podIP: 'x' }, status), { reason: null, podIP: '10.0.0.1' });
});

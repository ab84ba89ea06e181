// Disruption budgets and evictions, autoscalers without metrics, and events in their newer shape.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { eventsAbout, startTestCluster, type TestCluster } from '../../../tests/support/controllerCluster.ts';
import { resources, StatusError, type Deployment, type HorizontalPodAutoscaler, type KubeObject, type Pod, type PodDisruptionBudget } from '../types/index.ts';
import { eventually } from './testing.ts';

let cluster: TestCluster;
const key = { namespace: 'default', name: 'web' };

function deployment(replicas: number): Deployment {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'a' }] } } },
  };
}
const budget = (spec: PodDisruptionBudget['spec']) => cluster.client.create(resources.podDisruptionBudgets, {
  apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
});
const evict = (pod: Pod) => cluster.client.updateSubresource(resources.pods, 'eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod.metadata.name, namespace: 'default' } } as KubeObject as Pod);
const counts = async () => { const { status } = await cluster.client.get(resources.podDisruptionBudgets, key); return [status!.expectedPods, status!.currentHealthy, status!.desiredHealthy, status!.disruptionsAllowed].join(); };
const ready = (replicas: number) => eventually(async () => (await cluster.client.get(resources.deployments, key)).status?.availableReplicas === replicas);

describe('policies', () => {
  beforeEach(async () => { cluster = await startTestCluster(); });
  afterEach(() => {
    cluster.dispose();
    assert.deepEqual(cluster.warnings, []);
  });

  test('an eviction is refused when the budget is spent, and counted when it is not', async () => {
    await cluster.client.create(resources.deployments, deployment(2));
    await ready(2);
    await budget({ minAvailable: 2 });
    await eventually(async () => (await counts()) === '2,2,2,0');
    const [first] = cluster.pods();
    await assert.rejects(evict(first!), (error: unknown) => error instanceof StatusError && error.status === 429
      && error.message === "Cannot evict pod as it would violate the pod's disruption budget." && error.details?.causes?.[0]?.message === 'The disruption budget web needs 2 healthy pods and has 2 currently');
    await cluster.client.patch(resources.podDisruptionBudgets, key, { spec: { minAvailable: null, maxUnavailable: '50%' } });
    await eventually(async () => (await counts()) === '2,2,1,1');
    await evict(first!);
    await assert.rejects(evict(cluster.pods().find(({ metadata }) => metadata.uid !== first!.metadata.uid)!), /violate the pod's disruption budget/);
    await eventually(async () => (await counts()) === '2,2,1,1' && cluster.pods().length === 2);
  });

  test('budgets with both bounds are invalid; pods without a controller have no percentage', async () => {
    await assert.rejects(budget({ minAvailable: 1, maxUnavailable: 1 }), /minAvailable and maxUnavailable cannot be both set/);
    await cluster.client.create(resources.pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'lone', namespace: 'default', labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'a' }] } });
    await budget({ maxUnavailable: 1 });
    await eventually(async () => (await cluster.client.get(resources.podDisruptionBudgets, key)).status?.conditions?.[0]?.reason === 'SyncFailed');
  });

  const conditions = async () => (await cluster.client.get(resources.horizontalPodAutoscalers, key)).status?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`).join();
  const autoscaler = (minReplicas: number, maxReplicas: number): HorizontalPodAutoscaler => ({
    apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web', namespace: 'default' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas, maxReplicas },
  });

  test('an autoscaler says that it has no metrics, and keeps the bounds', async () => {
    await cluster.client.create(resources.horizontalPodAutoscalers, autoscaler(2, 3));
    await eventually(async () => (await conditions()) === 'AbleToScale=False FailedGetScale');
    await cluster.client.create(resources.deployments, deployment(1));
    await ready(2);
    await eventually(async () => (await conditions()) === 'AbleToScale=True SucceededGetScale,ScalingActive=False FailedGetResourceMetric');
    const events = await eventsAbout(cluster.client, 'web');
    assert.ok(events.includes('SuccessfulRescale New size: 2; reason: Current number of replicas below Spec.MinReplicas'));
    assert.ok(events.includes('FailedGetResourceMetric failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)'), events.join('\n'));
    const old = await cluster.client.get({ ...resources.horizontalPodAutoscalers, version: 'v1' }, key) as unknown as { spec: object; apiVersion: string };
    assert.deepEqual([old.apiVersion, old.spec], ['autoscaling/v1', { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 3, targetCPUUtilizationPercentage: 80 }]);
    await cluster.client.patch({ ...resources.horizontalPodAutoscalers, version: 'v1' }, key, { spec: { targetCPUUtilizationPercentage: 50 } });
    assert.equal((await cluster.client.get(resources.horizontalPodAutoscalers, key)).spec.metrics![0]!.resource!.target.averageUtilization, 50);
  });

  test('events have two shapes and one store', async () => {
    const ref = { ...resources.events, group: 'events.k8s.io', version: 'v1' };
    const event = {
      apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'e', namespace: 'default' }, eventTime: '2026-01-01T00:00:00.000001Z', reportingController: 'lab', reportingInstance: 'one',
      action: 'Try', reason: 'Tried', type: 'Normal', note: 'It was tried.', regarding: { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: 'default' },
    };
    await cluster.client.create(ref, event as KubeObject);
    const core = await cluster.client.get(resources.events, { namespace: 'default', name: 'e' }) as unknown as Record<string, unknown>;
    assert.deepEqual([core['message'], core['reportingComponent'], (core['involvedObject'] as { name: string }).name], ['It was tried.', 'lab', 'p']);
    const { items } = await cluster.client.list(ref, { namespace: 'default', fieldSelector: 'regarding.name=p' });
    assert.deepEqual(items.map((item) => [item.apiVersion, (item as unknown as { note: string }).note]), [['events.k8s.io/v1', 'It was tried.']]);
    await assert.rejects(cluster.client.create(ref, { ...event, metadata: { name: 'f', namespace: 'default' }, action: undefined } as unknown as KubeObject), /Event\.events\.k8s\.io "f" is invalid: action: Required value/);
  });
});

// The StatefulSet controller: pods with stable names, made, removed and replaced in their order.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { resources, type ControllerRevision, type Pod, type StatefulSet } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { Expectations } from './expectations.ts';
import { keyOf, sameJson, splitKey } from './keys.ts';
import { ownerKey } from './ownership.ts';
import { createPod, deletePod, podFrom, type PodHands } from './podCreation.ts';
import { availableIn } from './podState.ts';
import { claimPods, watchPods } from './podWatch.ts';
import { ensureRevision, forgetRevisions, listRevisions, templateOf } from './revisions.ts';
import { ordinalOf, planStatefulSet, revisionLabel } from './statefulSetPlan.ts';
import { WorkQueue } from './workQueue.ts';

const hashLabel = 'controller.kubernetes.io/hash';

function sentences(set: StatefulSet) {
  const text = (verb: string, pod: Pod) => `${verb} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
  return {
    created: (pod: Pod) => `${text('create', pod)} successful`, deleted: (pod: Pod) => `${text('delete', pod)} successful`,
    notCreated: (pod: Pod, why: string) => `${text('create', pod)} failed error: ${why}`, notDeleted: (pod: Pod, why: string) => `${text('delete', pod)} failed error: ${why}`,
  };
}

function podOf(set: StatefulSet, ordinal: number, revision: string, template: StatefulSet['spec']['template']): Pod {
  const name = `${set.metadata.name}-${ordinal}`;
  const pod = podFrom(set, template, {
    name, labels: { 'statefulset.kubernetes.io/pod-name': name, 'apps.kubernetes.io/pod-index': String(ordinal), [revisionLabel]: revision },
  });
  return { ...pod, spec: { ...pod.spec, hostname: name, ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}) } };
}

/** Starts the controller. */
export function startStatefulSets(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const recorder = context.recorder('statefulset-controller');
  const owned = new DisposableStack();
  const sets = client.informer(resources.statefulSets);
  const expectations = new Expectations();
  const hands: PodHands = { client, clock, recorder, expectations };
  const queue = owned.add(new WorkQueue({ name: 'statefulsets', logger, clock, sync }));

  async function revise(set: StatefulSet): Promise<{ update: ControllerRevision; all: ControllerRevision[] } | undefined> {
    const all = await listRevisions(client, set);
    const update = await ensureRevision(client, set, all, { hashLabel, annotated: true });
    if (update !== 'collision') return { update, all: [...all.filter(({ metadata }) => metadata.name !== update.metadata.name), update] };
    const collisionCount = (set.status?.collisionCount ?? 0) + 1;
    await client.updateSubresource(resources.statefulSets, 'status', { ...set, status: { replicas: 0, ...set.status, collisionCount } });
    return undefined;
  }

  async function sync(key: string): Promise<void> {
    const set = sets.get(splitKey(key));
    if (!set) return expectations.forget(key);
    const settled = expectations.fulfilled(key, clock.now());
    const revised = await revise(set);
    if (!revised) return; // the status write brings the key back
    const { update, all } = revised;
    const pods = (await claimPods(client, set)).filter((pod) => ordinalOf(set, pod) !== undefined);
    const current = all.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
    const names = { current: current.metadata.name, update: update.metadata.name };
    const step = planStatefulSet(set, pods, names, clock.now());
    const failures: unknown[] = [];
    const say = sentences(set);
    if (settled) {
      for (const pod of step.recreates) {
        const failed = pod.status?.phase === 'Failed';
        recorder.record(set, failed ? 'Warning' : 'Normal', failed ? 'RecreatingFailedPod' : 'RecreatingTerminatedPod',
          `StatefulSet ${key} is recreating ${failed ? 'failed' : 'terminated'} Pod ${pod.metadata.name}`);
      }
      for (const pod of [...step.recreates, ...step.deletes]) failures.push(await deletePod(hands, set, pod, say));
      for (const { ordinal, revision } of step.creates) {
        const template = revision === names.current ? templateOf(current) ?? set.spec.template : set.spec.template;
        failures.push(await createPod(hands, set, podOf(set, ordinal, revision, template), say));
      }
    }
    if (!sameJson(step.status, set.status)) await client.updateSubresource(resources.statefulSets, 'status', { ...set, status: step.status });
    const inUse = new Set([...Object.values(names), ...pods.map((pod) => pod.metadata.labels?.[revisionLabel])]);
    await forgetRevisions(client, set, all, ({ metadata }) => inUse.has(metadata.name));
    const waits = pods.map((pod) => availableIn(pod, set.spec.minReadySeconds ?? 0, clock.now())).filter((ms) => ms);
    if (waits.length > 0) queue.addAfter(key, Math.min(...(waits as number[])));
    const failure = failures.find((one) => one !== undefined);
    if (failure !== undefined) throw failure;
  }

  const wake = (key: string) => queue.add(key);
  owned.add(sets.onEvent(({ object }) => queue.add(keyOf(object))));
  owned.add(watchPods(client, { kind: 'StatefulSet', owners: (namespace) => sets.list(namespace), expectations, wake }));
  owned.add(client.informer(resources.controllerRevisions).onEvent(({ type, object }) => {
    const key = type === 'added' ? undefined : ownerKey(object, 'StatefulSet');
    if (key !== undefined) queue.add(key);
  }));
  for (const set of sets.list()) queue.add(keyOf(set));
  return owned;
}

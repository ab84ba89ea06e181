// Tables of the workloads of apps/v1.
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../types/index.ts';
import { ageOf } from './duration.ts';
import { column, containersText, labelsText, printer, selectorText } from './printer.ts';

/** apps/v1 Deployment. */
export const deploymentPrinter = printer<Deployment>(
  ['Name', 'Ready', column('Up-to-date'), column('Available'), 'Age', '+Containers', '+Images', '+Selector'],
  ({ metadata, spec, status }, now) => [
    metadata.name, `${status?.readyReplicas ?? 0}/${spec.replicas ?? 1}`, status?.updatedReplicas ?? 0, status?.availableReplicas ?? 0,
    ageOf(metadata.creationTimestamp, now), ...containersText(spec.template?.spec), selectorText(spec.selector),
  ]);

/** apps/v1 ReplicaSet. */
export const replicaSetPrinter = printer<ReplicaSet>(
  ['Name', column('Desired', 'integer'), column('Current', 'integer'), column('Ready', 'integer'), 'Age', '+Containers', '+Images', '+Selector'],
  ({ metadata, spec, status }, now) => [
    metadata.name, spec.replicas ?? 1, status?.replicas ?? 0, status?.readyReplicas ?? 0,
    ageOf(metadata.creationTimestamp, now), ...containersText(spec.template?.spec), selectorText(spec.selector),
  ]);

/** apps/v1 StatefulSet. */
export const statefulSetPrinter = printer<StatefulSet>(['Name', 'Ready', 'Age', '+Containers', '+Images'],
  ({ metadata, spec, status }, now) => [
    metadata.name, `${status?.readyReplicas ?? 0}/${spec.replicas ?? 1}`, ageOf(metadata.creationTimestamp, now), ...containersText(spec.template?.spec),
  ]);

/** apps/v1 DaemonSet. */
export const daemonSetPrinter = printer<DaemonSet>(
  ['Name', column('Desired', 'integer'), column('Current', 'integer'), column('Ready', 'integer'), column('Up-to-date', 'integer'), column('Available', 'integer'), 'Node Selector', 'Age', '+Containers', '+Images', '+Selector'],
  ({ metadata, spec, status }, now) => [
    metadata.name, status?.desiredNumberScheduled ?? 0, status?.currentNumberScheduled ?? 0, status?.numberReady ?? 0, status?.updatedNumberScheduled ?? 0,
    status?.numberAvailable ?? 0, labelsText(spec.template?.spec?.nodeSelector), ageOf(metadata.creationTimestamp, now),
    ...containersText(spec.template?.spec), selectorText(spec.selector),
  ]);

/** apps/v1 ControllerRevision. */
export const controllerRevisionPrinter = printer<ControllerRevision>(['Name', 'Controller', column('Revision', 'integer'), 'Age'],
  ({ metadata, revision }, now) => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller);
    const group = owner?.apiVersion.split('/').at(-2);
    return [metadata.name, owner ? `${owner.kind.toLowerCase()}${group ? `.${group}` : ''}/${owner.name}` : '<none>', revision, ageOf(metadata.creationTimestamp, now)];
  });

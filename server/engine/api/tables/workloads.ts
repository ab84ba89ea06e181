// Tables of deployments and replica sets.
import type { Deployment, ReplicaSet } from '../../types/index.ts';
import { ageOf } from './duration.ts';
import { column, containersText, printer, selectorText } from './printer.ts';

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

// Tables as `kubectl get` shows them: meta.k8s.io Table and PartialObjectMetadata from objects.
import type { KubeObject } from '../../types/index.ts';
import { autoscalerPrinter, cronJobPrinter, disruptionBudgetPrinter, jobPrinter, roleBindingPrinter, rolePrinter } from './batchAndPolicy.ts';
import { configMapPrinter, eventPrinter, leasePrinter, namespacePrinter, nodePrinter, secretPrinter, serviceAccountPrinter } from './cluster.ts';
import { endpointSlicePrinter, endpointsPrinter, networkPolicyPrinter, servicePrinter } from './networking.ts';
import { podPrinter } from './pods.ts';
import { genericPrinter, type Printer } from './printer.ts';
import { controllerRevisionPrinter, daemonSetPrinter, deploymentPrinter, replicaSetPrinter, statefulSetPrinter } from './workloads.ts';

/** What a row carries of its object. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** List metadata: resourceVersion, continue, remainingItemCount. */
export type ListMeta = { resourceVersion?: string; continue?: string; remainingItemCount?: number };

const printers: Record<string, Printer> = {
  '/Pod': podPrinter, '/Service': servicePrinter, '/Endpoints': endpointsPrinter, '/Node': nodePrinter, '/Namespace': namespacePrinter,
  '/ConfigMap': configMapPrinter, '/Secret': secretPrinter, '/ServiceAccount': serviceAccountPrinter, '/Event': eventPrinter,
  'events.k8s.io/Event': eventPrinter, 'discovery.k8s.io/EndpointSlice': endpointSlicePrinter,
  'networking.k8s.io/NetworkPolicy': networkPolicyPrinter, 'apps/Deployment': deploymentPrinter, 'apps/ReplicaSet': replicaSetPrinter,
  'coordination.k8s.io/Lease': leasePrinter, 'apps/StatefulSet': statefulSetPrinter, 'apps/DaemonSet': daemonSetPrinter,
  'apps/ControllerRevision': controllerRevisionPrinter, 'batch/Job': jobPrinter, 'batch/CronJob': cronJobPrinter,
  'policy/PodDisruptionBudget': disruptionBudgetPrinter, 'autoscaling/HorizontalPodAutoscaler': autoscalerPrinter,
  'rbac.authorization.k8s.io/Role': rolePrinter, 'rbac.authorization.k8s.io/ClusterRole': rolePrinter,
  'rbac.authorization.k8s.io/RoleBinding': roleBindingPrinter, 'rbac.authorization.k8s.io/ClusterRoleBinding': roleBindingPrinter,
};

/** Options of a table. `headers` false leaves the column definitions out (later events of a watch). */
export interface TableOptions { version: 'v1' | 'v1beta1'; include: IncludeObject; headers?: boolean; now?: number }

/** A meta.k8s.io Table of objects of one kind. */
export function tableOf(kind: { group: string; kind: string }, objects: readonly KubeObject[], metadata: ListMeta, options: TableOptions): object {
  const { columns, row } = printers[`${kind.group}/${kind.kind}`] ?? genericPrinter;
  const now = options.now ?? Date.now();
  return {
    kind: 'Table', apiVersion: `meta.k8s.io/${options.version}`, metadata,
    columnDefinitions: options.headers === false ? null : columns,
    rows: objects.map((object) => ({ ...row(object, now), object: rowObject(object, options) })),
  };
}

function rowObject(object: KubeObject, { include, version }: TableOptions): unknown {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialObject(object, version);
}

/** The metadata of an object alone. */
export function partialObject(object: KubeObject, version: 'v1' | 'v1beta1'): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}

/** A list of metadata alone. */
export function partialObjectList(objects: readonly KubeObject[], metadata: ListMeta, version: 'v1' | 'v1beta1'): object {
  return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata, items: objects.map((object) => partialObject(object, version)) };
}

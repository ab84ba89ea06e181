// Whether a node accepts a pod by its selectors, affinity and taints: pure, shared by scheduler and controllers.
import type { Node, PodSpec, Toleration } from './workloads.ts';

/** A taint of a node. */
export type Taint = NonNullable<Node['spec']['taints']>[number];

export interface NodeRequirement { key: string; operator: string; values?: string[] }
export interface NodeTerm { matchExpressions?: NodeRequirement[]; matchFields?: NodeRequirement[] }
interface RequiredAffinity { nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms?: NodeTerm[] } } }

/** True when a toleration covers the taint. */
export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some((toleration) => coversTaint(toleration, taint));
}

/** True when this toleration covers the taint. */
export function coversTaint({ key, operator = 'Equal', value, effect }: Toleration, taint: Taint): boolean {
  return (effect === undefined || effect === '' || effect === taint.effect)
    && (key === undefined || key === '' ? operator === 'Exists' : key === taint.key)
    && (operator === 'Exists' || (value ?? '') === (taint.value ?? ''));
}

function matchesRequirement({ key, operator, values = [] }: NodeRequirement, labels: Record<string, string>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value);
    case 'NotIn': return value === undefined || !values.includes(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
    case 'Gt': return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt': return value !== undefined && Number(value) < Number(values[0]);
    default: return false;
  }
}

/** True when the node satisfies a term; an empty term matches no node. */
export function matchesNodeTerm({ matchExpressions = [], matchFields = [] }: NodeTerm, node: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return matchExpressions.every((one) => matchesRequirement(one, node.metadata.labels ?? {}))
    && matchFields.every((one) => matchesRequirement(one, { 'metadata.name': node.metadata.name }));
}

/** True when the pod's nodeSelector and required node affinity accept the node. */
export function acceptsNode({ spec }: { spec: PodSpec }, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const required = (spec.affinity as RequiredAffinity | undefined)?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || (required.nodeSelectorTerms ?? []).some((term) => matchesNodeTerm(term, node));
}

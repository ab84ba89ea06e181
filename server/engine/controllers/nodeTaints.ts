// Which taints a node's conditions and cordon call for: pure.
import type { Node, Taint } from '../types/index.ts';

const prefix = 'node.kubernetes.io/';

/** Taint keys by condition and its status. */
const byCondition: [string, string, string][] = [
  ['Ready', 'False', 'not-ready'], ['Ready', 'Unknown', 'unreachable'], ['MemoryPressure', 'True', 'memory-pressure'], ['DiskPressure', 'True', 'disk-pressure'],
  ['NetworkUnavailable', 'True', 'network-unavailable'], ['PIDPressure', 'True', 'pid-pressure'],
];
const managed = new Set([...byCondition.map(([, , key]) => prefix + key), `${prefix}unschedulable`]);
const repelling = new Set([`${prefix}not-ready`, `${prefix}unreachable`]);

const isManaged = ({ key, effect }: Taint): boolean => managed.has(key) && (effect === 'NoSchedule' || (effect === 'NoExecute' && repelling.has(key)));

/** The node's taints as they should be; undefined when they are. `time` stamps new ones (RFC 3339). */
export function planTaints(node: Node, time: string): Taint[] | undefined {
  const present = node.spec.taints ?? [];
  const keys = byCondition.filter(([type, status]) => node.status?.conditions?.some((one) => one.type === type && one.status === status)).map(([, , key]) => prefix + key);
  if (node.spec.unschedulable) keys.push(`${prefix}unschedulable`);
  const wanted = keys.flatMap((key): Taint[] => [{ key, effect: 'NoSchedule' }, ...(repelling.has(key) ? [{ key, effect: 'NoExecute' }] : [])]);
  const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;
  const kept = present.filter((taint) => !isManaged(taint) || wanted.some((one) => same(one, taint)));
  const added = wanted.filter((taint) => !present.some((one) => same(one, taint)));
  if (added.length === 0 && kept.length === present.length) return undefined;
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: time }))];
}

// Matching of structured label selectors (meta/v1 LabelSelector) and plain label maps.
import type { LabelSelector } from './meta.ts';

type Labels = Record<string, string> | undefined;

/** True when `labels` carries every pair of `wanted`; an empty map matches everything. */
export function matchesLabels(wanted: Record<string, string>, labels: Labels): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

/** True when `labels` satisfies the selector; an empty selector matches everything, undefined matches nothing. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (!selector) return false;
  if (selector.matchLabels && !matchesLabels(selector.matchLabels, labels)) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
    const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case 'In': return value !== undefined && (values ?? []).includes(value);
      case 'NotIn': return value === undefined || !(values ?? []).includes(value);
      case 'Exists': return value !== undefined;
      case 'DoesNotExist': return value === undefined;
      default: return false;
    }
  });
}

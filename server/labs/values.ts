// Cluster values in labs: the closed list of names in double braces, and conditions on provider and network plugin.
import type { Condition, LabValues } from './types.ts';
import { escapeHtml } from './highlight.ts';

const placeholder = /\{\{\s*([A-Za-z][A-Za-z0-9.-]*)\s*\}\}/g;
const nodeName = /^node\.(control-plane|worker[2-9]?)\.(ip|podCidr)$/;
const plainNames = ['namespace', 'provider', 'networkPlugin', 'workstation.ip', 'outside.ip'];

/** True when `name` may stand in double braces. */
export function isValueName(name: string): boolean {
  return plainNames.includes(name) || nodeName.test(name);
}

/** True when the text holds a name that is replaced. */
export function hasPlaceholder(text: string): boolean {
  return [...text.matchAll(placeholder)].some((match) => isValueName(match[1]!));
}

/** Names in double braces that look like ours and are not, with their offset; lint refuses them. */
export function findMistakenNames(text: string): { name: string; offset: number }[] {
  return [...text.matchAll(placeholder)]
    .filter((match) => !isValueName(match[1]!) && /^(node|workstation|outside|namespace|provider|networkPlugin|cluster|lab)\b/.test(match[1]!))
    .map((match) => ({ name: match[1]!, offset: match.index }));
}

function valueOf(name: string, values: LabValues, namespace: string): string | undefined {
  if (name === 'namespace') return namespace;
  if (name === 'provider') return values.provider;
  if (name === 'networkPlugin') return values.networkPlugin;
  const [first, second] = name.split('.');
  const node = nodeName.exec(name);
  const machine = values.machines.find((one) => one.name === (node ? node[1] : first));
  if (node && node[2] === 'podCidr') return machine?.podCidr;
  return second === 'ip' || node ? machine?.address : undefined;
}

/** Replaces the listed names by this cluster's values, as plain text; a name without a value, and all else in braces, stays. */
export function fillText(text: string, values: LabValues, namespace: string): string {
  return text.replace(placeholder, (whole, name: string) => (isValueName(name) ? valueOf(name, values, namespace) ?? whole : whole));
}

/** As `fillText`, in sanitised HTML: values are escaped for content and attributes. */
export function fillHtml(html: string, values: LabValues, namespace: string): string {
  return html.replace(placeholder, (whole, name: string) => {
    const value = isValueName(name) ? valueOf(name, values, namespace) : undefined;
    return value === undefined ? whole : escapeHtml(value);
  });
}

/** Parses `<!-- when provider=kind -->`: undefined when it is no condition, a sentence when it is a malformed one. */
export function tryCondition(comment: string): Condition | string | undefined {
  const match = /^<!--\s*when\b\s*(.*?)\s*-->\s*$/.exec(comment);
  if (!match) return undefined;
  const parts = /^([A-Za-z]+)(!?=)([a-z0-9,-]+)$/.exec(match[1]!);
  if (!parts) return `The condition "${match[1]}" is malformed. Write it like provider=kind or cni!=bridge.`;
  const key = parts[1]!;
  if (key !== 'provider' && key !== 'cni') return `A condition cannot ask for "${key}". It asks for provider or cni.`;
  return { key, values: parts[3]!.split(','), negated: parts[2] === '!=' };
}

/** True when the block with this condition belongs on this cluster's page. */
export function holds(condition: Condition | undefined, values: LabValues): boolean {
  if (!condition) return true;
  const actual = condition.key === 'provider' ? values.provider : values.networkPlugin;
  return condition.values.includes(actual) !== condition.negated;
}

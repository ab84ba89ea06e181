// Sets of field paths in the form of metadata.managedFields: a tree of `f:name`, `k:{keys}` and `v:value` elements.
import type { Json } from '../json.ts';

/** A node of the tree; immutable. `member`: the path to here is itself in the set. */
export interface FieldSet { readonly member: boolean; readonly children: ReadonlyMap<string, FieldSet> }

/** The empty set. */
export const emptySet: FieldSet = { member: false, children: new Map() };
/** The set of the one path to here. */
export const leaf: FieldSet = { member: true, children: new Map() };

/** True when no path is in the set. */
export function isEmpty(set: FieldSet): boolean {
  return !set.member && set.children.size === 0;
}

/** A node, with empty children left out. */
export function makeSet(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  const kept = new Map<string, FieldSet>();
  for (const [key, child] of children) if (!isEmpty(child)) kept.set(key, child);
  return !member && kept.size === 0 ? emptySet : { member, children: kept };
}

/** Paths in either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  const children = new Map(a.children);
  for (const [key, child] of b.children) {
    const own = children.get(key);
    children.set(key, own ? union(own, child) : child);
  }
  return { member: a.member || b.member, children };
}

/** Paths in `a` that are not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b) || isEmpty(a)) return a;
  let changed = a.member && b.member;
  const children: [string, FieldSet][] = [];
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    const rest = other ? difference(child, other) : child;
    if (rest !== child) changed = true;
    children.push([key, rest]);
  }
  return changed ? makeSet(a.member && !b.member, children) : a;
}

/** Paths in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children: [string, FieldSet][] = [];
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    if (other) children.push([key, intersection(child, other)]);
  }
  return makeSet(a.member && b.member, children);
}

/** True when both hold the same paths. */
export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    if (!other || !sameSet(child, other)) return false;
  }
  return true;
}

/** From FieldsV1; anything that is no object is empty. */
export function parseFields(fields: unknown): FieldSet {
  return parseNode(fields, true);
}

function parseNode(node: unknown, root: boolean): FieldSet {
  if (typeof node !== 'object' || node === null) return emptySet;
  const entries = Object.entries(node as Json);
  if (entries.length === 0) return root ? emptySet : leaf;
  const member = entries.some(([key]) => key === '.');
  return { member, children: new Map(entries.filter(([key]) => key !== '.').map(([key, child]) => [key, parseNode(child, false)])) };
}

/** To FieldsV1, keys sorted. */
export function formatFields(set: FieldSet): Json {
  const result: Json = {};
  if (set.member && set.children.size > 0) result['.'] = {};
  for (const key of [...set.children.keys()].sort()) result[key] = formatFields(set.children.get(key)!);
  return result;
}

/** The paths as messages show them: `.spec.containers[name="web"].image`. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  const paths = set.member ? [prefix] : [];
  for (const [key, child] of set.children) paths.push(...pathsOf(child, prefix + showElement(key)));
  return paths;
}

function showElement(key: string): string {
  const text = key.slice(2);
  if (key.startsWith('f:')) return `.${text}`;
  if (key.startsWith('v:')) return `[=${text}]`;
  return `[${Object.entries(JSON.parse(text) as Json).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}

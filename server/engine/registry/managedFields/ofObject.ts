// Which fields an object has, and which differ between two, following the schema's lists and maps.
import { typeOfField } from '../../types/schema/index.ts';
import type { FieldInfo, TypeInfo } from '../../types/schema/index.ts';
import { isObject, sameJson } from '../json.ts';
import type { Json } from '../json.ts';
import { emptySet, leaf, makeSet } from './fieldSet.ts';
import type { FieldSet } from './fieldSet.ts';

/** `applied` counts only what holds a value; `updated` also the containers that came into being, as upstream does. */
type Mode = 'applied' | 'updated';

/** How a field is split for ownership. */
export type Structure = 'leaf' | 'struct' | 'map' | 'set' | 'list';

/** The structure of a field's value; a leaf is owned as a whole. */
export function structureOf(field: FieldInfo | undefined): Structure {
  if (!field || field.atomic) return 'leaf';
  if (field.map) return 'map';
  if (field.repeated) return field.listType === 'set' ? 'set' : field.listType === 'map' ? 'list' : 'leaf';
  return field.type === 'message' && !typeOfField(field)!.atomic ? 'struct' : 'leaf';
}

/** Element of a path for an item of a keyed list; keys that are absent take their declared default. */
export function itemKey(item: unknown, field: FieldInfo): string {
  const type = typeOfField(field);
  const key: Json = {};
  for (const name of [...field.listMapKeys ?? []].sort()) {
    const value = isObject(item) ? item[name] ?? type?.fields.get(name)?.defaultValue : undefined;
    if (value !== undefined) key[name] = value;
  }
  return `k:${JSON.stringify(key)}`;
}

/** All fields of a value of `type`. */
export function fieldsOfObject(value: Json, type: TypeInfo, mode: Mode): FieldSet {
  return makeSet(false, Object.keys(value).map((key) => [`f:${key}`, fieldsOf(value[key], type.fields.get(key), mode)]));
}

function fieldsOf(value: unknown, field: FieldInfo | undefined, mode: Mode): FieldSet {
  const structure = structureOf(field);
  const container = mode === 'updated';
  if (structure === 'struct' && isObject(value)) {
    if (Object.keys(value).length === 0) return leaf;
    return withMember(fieldsOfObject(value, typeOfField(field!)!, mode), container && field!.pointer);
  }
  if (structure === 'map' && isObject(value)) {
    const keys = Object.keys(value);
    return keys.length === 0 ? leaf : makeSet(container, keys.map((key) => [`f:${key}`, leaf]));
  }
  if (structure === 'set' && Array.isArray(value)) return makeSet(container && field!.omitEmpty, value.map((item) => [`v:${JSON.stringify(item)}`, leaf]));
  if (structure === 'list' && Array.isArray(value)) {
    return makeSet(container && field!.omitEmpty, value.map((item) => [itemKey(item, field!), itemFields(item, field!, mode)]));
  }
  return leaf;
}

function itemFields(item: unknown, field: FieldInfo, mode: Mode): FieldSet {
  return isObject(item) ? withMember(fieldsOfObject(item, typeOfField(field)!, mode), true) : leaf;
}

function withMember(set: FieldSet, member: boolean): FieldSet {
  return member && !set.member ? { member: true, children: set.children } : set;
}

/** What an update did: `changed` are fields that came or took another value, `removed` those that went. */
export interface Comparison { changed: FieldSet; removed: FieldSet }

const same: Comparison = { changed: emptySet, removed: emptySet };

/** Compares two objects of one type; shared parts are skipped by identity. */
export function compareObjects(before: Json, after: Json, type: TypeInfo): Comparison {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return collect([...keys].map((key) => [`f:${key}`, compareField(before[key], after[key], type.fields.get(key))]), false);
}

function compareField(before: unknown, after: unknown, field: FieldInfo | undefined): Comparison {
  if (before === after) return same;
  if (before === undefined) return { changed: fieldsOf(after, field, 'updated'), removed: emptySet };
  if (after === undefined) return { changed: emptySet, removed: fieldsOf(before, field, 'updated') };
  const structure = structureOf(field);
  if (structure === 'struct' && isObject(before) && isObject(after)) return compareObjects(before, after, typeOfField(field!)!);
  if (structure === 'map' && isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return collect([...keys].map((key) => [`f:${key}`, compareField(before[key], after[key], undefined)]), false);
  }
  if (structure === 'set' && Array.isArray(before) && Array.isArray(after)) {
    return {
      changed: makeSet(false, after.filter((item) => !before.includes(item)).map((item) => [`v:${JSON.stringify(item)}`, leaf])),
      removed: makeSet(false, before.filter((item) => !after.includes(item)).map((item) => [`v:${JSON.stringify(item)}`, leaf])),
    };
  }
  if (structure === 'list' && Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, field!);
  return sameJson(before, after) ? same : { changed: leaf, removed: emptySet };
}

function compareLists(before: readonly unknown[], after: readonly unknown[], field: FieldInfo): Comparison {
  const type = typeOfField(field)!;
  const old = new Map(before.map((item) => [itemKey(item, field), item]));
  const parts: [string, Comparison][] = [];
  for (const item of after) {
    const key = itemKey(item, field);
    const previous = old.get(key);
    old.delete(key);
    if (previous === undefined) parts.push([key, { changed: itemFields(item, field, 'updated'), removed: emptySet }]);
    else if (previous !== item) parts.push([key, compareObjects(previous as Json, item as Json, type)]);
  }
  for (const [key, item] of old) parts.push([key, { changed: emptySet, removed: itemFields(item, field, 'updated') }]);
  return collect(parts, false);
}

function collect(parts: readonly (readonly [string, Comparison])[], member: boolean): Comparison {
  return {
    changed: makeSet(member, parts.map(([key, part]) => [key, part.changed])),
    removed: makeSet(member, parts.map(([key, part]) => [key, part.removed])),
  };
}

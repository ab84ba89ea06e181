// Server-side apply's two changes to an object: merging a configuration in, and taking fields out.
import { typeOfField } from '../../types/schema/index.ts';
import type { FieldInfo, TypeInfo } from '../../types/schema/index.ts';
import { isObject } from '../json.ts';
import type { Json } from '../json.ts';
import type { FieldSet } from './fieldSet.ts';
import { itemKey, structureOf } from './ofObject.ts';

/** `live` with `config` merged in; neither is changed, untouched parts are shared. */
export function mergeApplied(live: Json, config: Json, type: TypeInfo): Json {
  const result: Json = { ...live };
  for (const key in config) result[key] = mergeField(live[key], config[key], type.fields.get(key));
  return result;
}

function mergeField(live: unknown, config: unknown, field: FieldInfo | undefined): unknown {
  const structure = structureOf(field);
  if (structure === 'struct' && isObject(live) && isObject(config)) return mergeApplied(live, config, typeOfField(field!)!);
  if (structure === 'map' && isObject(live) && isObject(config)) return { ...live, ...config };
  if (structure === 'set' && Array.isArray(live) && Array.isArray(config)) return [...new Set([...live, ...config])];
  if (structure === 'list' && Array.isArray(live) && Array.isArray(config)) return mergeLists(live as Json[], config as Json[], field!);
  return config;
}

/** Items of both, in the configuration's order; those of `live` alone keep their place among their neighbours. */
function mergeLists(live: readonly Json[], config: readonly Json[], field: FieldInfo): Json[] {
  const type = typeOfField(field)!;
  const own = new Map(live.map((item) => [itemKey(item, field), item]));
  const wanted = new Set(config.map((item) => itemKey(item, field)));
  const result: Json[] = [];
  let at = 0;
  const takeOwn = (): void => {
    for (; at < live.length && !wanted.has(itemKey(live[at]!, field)); at++) result.push(live[at]!);
  };
  for (const item of config) {
    const previous = own.get(itemKey(item, field));
    takeOwn();
    if (previous) at++;
    result.push(previous ? mergeApplied(previous, item, type) : item);
  }
  for (; at < live.length; at++) if (!wanted.has(itemKey(live[at]!, field))) result.push(live[at]!);
  return result;
}

/** The object without the paths of `gone`; an item of a keyed list goes as a whole when its own path is in the set. */
export function removeFields(object: Json, gone: FieldSet, type: TypeInfo, keep: readonly string[] = []): Json {
  const result: Json = { ...object };
  for (const [element, set] of gone.children) {
    const key = element.slice(2);
    if (!(key in result) || keep.includes(key)) continue;
    const rest = removeFrom(result[key], set, type.fields.get(key));
    if (rest === undefined) delete result[key];
    else result[key] = rest;
  }
  return result;
}

function removeFrom(value: unknown, gone: FieldSet, field: FieldInfo | undefined): unknown {
  const structure = structureOf(field);
  if (gone.children.size === 0) return gone.member ? undefined : value;
  if (structure === 'struct' && isObject(value)) return emptied(removeFields(value, gone, typeOfField(field!)!), value);
  if (structure === 'map' && isObject(value)) return emptied(Object.fromEntries(Object.entries(value).filter(([key]) => !gone.children.has(`f:${key}`))), value);
  if (structure === 'set' && Array.isArray(value)) return emptied(value.filter((item) => !gone.children.has(`v:${JSON.stringify(item)}`)), value);
  if (structure === 'list' && Array.isArray(value)) {
    const type = typeOfField(field!)!;
    return emptied(value.flatMap((item: Json) => {
      const set = gone.children.get(itemKey(item, field!));
      if (!set) return [item];
      return set.member ? [] : [removeFields(item, set, type, field!.listMapKeys)];
    }), value);
  }
  return value;
}

/** A container that lost its last element goes itself. */
function emptied<T extends object>(rest: T, before: object): T | undefined {
  return Object.keys(rest).length === 0 && Object.keys(before).length > 0 ? undefined : rest;
}

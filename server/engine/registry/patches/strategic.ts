// Strategic merge patch: lists merged by key, with $patch, $deleteFromPrimitiveList, $setElementOrder and $retainKeys.
// Source: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
import { typeOfField } from '../../types/schema/index.ts';
import type { FieldInfo, TypeInfo } from '../../types/schema/index.ts';
import { isObject, sameJson } from '../json.ts';
import type { Json } from '../json.ts';
import { PatchError } from './errors.ts';

const orderPrefix = '$setElementOrder/';
const removePrefix = '$deleteFromPrimitiveList/';

/** A new object with the patch merged in by the type's merge keys; throws PatchError. */
export function strategicPatch(target: Json, patch: Json, type: TypeInfo | undefined): Json {
  const directive = patch.$patch;
  if (directive === 'delete') return {};
  if (directive === 'replace') return without(patch, '$patch');
  if (directive !== undefined && directive !== 'merge') throw new PatchError('malformed', `Unknown patch type found: ${String(directive)}`);
  const result: Json = retained({ ...target }, patch);
  for (const key in patch) {
    if (key === '$patch' || key === '$retainKeys') continue;
    if (key.startsWith(orderPrefix) || key.startsWith(removePrefix)) {
      const field = key.slice(key.indexOf('/') + 1);
      // Handled with the field itself when the patch names it too.
      if (!Object.hasOwn(patch, field) && Array.isArray(result[field])) result[field] = patchList(result[field], [], type?.fields.get(field), patch, field);
      continue;
    }
    const value = patch[key];
    const field = type?.fields.get(key);
    if (value === null) delete result[key];
    else if (Array.isArray(value)) result[key] = patchList(Array.isArray(result[key]) ? result[key] : [], value, field, patch, key);
    else if (isObject(value)) result[key] = strategicPatch(isObject(result[key]) ? result[key] : {}, value, field && !field.map ? typeOfField(field) : undefined);
    else result[key] = value;
  }
  return result;
}

/** With $retainKeys only the named fields of the target survive. */
function retained(target: Json, patch: Json): Json {
  const keys = patch.$retainKeys;
  if (keys === undefined) return target;
  if (!Array.isArray(keys)) throw new PatchError('malformed', 'invalid patch format of retainKeys list');
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function patchList(target: readonly unknown[], patch: readonly unknown[], field: FieldInfo | undefined, parent: Json, name: string): unknown[] {
  if (!field?.patchStrategy?.includes('merge')) return Object.hasOwn(parent, name) ? patch.map(strip) : [...target];
  const mergeKey = field.patchMergeKey;
  const merged = mergeKey === undefined
    ? mergePrimitives(target, patch, parent[removePrefix + name])
    : mergeObjects(target, patch, mergeKey, typeOfField(field));
  const order = parent[orderPrefix + name];
  return sorted(merged, Array.isArray(order) ? order : patch, target, mergeKey);
}

function mergePrimitives(target: readonly unknown[], patch: readonly unknown[], removed: unknown): unknown[] {
  const gone = Array.isArray(removed) ? removed : [];
  return [...new Set([...target.filter((item) => !gone.includes(item)), ...patch])];
}

function mergeObjects(target: readonly unknown[], patch: readonly unknown[], mergeKey: string, type: TypeInfo | undefined): unknown[] {
  const replaces = patch.some((item) => isObject(item) && item.$patch === 'replace');
  let result = replaces ? [] : [...target];
  for (const item of patch) {
    if (!isObject(item)) throw new PatchError('invalid', `list element ${JSON.stringify(item)} is not an object`);
    if (item.$patch === 'replace') {
      const rest = without(item, '$patch');
      // Alone it only says that the list is replaced by the other elements.
      if (rest[mergeKey] !== undefined) result.push(strip(rest));
      continue;
    }
    const key = item[mergeKey];
    if (key === undefined) throw new PatchError('invalid', `map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    const fits = (other: unknown): boolean => isObject(other) && sameJson(other[mergeKey], key);
    if (item.$patch === 'delete') {
      result = result.filter((other) => !fits(other));
      continue;
    }
    const at = result.findIndex(fits);
    if (at < 0) result.push(strategicPatch({}, item, type));
    else result[at] = strategicPatch(result[at] as Json, item, type);
  }
  return result;
}

/** Elements named by `order` (the directive's, or else the patch's own) in its order; others go before the first of them that they precede in `target`, or last. */
function sorted(merged: readonly unknown[], order: readonly unknown[], target: readonly unknown[], mergeKey: string | undefined): unknown[] {
  const keyOf = (item: unknown): unknown => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item);
  const rankIn = (list: readonly unknown[], item: unknown): number => list.findIndex((other) => sameJson(keyOf(other), keyOf(item)));
  const named = merged.filter((item) => rankIn(order, item) >= 0).toSorted((a, b) => rankIn(order, a) - rankIn(order, b));
  const others = merged.filter((item) => rankIn(order, item) < 0);
  const result: unknown[] = [];
  for (const item of named) {
    const rank = rankIn(target, item);
    while (others.length > 0 && rank >= 0 && rankIn(target, others[0]) >= 0 && rankIn(target, others[0]) < rank) result.push(others.shift());
    result.push(item);
  }
  return [...result, ...others];
}

/** Removes directives from a value that is stored as it is. */
function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (!isObject(value)) return value;
  const result: Json = {};
  for (const key in value) {
    if (value[key] !== null && key !== '$patch' && key !== '$retainKeys' && !key.startsWith(orderPrefix) && !key.startsWith(removePrefix)) result[key] = strip(value[key]);
  }
  return result;
}

function without(value: Json, key: string): Json {
  const { [key]: _, ...rest } = value;
  return strip(rest) as Json;
}

// Comparing and copying JSON values.

/** A JSON object whose fields are not known. */
export type Json = Record<string, unknown>;

/** True for an object that is neither null nor a list. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deep equality of JSON; an undefined field equals an absent one. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, at) => sameJson(item, b[at]));
  if (Array.isArray(b)) return false;
  const left = a as Json, right = b as Json;
  for (const key in left) if (!sameJson(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/** A deep copy that may be changed; undefined fields are dropped. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as T;
  const copy: Json = {};
  for (const key in value) if (value[key] !== undefined) copy[key] = copyJson(value[key]);
  return copy as T;
}

/** `next` with every part that equals `live`'s replaced by that very part, so that versions of an object share memory. Changes `next` unless frozen. */
export function shareUnchanged<T>(next: T, live: unknown): T {
  if (next === live || typeof next !== 'object' || next === null || typeof live !== 'object' || live === null) return next;
  if (Object.isFrozen(next) || Array.isArray(next) !== Array.isArray(live)) return next;
  const to = next as Json, from = live as Json;
  let same = Object.keys(to).length === Object.keys(from).length;
  for (const key in to) {
    to[key] = shareUnchanged(to[key], from[key]);
    if (to[key] !== from[key]) same = false;
  }
  return same ? live as T : next;
}

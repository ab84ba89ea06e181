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

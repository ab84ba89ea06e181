// JSON merge patch (RFC 7396).
import { isObject } from '../json.ts';
import type { Json } from '../json.ts';

/** A new object with the patch merged in; neither argument is changed. */
export function mergePatch(target: Json, patch: Json): Json {
  const result: Json = { ...target };
  for (const key in patch) {
    const value = patch[key];
    if (value === null) delete result[key];
    else if (isObject(value)) result[key] = mergePatch(isObject(result[key]) ? result[key] : {}, value);
    else result[key] = value;
  }
  return result;
}

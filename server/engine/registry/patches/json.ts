// JSON patch (RFC 6902).
import jsonPatch from 'fast-json-patch';
import type { Operation } from 'fast-json-patch';
import { copyJson, isObject, sameJson } from '../json.ts';
import type { Json } from '../json.ts';
import { PatchError } from './errors.ts';

const operations = ['add', 'remove', 'replace', 'move', 'copy', 'test'];
/** Upstream refuses longer patches. */
const maxOperations = 10_000;

/** A new object with the operations applied in order; throws PatchError. */
export function applyJsonPatch(target: Json, patch: readonly unknown[]): Json {
  if (patch.length > maxOperations) throw new PatchError('malformed', `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`);
  let document = copyJson(target);
  for (const item of patch) {
    if (!isObject(item) || !operations.includes(String(item.op)) || typeof item.path !== 'string') {
      throw new PatchError('malformed', `error decoding patch: ${JSON.stringify(item)} is not a JSON patch operation`);
    }
    const operation = copyJson(item) as unknown as Operation;
    const held = tryRead(document, operation.path);
    if (operation.op === 'test') {
      if (!sameJson(held ?? null, operation.value)) throw new PatchError('invalid', `testing value ${operation.path} failed: test failed`);
      continue;
    }
    if ((operation.op === 'remove' || operation.op === 'replace') && held === undefined) {
      throw new PatchError('invalid', `${operation.op} operation does not apply: doc is missing ${operation.op === 'remove' ? 'path' : 'key'}: ${operation.path}: missing value`);
    }
    try {
      document = jsonPatch.applyOperation(document, operation, true, true, true).newDocument as Json;
    } catch (error) {
      throw new PatchError('invalid', `${operation.op} operation does not apply: doc is missing path: ${JSON.stringify(operation.path)}: ${error instanceof Error ? error.name : 'missing value'}`);
    }
  }
  if (!isObject(document)) throw new PatchError('invalid', 'the patched document is not an object');
  return document;
}

function tryRead(document: Json, path: string): unknown {
  if (path === '') return document;
  let value: unknown = document;
  for (const part of path.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isObject(value) && Object.hasOwn(value, key)) value = value[key];
    else return undefined;
  }
  return value;
}

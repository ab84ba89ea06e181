// From a request's body to an object of the kind: type and namespace filled in or refused, unknown fields reported.
import type { KubeObject } from '../types/index.ts';
import { typeOf } from '../types/schema/index.ts';
import type { TypeInfo } from '../types/schema/index.ts';
import { decodeObject, DecodeError } from './decode.ts';
import { badRequest } from './errors.ts';
import { isObject } from './json.ts';
import type { Json } from './json.ts';
import type { GroupVersionKind, WriteOptions } from './registry.ts';

/** A decoded body; `warnings` holds its problems unless they were refused or ignored. */
export interface Body { object: KubeObject; warnings: string[] }

/** `v1` or `apps/v1`. */
export function apiVersionOf(kind: GroupVersionKind): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

/** The schema of a served kind. Its absence is a mistake in this program. */
export function schemaOf(kind: GroupVersionKind): TypeInfo {
  const type = typeOf(kind);
  if (!type) throw new Error(`no schema for ${apiVersionOf(kind)} ${kind.kind}`);
  return type;
}

/** Decodes a body as `kind`; throws BadRequest in upstream's words. */
export function decodeBody(body: unknown, kind: GroupVersionKind, options: WriteOptions = {}): Body {
  if (!isObject(body)) throw badRequest(`couldn't get version/kind; json parse error: json: cannot unmarshal ${Array.isArray(body) ? 'array' : typeof body} into Go value of type struct`);
  checkType(body, kind);
  const { object, problems } = decode(body, kind);
  const all = [...options.decodeProblems ?? [], ...problems];
  if (all.length > 0 && options.fieldValidation === 'Strict') throw badRequest(cannotHandle(kind, `strict decoding error: ${all.join(', ')}`));
  object.apiVersion = apiVersionOf(kind);
  object.kind = kind.kind;
  if (!isObject(object.metadata)) object.metadata = {};
  return { object: object as unknown as KubeObject, warnings: options.fieldValidation === 'Ignore' ? [] : all };
}

/** Decodes without judging unknown fields; throws BadRequest for values of the wrong type. */
export function decode(body: Json, kind: GroupVersionKind): { object: Json; problems: string[] } {
  try {
    return decodeObject(body, schemaOf(kind));
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(cannotHandle(kind, error.message));
    throw error;
  }
}

function cannotHandle(kind: GroupVersionKind, why: string): string {
  return `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`;
}

function checkType(body: Json, kind: GroupVersionKind): void {
  const expected = apiVersionOf(kind);
  const apiVersion = body.apiVersion || expected, given = body.kind || kind.kind;
  if (apiVersion === expected && given === kind.kind) return;
  if (apiVersion !== expected && given === kind.kind) throw badRequest(`the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`);
  const version = String(apiVersion).split('/').at(-1);
  throw badRequest(`${String(given)} in version "${version}" cannot be handled as a ${kind.kind}: no kind "${String(given)}" is registered for this resource (${expected}, Kind=${kind.kind})`);
}

/** Fills metadata.namespace from the request, or clears it for cluster-scoped kinds; throws BadRequest on contradiction. */
export function settleNamespace(object: KubeObject, namespaced: boolean, namespace: string | undefined): void {
  if (!namespaced) {
    if (object.metadata.namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    delete object.metadata.namespace;
    return;
  }
  if (!namespace) throw badRequest('an empty namespace may not be set during creation');
  if (object.metadata.namespace && object.metadata.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  object.metadata.namespace = namespace;
}

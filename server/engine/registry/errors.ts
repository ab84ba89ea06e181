// The refusals of the registry, worded as upstream words them.
import { StatusError } from '../types/index.ts';
import type { ResourceInfo } from './registry.ts';
import type { FieldError } from './fieldErrors.ts';

type Named = Pick<ResourceInfo, 'group' | 'resource'>;

/** `pods`, or `deployments.apps` for a group other than core. */
export function qualifiedResource(info: Named): string {
  return info.group === '' ? info.resource : `${info.resource}.${info.group}`;
}

function detailsOf(info: Named, name: string): { name: string; group?: string; kind: string } {
  return info.group === '' ? { name, kind: info.resource } : { name, group: info.group, kind: info.resource };
}

/** 404 for an object. */
export function notFound(info: Named, name: string): StatusError {
  return new StatusError('NotFound', `${qualifiedResource(info)} "${name}" not found`, detailsOf(info, name));
}

/** 404 for a resource or subresource that is not served. */
export function noSuchResource(): StatusError {
  return new StatusError('NotFound', 'the server could not find the requested resource');
}

/** 405. */
export function methodNotAllowed(info: Named, action: string): StatusError {
  return new StatusError('MethodNotAllowed', `${action} is not supported on resources of kind "${qualifiedResource(info)}"`, detailsOf(info, ''));
}

/** 409 on create. */
export function alreadyExists(info: Named, name: string): StatusError {
  return new StatusError('AlreadyExists', `${qualifiedResource(info)} "${name}" already exists`, detailsOf(info, name));
}

/** 409 on a stale write; `why` ends the sentence. */
export function conflict(info: Named, name: string, why: string): StatusError {
  return new StatusError('Conflict', `Operation cannot be fulfilled on ${qualifiedResource(info)} "${name}": ${why}`, detailsOf(info, name));
}

/** What a stale resourceVersion is told. */
export const modifiedMeanwhile = 'the object has been modified; please apply your changes to the latest version and try again';

/** 403 by a rule of the server; `causes` as in Status. */
export function forbidden(info: Named, name: string, why: string, causes?: { reason: string; message: string; field: string }[]): StatusError {
  const subject = name === '' ? qualifiedResource(info) : `${qualifiedResource(info)} "${name}"`;
  return new StatusError('Forbidden', `${subject} is forbidden: ${why}`, { ...detailsOf(info, name), ...(causes ? { causes } : {}) });
}

/** 422 with every problem; `kind` is the object's, e.g. Deployment of apps. */
export function invalid(kind: { group: string; kind: string }, name: string, problems: readonly FieldError[]): StatusError {
  const sentences = problems.map((problem) => `${problem.field}: ${problem.message}`);
  const message = `${kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`} "${name}" is invalid: ${sentences.length === 1 ? sentences[0] : `[${sentences.join(', ')}]`}`;
  return new StatusError('Invalid', message, {
    name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.kind,
    causes: problems.map(({ reason, message: text, field }) => ({ reason, message: text, field })),
  });
}

/** 400. */
export function badRequest(message: string): StatusError {
  return new StatusError('BadRequest', message);
}

/** 410 for a watch or list from a revision that history no longer holds. */
export function expired(requested: number | string, oldest: number): StatusError {
  return new StatusError('Expired', `too old resource version: ${requested} (${oldest})`);
}

/** 410 for a page token whose snapshot is gone. */
export function continueExpired(): StatusError {
  return new StatusError('Expired', 'The provided continue parameter is too old to display a consistent list result. You can start a new list without '
    + 'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided '
    + 'token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and '
    + 'now may show up in the list.');
}

/** 504 for a revision that does not exist yet. */
export function tooLargeResourceVersion(requested: number, current: number): StatusError {
  return new StatusError('Timeout', `Timeout: Too large resource version: ${requested}, current: ${current}`, {
    retryAfterSeconds: 1, causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
  });
}

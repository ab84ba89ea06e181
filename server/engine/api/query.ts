// Query parameters of the API, converted as upstream's decoder does.
import type { ListQuery, WatchQuery } from '../registry/registry.ts';
import { StatusError, type DeleteOptions } from '../types/index.ts';

/** True for a parameter that is present and neither 0 nor false. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** A whole number, or undefined when absent or empty. Throws BadRequest. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(value)) throw new StatusError('BadRequest', `strconv.ParseInt: parsing "${value}": invalid syntax`);
  return Number(value);
}

function text<K extends string>(query: URLSearchParams, ...names: K[]): Partial<Record<K, string>> {
  const out: Partial<Record<K, string>> = {};
  for (const name of names) {
    const value = query.get(name);
    if (value) out[name] = value;
  }
  return out;
}

/** Options of list and deletecollection. */
export function listQuery(query: URLSearchParams): ListQuery {
  const limit = integer(query, 'limit');
  return {
    ...text(query, 'labelSelector', 'fieldSelector', 'continue', 'resourceVersion', 'resourceVersionMatch'),
    ...(limit !== undefined && { limit }),
  };
}

/** Options of a watch. */
export function watchQuery(query: URLSearchParams): WatchQuery {
  return {
    ...text(query, 'labelSelector', 'fieldSelector', 'resourceVersion', 'resourceVersionMatch'),
    ...(query.has('sendInitialEvents') && { sendInitialEvents: flag(query, 'sendInitialEvents') }),
    allowBookmarks: flag(query, 'allowWatchBookmarks'),
  };
}

function unsupportedValue(options: string, field: string, value: string, supported: string[]): StatusError {
  const message = `Unsupported value: "${value}": supported values: ${supported.map((one) => `"${one}"`).join(', ')}`;
  return new StatusError('Invalid', `${options}.meta.k8s.io "" is invalid: ${field}: ${message}`,
    { group: 'meta.k8s.io', kind: options, causes: [{ reason: 'FieldValueNotSupported', message, field }] });
}

/** The dryRun parameter (or the field of DeleteOptions). `options` names the type in errors. Throws Invalid. */
export function dryRun(values: readonly unknown[], options: string): boolean {
  for (const value of values) if (value !== 'All' && value !== '') throw unsupportedValue(options, 'dryRun', String(value), ['All']);
  return values.includes('All');
}

/** The fieldValidation parameter; undefined when absent. Throws Invalid. */
export function fieldValidation(query: URLSearchParams, options: string): 'Strict' | 'Warn' | 'Ignore' | undefined {
  const value = query.get('fieldValidation');
  if (!value) return undefined;
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value;
  throw unsupportedValue(options, 'fieldValidation', value, ['Ignore', 'Warn', 'Strict']);
}

type Deletion = DeleteOptions & { dryRun: boolean };

/** DeleteOptions from the body when there is one, otherwise from the query. Throws BadRequest or Invalid. */
export function deleteOptions(body: unknown, query: URLSearchParams): Deletion {
  if (body === undefined) {
    const grace = integer(query, 'gracePeriodSeconds');
    return {
      ...(grace !== undefined && { gracePeriodSeconds: grace }),
      ...propagation(query.get('propagationPolicy') ?? undefined, query.has('orphanDependents') ? flag(query, 'orphanDependents') : undefined),
      dryRun: dryRun(query.getAll('dryRun'), 'DeleteOptions'),
    };
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new StatusError('BadRequest', 'the body of a deletion must be DeleteOptions');
  const options = body as Record<string, unknown>;
  if (options['kind'] !== undefined && options['kind'] !== '' && options['kind'] !== 'DeleteOptions') throw new StatusError('BadRequest', `decoded object cannot be converted to DeleteOptions: kind is ${JSON.stringify(options['kind'])}`);
  const grace = options['gracePeriodSeconds'];
  if (grace !== undefined && grace !== null && !Number.isInteger(grace)) throw new StatusError('BadRequest', 'gracePeriodSeconds must be an integer');
  return {
    ...(typeof grace === 'number' && { gracePeriodSeconds: grace }),
    ...propagation(options['propagationPolicy'], options['orphanDependents']),
    ...(options['preconditions'] ? { preconditions: options['preconditions'] as NonNullable<DeleteOptions['preconditions']> } : {}),
    dryRun: dryRun(Array.isArray(options['dryRun']) ? options['dryRun'] : [], 'DeleteOptions'),
  };
}

function propagation(policy: unknown, orphan: unknown): Pick<DeleteOptions, 'propagationPolicy'> {
  if (policy === 'Orphan' || policy === 'Background' || policy === 'Foreground') return { propagationPolicy: policy };
  if (policy !== undefined && policy !== null && policy !== '') throw unsupportedValue('DeleteOptions', 'propagationPolicy', String(policy), ['Background', 'Foreground', 'Orphan']);
  if (typeof orphan === 'boolean') return { propagationPolicy: orphan ? 'Orphan' : 'Background' };
  return {};
}

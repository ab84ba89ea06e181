// Get and list: selectors, pages over a snapshot, and the rules for resource versions.
import type { StoredEntry } from '../storage/storage.ts';
import type { KubeObject } from '../types/index.ts';
import { keyOf, kindOf, prefixOf } from './context.ts';
import type { Context } from './context.ts';
import { apiVersionOf } from './bodies.ts';
import { badRequest, continueExpired, expired, invalid, tooLargeResourceVersion } from './errors.ts';
import { forbiddenField, notSupported } from './fieldErrors.ts';
import type { FieldError } from './fieldErrors.ts';
import type { Kind } from './kinds/rules.ts';
import type { ListPage, ListQuery, Target } from './registry.ts';
import { parseFieldSelector, tryNameOf } from './selectors/fields.ts';
import type { ObjectPredicate } from './selectors/fields.ts';
import { parseLabelSelector } from './selectors/labels.ts';

/** A predicate of both selectors; undefined when there are none. Throws BadRequest. */
export function tryMatcher(kind: Kind, query: { labelSelector?: string; fieldSelector?: string }): ObjectPredicate | undefined {
  const tests: ObjectPredicate[] = [];
  if (query.labelSelector) {
    const fits = parseLabelSelector(query.labelSelector);
    tests.push((object) => fits(object.metadata.labels));
  }
  if (query.fieldSelector) {
    const fields = { 'metadata.name': (object: KubeObject) => object.metadata.name, 'metadata.namespace': (object: KubeObject) => object.metadata.namespace ?? '', ...kind.rules.fields };
    const subject = JSON.stringify(`${kind.group === '' ? '/' : `${kind.group}/`}${kind.version}, Resource=${kind.resource}`);
    tests.push(parseFieldSelector(query.fieldSelector, fields, subject));
  }
  return tests.length === 0 ? undefined : (object) => tests.every((fits) => fits(object));
}

/** A page of objects. Throws BadRequest, Expired, Timeout, Invalid. */
export function listObjects(context: Context, target: Target, query: ListQuery = {}): ListPage {
  const kind = kindOf(context, target);
  const matches = tryMatcher(kind, query);
  checkVersionRules(query);
  const page = query.continue ? parseToken(query.continue) : undefined;
  const current = context.storage.currentRevision();
  const asked = parseVersion(query.resourceVersion);
  if (asked > current) throw tooLargeResourceVersion(asked, current);
  const exact = query.resourceVersionMatch === 'Exact' ? asked : undefined;
  const revision = page ? page.rv : exact ?? current;
  const entries = readEntries(context, kind, target, query, revision, page !== undefined);
  return cut(entries, matches, query.limit ?? 0, page?.start, revision);
}

function readEntries(context: Context, kind: Kind, target: Target, query: ListQuery, revision: number, paged: boolean): StoredEntry[] {
  const { storage } = context;
  const name = tryNameOf(query.fieldSelector);
  if (name !== undefined && revision === storage.currentRevision() && (!kind.namespaced || target.namespace)) {
    const entry = storage.get(keyOf(kind, target.namespace, name));
    return entry ? [entry] : [];
  }
  const snapshot = storage.list(prefixOf(kind, target.namespace), revision);
  if (snapshot.outcome === 'listed') return snapshot.entries;
  if (snapshot.outcome === 'future') throw tooLargeResourceVersion(revision, storage.currentRevision());
  throw paged ? continueExpired() : expired(revision, storage.currentRevision());
}

function cut(entries: readonly StoredEntry[], matches: ObjectPredicate | undefined, limit: number, start: string | undefined, revision: number): ListPage {
  const items: KubeObject[] = [];
  let at = start === undefined ? 0 : entries.findIndex((entry) => entry.key >= start);
  if (at < 0) at = entries.length;
  for (; at < entries.length; at++) {
    const object = entries[at]!.value as KubeObject;
    if (matches && !matches(object)) continue;
    if (limit > 0 && items.length === limit) {
      const token = Buffer.from(JSON.stringify({ rv: revision, start: entries[at]!.key })).toString('base64url');
      return { items, resourceVersion: String(revision), continue: token, ...(matches ? {} : { remainingItemCount: entries.length - at }) };
    }
    items.push(object);
  }
  return { items, resourceVersion: String(revision) };
}

function parseToken(token: string): { rv: number; start: string } {
  try {
    const value = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { rv: number; start: string };
    if (Number.isInteger(value.rv) && typeof value.start === 'string') return value;
  } catch {
    // Falls through to the same refusal as a token of another shape.
  }
  throw badRequest('continue key is not valid: illegal base64 data or unknown version');
}

/** A resource version from a query; unset is 0. Throws BadRequest. */
export function parseVersion(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`invalid resource version: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** ListOptions that contradict themselves, as an Invalid of meta.k8s.io. */
export function refuseListOptions(problems: readonly FieldError[]): void {
  if (problems.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', problems);
}

function checkVersionRules({ resourceVersion = '', resourceVersionMatch: match, continue: token }: ListQuery): void {
  if (!match) return;
  const field = 'resourceVersionMatch';
  if (token) refuseListOptions([forbiddenField(field, 'resourceVersionMatch is forbidden when continue is provided')]);
  if (resourceVersion === '') refuseListOptions([forbiddenField(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided')]);
  if (match !== 'Exact' && match !== 'NotOlderThan') refuseListOptions([notSupported(field, match, ['Exact', 'NotOlderThan', ''])]);
  if (match === 'Exact' && resourceVersion === '0') refuseListOptions([forbiddenField(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')]);
}

/** The empty object of a kind that bookmarks carry. */
export function bookmarkOf(kind: Kind, revision: number, annotations?: Record<string, string>): KubeObject {
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: { resourceVersion: String(revision), ...(annotations ? { annotations } : {}) } as KubeObject['metadata'] };
}

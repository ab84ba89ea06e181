// Who owns which field: metadata.managedFields read, kept up with updates, and decided upon by server-side apply.
import type { TypeInfo } from '../../types/schema/index.ts';
import { StatusError } from '../../types/index.ts';
import { isObject, sameJson } from '../json.ts';
import type { Json } from '../json.ts';
import { difference, emptySet, formatFields, intersection, isEmpty, makeSet, parseFields, pathsOf, sameSet, union } from './fieldSet.ts';
import type { FieldSet } from './fieldSet.ts';
import { mergeApplied, removeFields } from './merge.ts';
import { compareObjects, fieldsOfObject } from './ofObject.ts';

/** Who writes, through what. */
export interface Writer { manager: string; operation: 'Apply' | 'Update'; apiVersion: string; subresource: string }

/** `entry` is the owner as it was read, as long as nothing of it has changed. */
interface Owner extends Writer { time: string; fields: FieldSet; entry?: unknown }

type Owners = ReadonlyMap<string, Owner>;

/** Never owned by anyone: the server sets these. */
const unowned = ['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'generation', 'resourceVersion', 'managedFields', 'deletionTimestamp', 'deletionGracePeriodSeconds'];

/** Owner lists are shared by all versions of an object that did not change them, so parse each once. */
const parsed = new WeakMap<object, Owners>();

/**
 * The managedFields of an object that `writer` changed from `before` (undefined on create) to `after`. The entries start from
 * `after`'s own, when it brings any (so that clients may edit them), else from `before`'s; `[{}]` and `[]` reset them.
 */
export function trackUpdate(before: Json | undefined, after: Json, type: TypeInfo, writer: Writer, now: string): unknown[] {
  const given = metadataOf(after).managedFields;
  const reset = Array.isArray(given) && (given.length === 0 || (given.length === 1 && isObject(given[0]) && Object.keys(given[0]).length === 0));
  const inherited = metadataOf(before).managedFields;
  const edited = Array.isArray(given) && given.length > 0 && !reset && !sameJson(given, inherited);
  const entries = edited ? given : inherited;
  if (reset && before) return [];
  const owners = parseOwners(entries);
  const { changed, removed } = compareObjects(visible(before ?? {}), visible(after), type);
  if (isEmpty(changed) && isEmpty(removed)) return Array.isArray(entries) ? entries : [];
  const id = idOf(writer);
  const next = new Map<string, Owner>();
  for (const [key, owner] of owners) {
    next.set(key, withFields(owner, difference(key === id ? owner.fields : difference(owner.fields, changed), removed)));
  }
  const own = next.get(id)?.fields ?? emptySet;
  const grown = union(own, changed);
  const previous = owners.get(id);
  next.set(id, previous && sameSet(previous.fields, grown) ? previous : { ...writer, fields: grown, time: now });
  return formatOwners(next);
}

function withFields(owner: Owner, fields: FieldSet): Owner {
  if (fields === owner.fields) return owner;
  const { entry: _, ...rest } = owner;
  return { ...rest, fields };
}

/** What an apply makes of the live object. */
export interface Applied { object: Json; managedFields: unknown[] }

/**
 * Server-side apply of `config` over `live` ({} when absent): merges, removes what this manager owned alone and no longer
 * names, and refuses (409 with a cause per field) to change what others own unless `force`.
 */
export function applyConfig(live: Json, config: Json, type: TypeInfo, writer: Writer, options: { force: boolean; now: string; complete(object: Json): Json }): Applied {
  const owners = new Map(parseOwners(metadataOf(live).managedFields));
  const id = idOf(writer);
  const previous = owners.get(id);
  const fields = fieldsOfObject(visible(config), type, 'applied');
  let others = emptySet;
  for (const [key, owner] of owners) if (key !== id) others = union(others, owner.fields);
  const merged = mergeApplied(live, config, type);
  const dropped = previous ? unheld(difference(previous.fields, fields), union(others, fields)) : emptySet;
  const object = options.complete(removeFields(merged, dropped, type));
  const { changed, removed } = compareObjects(visible(live), visible(object), type);

  const conflicts: { owner: Owner; fields: FieldSet }[] = [];
  for (const [key, owner] of owners) {
    if (key === id) continue;
    const contested = intersection(intersection(owner.fields, changed), fields);
    if (!isEmpty(contested)) conflicts.push({ owner, fields: contested });
    owners.set(key, withFields(owner, difference(difference(owner.fields, intersection(changed, fields)), removed)));
  }
  if (conflicts.length > 0 && !options.force) throw applyConflict(conflicts);
  owners.set(id, previous && sameSet(previous.fields, fields) ? previous : { ...writer, fields, time: options.now });
  return { object, managedFields: formatOwners(owners) };
}

/** `gone` without paths that someone holds, and without list items that someone holds a part of. */
function unheld(gone: FieldSet, held: FieldSet): FieldSet {
  return makeSet(gone.member && isEmpty(held), [...gone.children].map(([key, child]) => {
    const holder = held.children.get(key);
    return [key, holder ? unheld(child, holder) : child];
  }));
}

function applyConflict(conflicts: readonly { owner: Owner; fields: FieldSet }[]): StatusError {
  const flat = conflicts.flatMap(({ owner, fields }) => pathsOf(fields).map((path) => ({ by: describe(owner), path })));
  const causes = flat.map(({ by, path }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${by}`, field: path }));
  const message = flat.length === 1
    ? `Apply failed with 1 conflict: conflict with ${flat[0]!.by}: ${flat[0]!.path}`
    : `Apply failed with ${flat.length} conflicts: ${conflicts.map(({ owner, fields }) => [`conflicts with ${describe(owner)}:`, ...pathsOf(fields).map((path) => `- ${path}`)].join('\n')).join('\n')}`;
  return new StatusError('Conflict', message, { causes });
}

function describe(owner: Owner): string {
  const through = owner.subresource === '' ? '' : ` with subresource ${JSON.stringify(owner.subresource)}`;
  return `${JSON.stringify(owner.manager)}${through}${owner.operation === 'Update' ? ` using ${owner.apiVersion}` : ''}`;
}

/** The object without what nobody owns. */
function visible(object: Json): Json {
  const { apiVersion: _a, kind: _k, metadata, ...rest } = object;
  if (!isObject(metadata)) return rest;
  const kept: Json = {};
  for (const key in metadata) if (!unowned.includes(key)) kept[key] = metadata[key];
  return Object.keys(kept).length === 0 ? rest : { metadata: kept, ...rest };
}

function metadataOf(object: Json | undefined): Json {
  return isObject(object?.metadata) ? object.metadata : {};
}

function idOf(writer: Writer): string {
  return JSON.stringify([writer.operation, writer.manager, writer.apiVersion, writer.subresource]);
}

function parseOwners(entries: unknown): Owners {
  if (!Array.isArray(entries)) return new Map();
  const known = parsed.get(entries);
  if (known) return known;
  const owners = new Map<string, Owner>();
  for (const entry of entries as Json[]) {
    const owner: Owner = {
      manager: String(entry.manager ?? ''), operation: entry.operation === 'Apply' ? 'Apply' : 'Update', apiVersion: String(entry.apiVersion ?? ''),
      subresource: String(entry.subresource ?? ''), time: String(entry.time ?? ''), fields: parseFields(entry.fieldsV1), entry,
    };
    owners.set(idOf(owner), owner);
  }
  if (Object.isFrozen(entries)) parsed.set(entries, owners);
  return owners;
}

function formatOwners(owners: Owners): unknown[] {
  const kept = [...owners.values()].filter((owner) => !isEmpty(owner.fields));
  kept.sort((a, b) => compareText(a.operation, b.operation) || compareText(a.time, b.time) || compareText(a.manager, b.manager));
  return kept.map(({ manager, operation, apiVersion, time, subresource, fields, entry }) => entry ?? ({
    manager, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1: formatFields(fields), ...(subresource === '' ? {} : { subresource }),
  }));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// What the verbs of the registry share: the store, the clock, the kinds, and the keys under which objects lie.
import type { Clock } from '../../base/index.ts';
import type { Storage, StoredEntry } from '../storage/storage.ts';
import type { KubeObject, TokenSigner } from '../types/index.ts';
import { noSuchResource, notFound } from './errors.ts';
import type { Kind } from './kinds/rules.ts';
import type { Target } from './registry.ts';

/** Everything a verb needs. */
export interface Context {
  storage: Storage;
  clock: Clock;
  kinds: ReadonlyMap<string, Kind>;
  /** Makes service account tokens; without it none are served. */
  tokens?: TokenSigner;
  /** New pods must have a service account and get its token. */
  admitServiceAccounts?: boolean;
}

/** Identity of a resource in `Context.kinds`. */
export function resourceKey(resource: { group: string; version: string; resource: string }): string {
  return `${resource.group}/${resource.version}/${resource.resource}`;
}

/** The kind of a target; throws NotFound for one that is not served. */
export function kindOf(context: Context, target: Target): Kind {
  const kind = context.kinds.get(resourceKey(target.resource));
  if (!kind) throw noSuchResource();
  return kind;
}

/** Start of the keys of a kind, or of its objects in one namespace. */
export function prefixOf(kind: Pick<Kind, 'group' | 'resource' | 'namespaced'>, namespace?: string): string {
  const base = `/${kind.group || 'core'}/${kind.resource}/`;
  return kind.namespaced && namespace ? `${base}${namespace}/` : base;
}

/** Key of one object. */
export function keyOf(kind: Kind, namespace: string | undefined, name: string): string {
  return prefixOf(kind, namespace) + name;
}

/** The stored entry of a target's object; throws NotFound. */
export function requireEntry(context: Context, kind: Kind, target: Target): StoredEntry & { value: KubeObject } {
  const entry = context.storage.get(keyOf(kind, target.namespace, target.name ?? ''));
  if (!entry) throw notFound(kind, target.name ?? '');
  return entry as StoredEntry & { value: KubeObject };
}

/** Now as meta/v1 Time: RFC 3339 in whole seconds. */
export function timeNow(context: Pick<Context, 'clock'>, plusSeconds = 0): string {
  return new Date(context.clock.now() + plusSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

// The rules of Kubernetes over a store, as the API server's handlers and the in-process client call them.
import type { Disposable } from '../../base/index.ts';
import type { Access } from './access.ts';
import type { DeleteOptions, KubeObject } from '../types/index.ts';

/** Group, version and kind; group '' is core. */
export interface GroupVersionKind { group: string; version: string; kind: string }

/** A part of a resource with an address of its own. `group`, `version`, `kind` are those of its body (Scale, Eviction, …). */
export interface SubresourceInfo extends GroupVersionKind {
  /** Last path segment: `status`, `scale`, `binding`, `eviction`, `ephemeralcontainers`, `finalize`, `token`. */
  name: string;
  verbs: readonly string[];
}

/** One served resource: what discovery says about it. `virtual` resources know only `create` and store nothing. */
export interface ResourceInfo extends GroupVersionKind {
  /** Plural, as in URLs. */
  resource: string;
  singular: string;
  namespaced: boolean;
  shortNames: readonly string[];
  categories: readonly string[];
  verbs: readonly string[];
  subresources: readonly SubresourceInfo[];
  virtual: boolean;
  /** Shows the objects of this other group and version, in another shape. */
  viewOf?: string;
}

/**
 * What a request is about. `resource` is one of `Registry.resources` or anything with the same group, version and plural.
 * `namespace` '' or undefined means all namespaces (list, watch) or a cluster-scoped resource.
 */
export interface Target {
  resource: { group: string; version: string; resource: string };
  namespace?: string;
  name?: string;
  subresource?: string;
}

/** Options of a list. `labelSelector` and `fieldSelector` in query syntax; a bad one throws BadRequest. */
export interface ListQuery {
  labelSelector?: string;
  fieldSelector?: string;
  /** At most this many items; 0 or undefined: all. */
  limit?: number;
  /** Token of the previous page; throws Expired (410) when its snapshot is gone. */
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: string;
}

/** A page of a list. `remainingItemCount` is absent, as upstream, when a selector is in use. */
export interface ListPage { items: KubeObject[]; resourceVersion: string; continue?: string; remainingItemCount?: number }

/** Options of any write, from the query. */
export interface WriteOptions {
  dryRun?: boolean;
  /** Recorded in managedFields; required by apply. */
  fieldManager?: string;
  /** Unknown and duplicate fields: `Strict` refuses (400), `Warn` (default) reports in `warnings`, `Ignore` drops silently. */
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** Who asks; shown by selfsubjectreviews. */
  user?: { username: string; uid?: string; groups: readonly string[] };
  /** Problems that the body's decoder found already (duplicate keys), one sentence each; treated like unknown fields. */
  decodeProblems?: readonly string[];
}

/** Result of a write. `created` tells 201 from 200; `warnings` are the texts of Warning headers. */
export interface Written { object: KubeObject; warnings: string[]; created: boolean }

/** A patch by its content type; `apply` is server-side apply and takes the parsed YAML or JSON. */
export type Patch =
  | { type: 'json'; body: unknown[] }
  | { type: 'merge' | 'strategic' | 'apply'; body: Record<string, unknown> };

/** What a deletion did: `status` 'deleted' answers meta/v1 Status Success, 'pending' answers the object (200, upstream's choice for both). */
export interface Deleted { outcome: 'deleted' | 'pending'; object: KubeObject }

/** Options of a watch; selectors as in lists. */
export interface WatchQuery {
  labelSelector?: string;
  fieldSelector?: string;
  /** Unset or '0': synthetic ADDED events for all that is there come first. Otherwise: strictly later events. */
  resourceVersion?: string;
  resourceVersionMatch?: string;
  /** Watch-list: initial ADDED events, then a bookmark annotated `k8s.io/initial-events-end`. Needs allowBookmarks and NotOlderThan. */
  sendInitialEvents?: boolean;
  /** Also sends a BOOKMARK about once a minute. */
  allowBookmarks?: boolean;
}

/** One event. BOOKMARK objects hold kind, apiVersion and metadata.resourceVersion only. */
export interface WatchEvent { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: KubeObject }

/**
 * All calls are synchronous. Everything returned is frozen and shared; copy before changing. Bodies given are copied.
 * Every refusal is a StatusError with upstream's message. An unknown resource or subresource throws NotFound
 * ("the server could not find the requested resource"), a verb it lacks MethodNotAllowed.
 */
export interface Registry {
  readonly resources: readonly ResourceInfo[];
  /** What roles and bindings allow. */
  readonly access: Access;
  /** The object, or for `scale` its Scale. Needs `target.name`. */
  get(target: Target): KubeObject;
  list(target: Target, query?: ListQuery): ListPage;
  /**
   * Creates in `target.namespace`; apiVersion, kind and namespace missing from the body are filled in, contradicting ones refused.
   * With `name` and `subresource`: `pods/binding`, `pods/eviction`, `serviceaccounts/token`.
   */
  create(target: Target, body: unknown, options?: WriteOptions): Written;
  /** PUT on an object or `status`, `scale`, `finalize`, `ephemeralcontainers`. */
  update(target: Target, body: unknown, options?: WriteOptions): Written;
  /** `force` is apply's. Apply creates what is absent. */
  patch(target: Target, patch: Patch, options?: WriteOptions & { force?: boolean }): Written;
  delete(target: Target, options?: DeleteOptions & { dryRun?: boolean }): Deleted;
  /** Deletes what the selectors match; answers the objects as they were. */
  deleteCollection(target: Target, query?: ListQuery, options?: DeleteOptions & { dryRun?: boolean }): KubeObject[];
  /**
   * Initial events are delivered before this returns, later ones inside the write that causes them: a listener must
   * neither throw nor write. `target.name` narrows like metadata.name. Throws Expired (send it as an ERROR event after 200),
   * Timeout with cause ResourceVersionTooLarge, Invalid or BadRequest.
   */
  watch(target: Target, query: WatchQuery, listener: (event: WatchEvent) => void): Disposable;
}

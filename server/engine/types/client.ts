// How controllers, scheduler, kubelet and agents reach the API: in-process, without HTTP, same rules and errors.
import type { KubeObject } from './meta.ts';

/** Names a resource by group, version and plural, as in URLs; group '' is core. */
export interface ResourceRef<T extends KubeObject = KubeObject> {
  group: string;
  version: string;
  resource: string;
  kind: string;
  namespaced: boolean;
  /** Never set; carries the object type for the compiler. */
  readonly object?: T;
}

/** Which object: `namespace` is required exactly for namespaced resources. */
export interface ObjectKey { name: string; namespace?: string }

/** Filters of a list; selectors in the query syntax of the API. */
export interface ListOptions { namespace?: string; labelSelector?: string; fieldSelector?: string }

/** Options of a deletion (meta/v1 DeleteOptions); `gracePeriodSeconds` 0 removes at once. */
export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  preconditions?: { uid?: string; resourceVersion?: string };
}

/**
 * The API for the engine's own parts. Every method throws StatusError (engine/types/statusError.ts) with the
 * code and reason that a client would see over HTTP. Defaulting, validation and resource versions apply as there.
 */
export interface Client {
  get<T extends KubeObject>(ref: ResourceRef<T>, key: ObjectKey): Promise<T>;
  list<T extends KubeObject>(ref: ResourceRef<T>, options?: ListOptions): Promise<{ items: T[]; resourceVersion: string }>;
  create<T extends KubeObject>(ref: ResourceRef<T>, object: T): Promise<T>;
  /** Replaces spec and metadata; `metadata.resourceVersion`, when given, must be current (else 409 Conflict). */
  update<T extends KubeObject>(ref: ResourceRef<T>, object: T): Promise<T>;
  /** Replaces a subresource's part of the object: `status`, `binding`, `scale`, `finalize`. */
  updateSubresource<T extends KubeObject>(ref: ResourceRef<T>, subresource: string, object: T): Promise<T>;
  /** JSON merge patch (RFC 7396) on the object or one subresource; retried on internal conflict. */
  patch<T extends KubeObject>(ref: ResourceRef<T>, key: ObjectKey, patch: object, subresource?: string): Promise<T>;
  /** Resolves with the object's last state; deletion may still wait for grace or finalizers. */
  delete(ref: ResourceRef, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /** A live local copy of a resource, shared by all who ask for the same one; complete before this returns. */
  informer<T extends KubeObject>(ref: ResourceRef<T>): Informer<T>;
}

/** A change seen by an informer. */
export type InformerEvent<T> =
  | { type: 'added'; object: T }
  | { type: 'modified'; object: T; previous: T }
  | { type: 'deleted'; object: T };

/** A live copy of one resource. Events arrive asynchronously (microtask or later), in order, never inside a write. */
export interface Informer<T extends KubeObject> {
  list(namespace?: string): T[];
  get(key: ObjectKey): T | undefined;
  /** Calls back for each change from now on; the returned disposable stops it. */
  onEvent(listener: (event: InformerEvent<T>) => void): { dispose(): void };
}

// A small client for a student's cluster, the same for every provider; objects are plain JSON.

/** The least that every object has. Other fields are reached by checks through their own paths. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; uid?: string; resourceVersion?: string; labels?: Record<string, string>; annotations?: Record<string, string>; creationTimestamp?: string; deletionTimestamp?: string };
  [field: string]: unknown;
}

export type WatchEvent = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; object: KubeObject };

/** Names a resource: `apiVersion` as in manifests (v1, apps/v1), `resource` the plural. */
export interface KubeResource { apiVersion: string; resource: string; namespace?: string }

/**
 * Full rights on the cluster. Methods reject with KubeApiError (code `kube-api`, fields `status` and `reason`)
 * when the API refuses, and with `kube-unreachable` when it does not answer.
 */
export interface KubeClient {
  /** Undefined when there is no such object. */
  get(resource: KubeResource, name: string): Promise<KubeObject | undefined>;
  list(resource: KubeResource, options?: { labelSelector?: string; fieldSelector?: string }): Promise<{ items: KubeObject[]; resourceVersion: string }>;
  /** Creates, or server-side applies over what is there; resolves kind to resource itself. `namespace` fills objects that name none. */
  apply(object: KubeObject, options?: { namespace?: string }): Promise<KubeObject>;
  /** Deletes by manifest or by resource and name; an absent object is fine. */
  delete(resource: KubeResource, name: string, options?: { gracePeriodSeconds?: number }): Promise<void>;
  /** Yields from `resourceVersion` on until aborted; ends by itself when the server closes (list again then). */
  watch(resource: KubeResource, options: { resourceVersion?: string; signal: AbortSignal }): AsyncIterable<WatchEvent>;
  /** Any other request; resolves with status and parsed body. */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<{ status: number; body: unknown }>;
}

// KubeClient over HTTPS, through a TCP address or a Unix socket, with a client certificate or a token.
import { request as httpsRequest, Agent } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import type { KubeClient, KubeObject, KubeResource, WatchEvent } from '../../../ports/index.ts';
import { ClusterError, KubeApiError } from '../../errors.ts';

/** Where the API is and who asks. Either `socketPath` or `host` and `port`. PEM texts. */
export interface KubeEndpoint {
  socketPath?: string;
  host?: string;
  port?: number;
  serverName: string;
  ca: string;
  cert?: string;
  key?: string;
  token?: string;
}

const REQUEST_TIMEOUT_MS = 15_000;
const MAX_BODY = 32 * 1024 * 1024;

/** A client that keeps its connections; `destroy` closes them. */
export interface KubeHttpClient extends KubeClient { destroy(): void }

/** Makes the client; connects on first use. */
export function createKubeHttp(endpoint: KubeEndpoint): KubeHttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const base: RequestOptions = {
    agent, host: endpoint.host ?? 'localhost', port: endpoint.port ?? 443, socketPath: endpoint.socketPath,
    servername: endpoint.serverName, ca: endpoint.ca, cert: endpoint.cert, key: endpoint.key,
  };
  const kinds = new Map<string, Promise<Map<string, { resource: string; namespaced: boolean }>>>();

  function send(method: string, path: string, body: unknown, contentType: string, signal?: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const request = httpsRequest({
        ...base, method, path, signal,
        headers: {
          accept: 'application/json',
          ...(payload ? { 'content-type': contentType, 'content-length': payload.length } : {}),
          ...(endpoint.token ? { authorization: `Bearer ${endpoint.token}` } : {}),
        },
      }, resolve);
      request.on('error', (error) => reject(signal?.aborted ? error : new ClusterError('kube-unreachable', `The cluster's API does not answer: ${error.message}`, { cause: error })));
      request.end(payload);
    });
  }

  async function json(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<{ status: number; body: unknown }> {
    const response = await send(method, path, body, contentType, AbortSignal.timeout(REQUEST_TIMEOUT_MS));
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY) throw new ClusterError('kube-unreachable', `The cluster's API sent more than ${MAX_BODY} bytes.`);
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString('utf8');
    return { status: response.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : text };
  }

  async function expectOk(method: string, path: string, body?: unknown, contentType?: string): Promise<unknown> {
    const answer = await json(method, path, body, contentType);
    if (answer.status >= 400) throw asApiError(answer);
    return answer.body;
  }

  /** Kind → plural of one group version, from discovery, asked once. */
  function kindsOf(apiVersion: string) {
    const found = kinds.get(apiVersion) ?? expectOk('GET', versionPath(apiVersion)).then((list) => {
      const resources = (list as { resources: { name: string; kind: string; namespaced: boolean }[] }).resources;
      return new Map(resources.filter((entry) => !entry.name.includes('/')).map((entry) => [entry.kind, { resource: entry.name, namespaced: entry.namespaced }]));
    });
    kinds.set(apiVersion, found);
    found.catch(() => kinds.delete(apiVersion));
    return found;
  }

  return {
    async get(resource, name) {
      const answer = await json('GET', `${pathOf(resource)}/${encodeURIComponent(name)}`);
      if (answer.status === 404) return undefined;
      if (answer.status >= 400) throw asApiError(answer);
      return answer.body as KubeObject;
    },
    async list(resource, options = {}) {
      const query = new URLSearchParams();
      if (options.labelSelector) query.set('labelSelector', options.labelSelector);
      if (options.fieldSelector) query.set('fieldSelector', options.fieldSelector);
      const list = (await expectOk('GET', `${pathOf(resource)}${query.size ? `?${query}` : ''}`)) as { kind: string; items: KubeObject[]; metadata: { resourceVersion: string } };
      const kind = list.kind.replace(/List$/, '');
      return { items: list.items.map((item) => ({ ...item, apiVersion: item.apiVersion ?? resource.apiVersion, kind: item.kind ?? kind })), resourceVersion: list.metadata.resourceVersion };
    },
    async apply(object, options = {}) {
      const known = (await kindsOf(object.apiVersion)).get(object.kind);
      if (!known) throw new KubeApiError(404, 'NotFound', `no kind ${object.kind} in ${object.apiVersion}`);
      const namespace = known.namespaced ? object.metadata.namespace ?? options.namespace ?? 'default' : undefined;
      const path = `${pathOf({ apiVersion: object.apiVersion, resource: known.resource, namespace })}/${encodeURIComponent(object.metadata.name)}`;
      return (await expectOk('PATCH', `${path}?fieldManager=patchbay&force=true`, namespace ? { ...object, metadata: { ...object.metadata, namespace } } : object, 'application/apply-patch+yaml')) as KubeObject;
    },
    async delete(resource, name, options = {}) {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }) };
      const answer = await json('DELETE', `${pathOf(resource)}/${encodeURIComponent(name)}`, body);
      if (answer.status >= 400 && answer.status !== 404) throw asApiError(answer);
    },
    async *watch(resource, { resourceVersion, signal }) {
      const query = new URLSearchParams({ watch: 'true', allowWatchBookmarks: 'true', ...(resourceVersion ? { resourceVersion } : {}) });
      const response = await send('GET', `${pathOf(resource)}?${query}`, undefined, '', signal);
      if ((response.statusCode ?? 0) >= 400) throw new KubeApiError(response.statusCode ?? 0, 'Watch', 'the watch was refused');
      try {
        for await (const line of createInterface({ input: response, crlfDelay: Infinity })) if (line) yield JSON.parse(line) as WatchEvent;
      } catch (error) {
        if (!signal.aborted) throw new ClusterError('kube-unreachable', 'The watch broke off.', { cause: error });
      } finally {
        response.destroy();
      }
    },
    request: (method, path, body, contentType) => json(method, path, body, contentType),
    destroy: () => agent.destroy(),
  } satisfies KubeHttpClient;
}

function versionPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function pathOf(resource: KubeResource): string {
  const namespace = resource.namespace === undefined ? '' : `/namespaces/${encodeURIComponent(resource.namespace)}`;
  return `${versionPath(resource.apiVersion)}${namespace}/${resource.resource}`;
}

function asApiError(answer: { status: number; body: unknown }): KubeApiError {
  const status = answer.body as { reason?: string; message?: string } | undefined;
  return new KubeApiError(answer.status, status?.reason ?? 'Unknown', status?.message ?? `HTTP ${answer.status}`);
}

// Handles requests on resources: finds the resource, calls the registry for the verb, answers in the accepted form.
import type { ResourceInfo, Target, WriteOptions } from '../registry/registry.ts';
import { StatusError, type KubeObject } from '../types/index.ts';
import { sendBody, sendList, sendObject, sendPageNotFound } from './answers.ts';
import { parseObjectBody, readBody, type ParsedBody } from './bodies.ts';
import { subresourcesOf } from './discovery.ts';
import type { Exchange } from './exchange.ts';
import { parseAnswerForm } from './negotiation.ts';
import { parsePatch } from './patchBodies.ts';
import { deleteOptions, dryRun, fieldValidation, flag, listQuery } from './query.ts';
import type { ResourcePath } from './requestInfo.ts';
import { completeReview } from './reviews.ts';
import { methodNotAllowed, successStatus } from './status.ts';
import { handleLog } from './streams/log.ts';
import { refuseStream } from './streams/upgrade.ts';
import { streamWatch } from './watchStream.ts';

/** A resource request that is routed: the resource as the registry knows it and the registry's target. */
interface Routed { resource: ResourceInfo; target: Target }

/** Subresources whose bytes are streams, served over NodeStreams instead of the registry. */
const streamed = new Set(['exec', 'attach', 'portforward']);
/** Verbs that need a name, subresources apart; `watch` takes either, as upstream's deprecated watch of one object. */
const itemVerbs = new Set(['get', 'update', 'patch', 'delete']);
/** Kinds whose deletion answers the object instead of a Status, as upstream's stores are configured. */
const answersDeleted = new Set(['pods', 'services', 'serviceaccounts', 'persistentvolumes', 'persistentvolumeclaims', 'resourcequotas', 'podtemplates']);

/** The verb of a request, as authorization and discovery name it. */
export function verbOf(method: string, path: ResourcePath, query: URLSearchParams): string {
  switch (method) {
    case 'POST': return 'create';
    case 'PUT': return 'update';
    case 'PATCH': return 'patch';
    case 'DELETE': return path.name === undefined ? 'deletecollection' : 'delete';
    case 'GET': case 'HEAD':
      if (path.subresource && streamed.has(path.subresource)) return 'create';
      if (flag(query, 'watch') && !path.subresource) return 'watch';
      return path.name === undefined ? 'list' : 'get';
    default: return method.toLowerCase();
  }
}

/** The resource at a path; undefined when upstream has no route there. */
function tryRoute(exchange: Exchange, path: ResourcePath): Routed | undefined {
  const resource = exchange.context.registry.resources.find((one) => one.resource === path.resource && one.group === path.group && one.version === path.version);
  if (!resource || path.trailing.length > 0) return undefined;
  if (path.namespace !== undefined && !resource.namespaced) return undefined;
  if (path.namespace === undefined && resource.namespaced && path.name !== undefined) return undefined;
  if (path.subresource !== undefined && !subresourcesOf(resource).some(({ name }) => name === path.subresource)) return undefined;
  const { namespace, name, subresource } = path;
  return { resource, target: { resource, ...(namespace && { namespace }), ...(name && { name }), ...(subresource && { subresource }) } };
}

/** Answers a request on a resource. Throws StatusError for refusals. */
export async function handleResource(exchange: Exchange, path: ResourcePath): Promise<void> {
  const route = tryRoute(exchange, path);
  if (!route) return sendPageNotFound(exchange);
  const verb = verbOf(exchange.request.method ?? 'GET', path, exchange.info.query);
  if (path.subresource !== undefined && path.resource === 'pods' && path.group === '') {
    if (streamed.has(path.subresource)) return refuseStream(exchange, path);
    if (path.subresource === 'log') {
      if (verb !== 'get') throw methodNotAllowed();
      return handleLog(exchange, path);
    }
  }
  const allowed: readonly string[] = path.subresource === undefined ? route.resource.verbs : subresourcesOf(route.resource).find(({ name }) => name === path.subresource)!.verbs;
  if (!allowed.includes(verb)) throw methodNotAllowed();
  if (verb !== 'watch' && path.subresource === undefined && (path.name === undefined) === itemVerbs.has(verb)) throw methodNotAllowed();
  if (route.resource.namespaced && path.namespace === undefined && verb !== 'list' && verb !== 'watch' && !(route.resource.virtual && verb === 'create')) throw methodNotAllowed();
  await handlers[verb]!(exchange, route);
}

const handlers: Record<string, (exchange: Exchange, route: Routed) => void | Promise<void>> = {
  get(exchange, { resource, target }) {
    const form = parseAnswerForm(exchange.request.headers.accept);
    sendObject(exchange, 200, resource, exchange.context.registry.get(target), form);
  },

  list(exchange, { resource, target }) {
    const form = parseAnswerForm(exchange.request.headers.accept);
    const page = exchange.context.registry.list(target, listQuery(exchange.info.query));
    const { items, resourceVersion, continue: next, remainingItemCount } = page;
    sendList(exchange, resource, items, { resourceVersion, ...(next && { continue: next }), ...(remainingItemCount !== undefined && { remainingItemCount }) }, form);
  },

  watch(exchange, { resource, target }) {
    streamWatch(exchange, resource, target, parseAnswerForm(exchange.request.headers.accept, true));
  },

  async create(exchange, { resource, target }) {
    const form = parseAnswerForm(exchange.request.headers.accept);
    const body = await objectBody(exchange, resource.kind);
    const written = exchange.context.registry.create(target, body.value, writeOptions(exchange, 'CreateOptions', body));
    const object = resource.virtual ? completeReview(written.object, exchange.user, exchange.context.auth) : written.object;
    sendObject(exchange, 201, resource, object, form, written.warnings);
  },

  async update(exchange, { resource, target }) {
    const form = parseAnswerForm(exchange.request.headers.accept);
    const body = await objectBody(exchange, resource.kind);
    const written = exchange.context.registry.update(target, body.value, writeOptions(exchange, 'UpdateOptions', body));
    sendObject(exchange, written.created ? 201 : 200, resource, written.object, form, written.warnings);
  },

  async patch(exchange, { resource, target }) {
    const { request, info: { query }, context } = exchange;
    const form = parseAnswerForm(request.headers.accept);
    const { patch, problems } = parsePatch(await readBody(request), request.headers['content-type']);
    const options = writeOptions(exchange, 'PatchOptions', { problems }, patch.type !== 'apply');
    const written = context.registry.patch(target, patch, { ...options, ...(query.has('force') && { force: flag(query, 'force') }) });
    sendObject(exchange, written.created ? 201 : 200, resource, written.object, form, written.warnings);
  },

  async delete(exchange, { resource, target }) {
    const form = parseAnswerForm(exchange.request.headers.accept);
    const { outcome, object } = exchange.context.registry.delete(target, await deletion(exchange));
    if (outcome === 'pending' || (resource.group === '' && answersDeleted.has(resource.resource))) return sendObject(exchange, 200, resource, object, form);
    sendDeleted(exchange, resource, object);
  },

  async deletecollection(exchange, { resource, target }) {
    const form = parseAnswerForm(exchange.request.headers.accept);
    const { registry } = exchange.context;
    const options = await deletion(exchange);
    const items = registry.deleteCollection(target, listQuery(exchange.info.query), options);
    sendList(exchange, resource, items, { resourceVersion: '' }, form);
  },
};

function sendDeleted(exchange: Exchange, resource: ResourceInfo, object: KubeObject): void {
  const { name, uid } = object.metadata;
  const status = successStatus(200, { name, ...(resource.group && { group: resource.group }), kind: resource.resource, ...(uid && { uid }) });
  sendBody(exchange, 200, status);
}

async function objectBody(exchange: Exchange, kind: string): Promise<ParsedBody> {
  const { request } = exchange;
  return parseObjectBody(await readBody(request), request.headers['content-type'], kind);
}

async function deletion(exchange: Exchange): Promise<ReturnType<typeof deleteOptions>> {
  const { request, info: { query } } = exchange;
  const body = await readBody(request);
  return deleteOptions(body.length === 0 ? undefined : parseObjectBody(body, request.headers['content-type'], 'DeleteOptions').value, query);
}

/** Options of a write from the query; without fieldManager the client's own name stands in, except for apply, which must give one. */
function writeOptions({ request, info: { query }, user }: Exchange, type: string, body: { problems: string[] }, nameClient = true): WriteOptions {
  const validation = fieldValidation(query, type);
  const agent = /^[^/]{1,128}/.exec(request.headers['user-agent'] ?? '')?.[0];
  const fieldManager = query.get('fieldManager') || (nameClient ? agent : undefined);
  if (fieldManager && fieldManager.length > 128) throw new StatusError('Invalid', `${type}.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes`, { group: 'meta.k8s.io', kind: type });
  return {
    dryRun: dryRun(query.getAll('dryRun'), type),
    ...(fieldManager && { fieldManager }), ...(validation && { fieldValidation: validation }), ...(user && { user }),
    ...(body.problems.length > 0 && { decodeProblems: body.problems }),
  };
}

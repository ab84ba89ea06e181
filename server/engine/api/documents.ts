// Serves what describes the API: version, health, discovery, OpenAPI.
import protobuf from 'protobufjs/minimal.js';
import { etagOf, sendBody, sendBytes, sendPageNotFound, sendText } from './answers.ts';
import { aggregatedDiscovery, coreVersions, groupList, tryGroup, tryResourceList } from './discovery.ts';
import type { Exchange } from './exchange.ts';
import { parseDiscoveryForm, parseMediaRanges } from './negotiation.ts';
import { openApiDocument, openApiGroupVersions } from './openapi/document.ts';
import { methodNotAllowed } from './status.ts';
import type { Registry } from '../registry/registry.ts';

/** Documents that are built when first asked for and then kept. */
export class Documents {
  readonly #registry: Registry;
  readonly #openApi = new Map<string, { text: string; etag: string }>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** The OpenAPI v3 document of a path such as `api/v1` or `apis/apps/v1`; undefined when not served. */
  tryOpenApi(path: string): { text: string; etag: string } | undefined {
    const known = this.#openApi.get(path);
    if (known) return known;
    const document = openApiDocument(this.#registry.resources, path);
    if (!document) return undefined;
    const text = JSON.stringify(document);
    const built = { text, etag: etagOf(text) };
    this.#openApi.set(path, built);
    return built;
  }

  /** Body of `/openapi/v3`: each group version with a URL that changes with its contents. */
  openApiIndex(): object {
    const paths = Object.fromEntries(openApiGroupVersions(this.#registry.resources).map((path) => [
      path, { serverRelativeURL: `/openapi/v3/${path}?hash=${this.tryOpenApi(path)!.etag.slice(1, -1)}` },
    ]));
    return { paths };
  }
}

/** Answers a path that is no resource; throws MethodNotAllowed for anything but reading. */
export function handleDocument(exchange: Exchange): void {
  const { context, request, info: { parts } } = exchange;
  const [first = '', second, third] = parts;
  const resources = context.registry.resources;
  const known = ['', 'version', 'healthz', 'livez', 'readyz', 'api', 'apis', 'openapi'].includes(first);
  if (!known) return sendPageNotFound(exchange);
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
  if (first === 'openapi') return handleOpenApi(exchange);
  if (first === 'healthz' || first === 'livez' || first === 'readyz') return handleHealth(exchange, first);
  if (first === 'version' && parts.length === 1) return sendBody(exchange, 200, context.version);
  if (parts.length === 1 && (first === 'api' || first === 'apis')) return handleRoots(exchange, first === 'api');
  let body: object | undefined;
  if (parts.length === 0) body = { paths: rootPaths(exchange) };
  else if (first === 'api' && parts.length === 2) body = tryResourceList(resources, '', second!);
  else if (first === 'apis' && parts.length === 2) body = tryGroup(resources, second!);
  else if (first === 'apis' && parts.length === 3) body = tryResourceList(resources, second!, third!);
  if (!body) return sendPageNotFound(exchange);
  sendBody(exchange, 200, body, parseDiscoveryForm(request.headers.accept).encoding);
}

function rootPaths({ context }: Exchange): string[] {
  const groups = openApiGroupVersions(context.registry.resources).flatMap((path) => [`/${path}`, `/${path.split('/').slice(0, -1).join('/')}`]);
  return [...new Set([...groups, '/api', '/apis', '/healthz', '/livez', '/readyz', '/openapi/v3', '/version'])].sort();
}

function handleRoots(exchange: Exchange, core: boolean): void {
  const { context, request, response } = exchange;
  const resources = context.registry.resources;
  const form = parseDiscoveryForm(request.headers.accept);
  response.setHeader('Vary', 'Accept');
  if (!form.version) return sendBody(exchange, 200, core ? coreVersions(resources, request.headers.host ?? '') : groupList(resources), form.encoding);
  const body = aggregatedDiscovery(resources, core, form.version);
  const etag = etagOf(JSON.stringify(body));
  response.setHeader('ETag', etag);
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
  sendBody(exchange, 200, body, form.encoding, `application/${form.encoding};g=apidiscovery.k8s.io;v=${form.version};as=APIGroupDiscoveryList`);
}

function handleOpenApi(exchange: Exchange): void {
  const { context, request, response, info: { parts, query } } = exchange;
  if (parts[1] === 'v2' && parts.length === 2) return handleOpenApiV2(exchange);
  if (parts[1] !== 'v3') return sendPageNotFound(exchange);
  if (parts.length === 2) return sendBody(exchange, 200, context.documents.openApiIndex());
  const document = context.documents.tryOpenApi(parts.slice(2).join('/'));
  if (!document) return sendPageNotFound(exchange);
  const hash = query.get('hash');
  const current = document.etag.slice(1, -1);
  if (hash !== null && hash !== current) return void response.writeHead(301, { Location: `/openapi/v3/${parts.slice(2).join('/')}?hash=${current}` }).end();
  response.setHeader('ETag', document.etag);
  response.setHeader('Vary', 'Accept');
  if (request.headers['if-none-match'] === document.etag) return void response.writeHead(304).end();
  if (hash !== null) response.setHeader('Cache-Control', 'public, immutable');
  sendBytes(request, response, 200, 'application/json', document.text);
}

/** Clients ask with the first spelling; answers use the second, which is a valid media type. */
const openApiV2Types = ['application/com.github.proto-openapi.spec.v2@v1.0+protobuf', 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'];

/**
 * A version 2 document without definitions: types are described in version 3 only. kubectl asks for it when version 3 does
 * not know a kind, and then needs a document in which that kind is missing as well to say so in its own words.
 */
function handleOpenApiV2(exchange: Exchange): void {
  const { context, request, response } = exchange;
  const info = { title: 'Kubernetes', version: context.version.gitVersion };
  if (!parseMediaRanges(request.headers.accept ?? '').some(({ type }) => openApiV2Types.includes(type))) return sendBody(exchange, 200, { swagger: '2.0', info, paths: {} });
  const writer = protobuf.Writer.create().uint32(10).string('2.0').uint32(18).fork().uint32(10).string(info.title).uint32(18).string(info.version).ldelim();
  sendBytes(request, response, 200, openApiV2Types[1]!, Buffer.from(writer.finish()));
}

/** The checks behind the health paths; each throws when what it names does not work. */
const healthChecks: Record<string, (registry: Registry) => void> = {
  ping: () => {},
  storage: (registry) => void registry.list({ resource: { group: '', version: 'v1', resource: 'namespaces' } }, { limit: 1 }),
};

function handleHealth(exchange: Exchange, name: string): void {
  const { context: { registry }, info: { parts, query } } = exchange;
  const asked = parts.length === 1 ? Object.keys(healthChecks) : parts.length === 2 && Object.hasOwn(healthChecks, parts[1]!) ? [parts[1]!] : undefined;
  if (!asked) return sendPageNotFound(exchange);
  const failed = asked.filter((check) => !isHealthy(healthChecks[check]!, registry));
  if (failed.length === 0 && (!query.has('verbose') || parts.length > 1)) return sendText(exchange, 200, 'ok');
  const lines = asked.map((check) => (failed.includes(check) ? `[-]${check} failed: reason withheld\n` : `[+]${check} ok\n`)).join('');
  sendText(exchange, failed.length === 0 ? 200 : 500, `${lines}${name} check ${failed.length === 0 ? 'passed' : 'failed'}\n`);
}

function isHealthy(check: (registry: Registry) => void, registry: Registry): boolean {
  try {
    check(registry);
    return true;
  } catch {
    return false;
  }
}

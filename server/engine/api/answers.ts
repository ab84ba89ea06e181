// Writes answers: objects in the accepted form, lists, Statuses, text; compressed when large.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzip } from 'node:zlib';
import { stringify } from 'yaml';
import type { ResourceInfo } from '../registry/registry.ts';
import { StatusError, type KubeObject } from '../types/index.ts';
import type { Exchange } from './exchange.ts';
import type { AnswerForm } from './negotiation.ts';
import { failureStatus, toStatusError } from './status.ts';
import { partialObject, partialObjectList, tableOf, type IncludeObject, type ListMeta } from './tables/index.ts';

/** Answers from this size on are compressed for clients that accept it (upstream's 128 KiB), in bytes. */
const compressFrom = 128 * 1024;

const texts = new WeakMap<object, string>();

/** JSON of a frozen object, kept as long as the object lives: one change is often written to many watchers. */
export function jsonOf(object: object): string {
  let text = texts.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    if (Object.isFrozen(object)) texts.set(object, text);
  }
  return text;
}

/** Ends the response with a body; compresses it when it is large and the client accepts gzip. */
export function sendBytes(request: IncomingMessage, response: ServerResponse, code: number, contentType: string, body: string | Buffer): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = code;
  response.setHeader('Content-Type', contentType);
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-cache, private');
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const finish = (out: Buffer) => {
    response.setHeader('Content-Length', out.length);
    response.end(out);
  };
  if (bytes.length < compressFrom || !/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return finish(bytes);
  gzip(bytes, { level: 1 }, (error, packed) => {
    if (error) return finish(bytes);
    response.setHeader('Content-Encoding', 'gzip');
    response.setHeader('Vary', 'Accept-Encoding');
    finish(packed);
  });
}

/** Ends the response with plain text. */
export function sendText({ request, response }: Pick<Exchange, 'request' | 'response'>, code: number, text: string): void {
  sendBytes(request, response, code, 'text/plain; charset=utf-8', text);
}

/** What upstream says to a path that is not served at all. */
export function sendPageNotFound(exchange: Pick<Exchange, 'request' | 'response'>): void {
  exchange.response.setHeader('X-Content-Type-Options', 'nosniff');
  sendText(exchange, 404, '404 page not found\n');
}

/** Ends the response with a body in JSON or YAML, as it is. */
export function sendBody(exchange: Pick<Exchange, 'request' | 'response' | 'info'>, code: number, body: object, encoding: 'json' | 'yaml' = 'json', contentType?: string): void {
  const { request, response, info } = exchange;
  if (encoding === 'yaml') return sendBytes(request, response, code, contentType ?? 'application/yaml', stringify(body, { aliasDuplicateObjects: false }));
  const text = isPretty(request, info.query) ? JSON.stringify(body, undefined, 2) : jsonOf(body);
  sendBytes(request, response, code, contentType ?? 'application/json', `${text}\n`);
}

/** Upstream indents for people: on request, or for the browsers and command-line fetchers that it knows. */
function isPretty(request: IncomingMessage, query: URLSearchParams): boolean {
  const asked = query.get('pretty');
  if (asked !== null) return asked === 'true' || asked === '1';
  return /^(curl|Wget|Mozilla\/5\.0)/.test(request.headers['user-agent'] ?? '');
}

/** Ends the response with one object in the accepted form; `warnings` become Warning headers. */
export function sendObject(exchange: Exchange, code: number, resource: ResourceInfo, object: KubeObject, form: AnswerForm, warnings: readonly string[] = []): void {
  if (warnings.length > 0) exchange.response.setHeader('Warning', warnings.map(warningHeader));
  let body: object = object;
  if (object.kind !== 'Status' && form.as === 'PartialObjectMetadata') body = partialObject(object, form.version);
  else if (object.kind === resource.kind && form.as === 'Table') {
    body = tableOf(resource, [object], { resourceVersion: object.metadata.resourceVersion ?? '' }, { version: form.version, include: includeObject(exchange.info.query) });
  }
  sendBody(exchange, code, body, form.encoding);
}

/** Ends the response with a list in the accepted form. */
export function sendList(exchange: Exchange, resource: ResourceInfo, items: readonly KubeObject[], metadata: ListMeta, form: AnswerForm): void {
  if (form.as === 'Table') return sendBody(exchange, 200, tableOf(resource, items, metadata, { version: form.version, include: includeObject(exchange.info.query) }), form.encoding);
  if (form.as === 'PartialObjectMetadata') return sendBody(exchange, 200, partialObjectList(items, metadata, form.version), form.encoding);
  const apiVersion = resource.group ? `${resource.group}/${resource.version}` : resource.version;
  sendBody(exchange, 200, { kind: `${resource.kind}List`, apiVersion, metadata, items: items.map(withoutKind) }, form.encoding);
}

/** Items of a list carry neither apiVersion nor kind, as upstream's typed lists. */
function withoutKind(object: KubeObject): object {
  return { ...object, apiVersion: undefined, kind: undefined };
}

/** The includeObject parameter. Throws BadRequest. */
export function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') || 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw new StatusError('BadRequest', `unrecognized includeObject value: "${value}"`);
}

/** Ends the response with the Status of anything thrown. */
export function sendError(exchange: Pick<Exchange, 'request' | 'response' | 'info'>, thrown: unknown): StatusError {
  const error = toStatusError(thrown);
  const { response } = exchange;
  if (response.headersSent) return error;
  if (error.reason === 'RequestEntityTooLarge') response.shouldKeepAlive = false;
  if (error.details?.retryAfterSeconds) response.setHeader('Retry-After', error.details.retryAfterSeconds);
  sendBody(exchange, error.status, failureStatus(error));
  return error;
}

/** One Warning header: code 299, no agent, the text quoted (RFC 7234) in printable ASCII. */
export function warningHeader(text: string): string {
  const printable = text.replace(/[\r\n\t]+/g, ' ').replace(/[^\x20-\x7e]/g, '?');
  return `299 - "${printable.replace(/[\\"]/g, '\\$&')}"`;
}

/** A strong ETag of some text. */
export function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('hex').slice(0, 32).toUpperCase()}"`;
}

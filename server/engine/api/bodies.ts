// Reads request bodies: bounded, then JSON, YAML or protobuf by Content-Type.
import type { IncomingMessage } from 'node:http';
import { parseDocument } from 'yaml';
import { messageOf } from '../../base/index.ts';
import { StatusError } from '../types/index.ts';
import { ProtobufError } from './errors.ts';
import { parseMediaRanges } from './negotiation.ts';
import { parseProtobufBody } from './protobuf.ts';

/** Upstream's limit on request bodies, in bytes. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** A parsed body. `problems` are what a strict decoder refuses and a lax one warns of (duplicate YAML keys). */
export interface ParsedBody { value: unknown; problems: string[] }

const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** The whole body. Throws RequestEntityTooLarge past `maxBodyBytes` (the rest is not read) and BadRequest when the client leaves. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = () => new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`, {});
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBodyBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (thrown) {
    if (thrown instanceof StatusError) throw thrown;
    throw new StatusError('BadRequest', `unable to read the request body: ${messageOf(thrown)}`);
  }
  return Buffer.concat(chunks);
}

/** The media type of a Content-Type header, without parameters; '' when absent. */
export function mediaTypeOf(contentType: string | undefined): string {
  return contentType ? parseMediaRanges(contentType)[0]?.type ?? '' : '';
}

/** The object in a body. `kind` is named in errors. Throws UnsupportedMediaType or BadRequest. */
export function parseObjectBody(body: Buffer, contentType: string | undefined, kind: string): ParsedBody {
  const type = mediaTypeOf(contentType);
  if (type === '' || type === 'application/json') return parseJson(body, kind);
  if (type === 'application/yaml') return parseYaml(body, kind);
  if (type === 'application/vnd.kubernetes.protobuf') return parseProtobuf(body);
  throw unsupportedMediaType(accepted);
}

/** What upstream answers to a body of a type that it does not read; `types` are those it does. */
export function unsupportedMediaType(types: string): StatusError {
  return new StatusError('UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${types}`, {});
}

/** Parses JSON. Throws BadRequest. */
export function parseJson(body: Buffer, kind: string): ParsedBody {
  try {
    return { value: JSON.parse(body.toString('utf8')), problems: [] };
  } catch (thrown) {
    throw new StatusError('BadRequest', `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${messageOf(thrown)}`);
  }
}

/** JSON that is written again letter by letter cannot have duplicate keys; clients send mostly such, and the YAML parser takes ten times as long. */
function tryPlainJson(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text.trimEnd() ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Parses one YAML (or JSON) document; duplicate keys are problems, the last one wins. Throws BadRequest. */
export function parseYaml(body: Buffer, kind: string): ParsedBody {
  const text = body.toString('utf8');
  const plain = tryPlainJson(text);
  if (plain !== undefined) return { value: plain, problems: [] };
  try {
    const document = parseDocument(text, { merge: true });
    const fatal = document.errors.find((error) => error.code !== 'DUPLICATE_KEY');
    if (fatal) throw fatal;
    const value: unknown = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? null)); // refuses anchors that contain themselves
    return { value, problems: document.errors.map((error) => error.message.split('\n')[0]!) };
  } catch (thrown) {
    throw new StatusError('BadRequest', `the object provided is unrecognized (must be of type ${kind}): yaml: ${messageOf(thrown)}`);
  }
}

function parseProtobuf(body: Buffer): ParsedBody {
  try {
    return { value: parseProtobufBody(body), problems: [] };
  } catch (thrown) {
    if (thrown instanceof ProtobufError) throw new StatusError('BadRequest', thrown.message);
    throw thrown;
  }
}

// Decodes protobuf request bodies (client-go sends them for built-in kinds) into what the same request would be in JSON.
// Go writes every non-pointer field even when it is zero: those are dropped, zero pointers are kept, as in upstream's types.
import protobuf from 'protobufjs/minimal.js';
import { typeOf, typeOfField, type FieldInfo, type TypeInfo } from '../types/schema/index.ts';
import { ProtobufError } from './errors.ts';

type Reader = InstanceType<typeof protobuf.Reader>;
type Json = Record<string, unknown>;

/** The four bytes before runtime.Unknown. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
/** Nesting deeper than any real type; stops hostile bodies. */
const maxDepth = 64;

/** Decodes a body `k8s\0` + runtime.Unknown into JSON with apiVersion and kind. Throws ProtobufError. */
export function parseProtobufBody(body: Uint8Array): Json {
  if (body.length < 4 || magic.compare(body, 0, 4) !== 0) throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix "k8s\\0"');
  try {
    return decodeUnknown(body.subarray(4));
  } catch (thrown) {
    if (thrown instanceof ProtobufError) throw thrown;
    throw new ProtobufError(`proto: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

function decodeUnknown(bytes: Uint8Array): Json {
  const reader = protobuf.Reader.create(bytes);
  let apiVersion = '';
  let kind = '';
  let raw: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) {
        const inner = reader.uint32();
        if (inner >>> 3 === 1) apiVersion = reader.string();
        else if (inner >>> 3 === 2) kind = reader.string();
        else reader.skipType(inner & 7);
      }
    } else if (tag >>> 3 === 2) raw = reader.bytes();
    else reader.skipType(tag & 7);
  }
  const slash = apiVersion.indexOf('/');
  const type = typeOf({ group: slash < 0 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind });
  if (!type) throw new ProtobufError(`no kind "${kind}" is registered for version "${apiVersion}"`);
  return { apiVersion, kind, ...decodeMessage(protobuf.Reader.create(raw), raw.length, type, 0) };
}

function decodeMessage(reader: Reader, end: number, type: TypeInfo, depth: number): Json {
  if (depth > maxDepth) throw new ProtobufError('proto: message is nested too deeply');
  if (end > reader.len) throw new ProtobufError('proto: unexpected EOF');
  const out: Json = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = type.wire.get(tag >>> 3);
    if (!field) {
      reader.skipType(tag & 7);
    } else if (field.map) {
      const [key, value] = decodeEntry(reader, field, depth);
      out[field.name] = { ...(out[field.name] as Json | undefined), ...Object.fromEntries([[key, value]]) };
    } else if (field.repeated) {
      const list = (out[field.name] ??= []) as unknown[];
      if ((tag & 7) === 2 && isVarint(field)) for (const until = reader.uint32() + reader.pos; reader.pos < until;) list.push(decodeValue(reader, field, depth));
      else list.push(decodeValue(reader, field, depth));
    } else {
      const value = decodeValue(reader, field, depth);
      if (field.name === '') Object.assign(out, value);
      else if (keeps(field, value)) out[field.name] = value;
    }
  }
  if (reader.pos !== end) throw new ProtobufError('proto: unexpected EOF');
  return out;
}

function isVarint(field: FieldInfo): boolean {
  return field.type === 'bool' || field.type === 'int32' || field.type === 'int64';
}

/** Whether a decoded single value was set: pointers always, others unless zero; empty required structs stay, as JSON would show them. */
function keeps(field: FieldInfo, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (field.pointer) return true;
  if (field.type === 'message') return field.required || Object.keys(value as object).length > 0;
  return value !== 0 && value !== '' && value !== false;
}

function decodeEntry(reader: Reader, field: FieldInfo, depth: number): [string, unknown] {
  const end = reader.uint32() + reader.pos;
  let key = '';
  let value: unknown;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) key = reader.string();
    else if (tag >>> 3 === 2) value = decodeValue(reader, field, depth);
    else reader.skipType(tag & 7);
  }
  return [key, value ?? (field.type === 'message' ? {} : '')];
}

/** One value of a field; undefined for an unset time. */
function decodeValue(reader: Reader, field: FieldInfo, depth: number): unknown {
  switch (field.type) {
    case 'string': return reader.string();
    case 'bool': return reader.bool();
    case 'int32': return reader.int32();
    case 'int64': return Number(reader.int64());
    case 'double': return reader.double();
    case 'bytes': return Buffer.from(reader.bytes()).toString('base64');
    case 'message': {
      const end = reader.uint32() + reader.pos;
      const type = typeOfField(field);
      if (!type) throw new ProtobufError(`proto: the type of field "${field.name}" is not known`);
      return decodeMessage(reader, end, type, depth + 1);
    }
    default: return decodeSpecial(reader, field);
  }
}

/** Upstream's types with a JSON form of their own. */
function decodeSpecial(reader: Reader, field: FieldInfo): unknown {
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new ProtobufError('proto: unexpected EOF');
  const numbers: Record<number, number> = {};
  const blobs: Record<number, Uint8Array[]> = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    if ((tag & 7) === 0) numbers[tag >>> 3] = Number(reader.int64());
    else if ((tag & 7) === 2) (blobs[tag >>> 3] ??= []).push(reader.bytes());
    else reader.skipType(tag & 7);
  }
  const text = (number: number) => Buffer.from(blobs[number]?.[0] ?? []).toString('utf8');
  switch (field.type) {
    case 'quantity': return text(1);
    case 'intOrString': return numbers[1] === 1 ? text(3) : numbers[2] ?? 0;
    case 'time': return numbers[1] === undefined ? undefined : instant(numbers[1], 0, 0);
    case 'microTime': return numbers[1] === undefined ? undefined : instant(numbers[1], numbers[2] ?? 0, 6);
    case 'duration': return goDuration(numbers[1] ?? 0);
    case 'stringItems': return (blobs[1] ?? []).map((item) => Buffer.from(item).toString('utf8'));
    case 'fieldsV1': case 'rawExtension': case 'any': return blobs[1]?.[0]?.length ? parseRaw(text(1)) : undefined;
    default: throw new ProtobufError(`proto: field "${field.name}" has no protobuf form`);
  }
}

function parseRaw(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtobufError('proto: embedded object is not JSON');
  }
}

function instant(seconds: number, nanos: number, digits: number): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return digits === 0 ? `${whole}Z` : `${whole}.${String(Math.floor(nanos / 1000)).padStart(digits, '0')}Z`;
}

/** metav1.Duration as Go prints it, in its shortest exact unit. */
function goDuration(nanos: number): string {
  const seconds = nanos / 1e9;
  if (seconds === 0) return '0s';
  const hours = Math.trunc(seconds / 3600);
  const minutes = Math.trunc((seconds % 3600) / 60);
  return `${hours ? `${hours}h` : ''}${hours || minutes ? `${minutes}m` : ''}${+(seconds % 60).toFixed(9)}s`;
}

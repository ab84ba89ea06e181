// From a client's JSON to an object of a known type: unknown fields are reported and dropped, values checked and normalised as Go's types do.
import { typeOfField } from '../types/schema/index.ts';
import type { FieldInfo, TypeInfo } from '../types/schema/index.ts';
import { copyJson, isObject } from './json.ts';
import type { Json } from './json.ts';
import { canonicalQuantity, tryQuantity } from './quantity.ts';

/** A value of the wrong JSON type; the message is worded as Go's decoder words it. */
export class DecodeError extends Error {}

/** A fresh object, and one sentence per unknown field (`unknown field "spec.x"`). */
export interface Decoded { object: Json; problems: string[] }

/** Decodes a body as `type`; throws DecodeError. Null values count as absent. */
export function decodeObject(body: Json, type: TypeInfo): Decoded {
  const problems: string[] = [];
  return { object: decodeMessage(body, type, '', problems), problems };
}

function decodeMessage(body: Json, type: TypeInfo, path: string, problems: string[]): Json {
  const result: Json = {};
  for (const key in body) {
    const value = body[key];
    const field = type.fields.get(key);
    if (value === undefined) continue;
    if (!field) {
      problems.push(`unknown field "${path}${key}"`);
      continue;
    }
    if (value === null) continue;
    const decoded = decodeField(value, field, type, `${path}${key}`, problems);
    // What Go would not write back is not kept, so that {} and absent are one and the same.
    if (field.omitEmpty && !field.pointer && isEmpty(decoded, field)) continue;
    result[key] = decoded;
  }
  return result;
}

function isEmpty(value: unknown, field: FieldInfo): boolean {
  if (value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (field.map) return Object.keys(value as Json).length === 0;
  return false;
}

function decodeField(value: unknown, field: FieldInfo, parent: TypeInfo, path: string, problems: string[]): unknown {
  if (field.map) {
    if (!isObject(value)) throw mismatch(value, parent, path, `map[string]${goName(field)}`);
    const result: Json = {};
    for (const key in value) {
      if (value[key] === undefined) continue;
      if (value[key] === null) { if (field.type === 'string') result[key] = ''; continue; }
      result[key] = decodeValue(value[key], field, parent, `${path}.${key}`, path, problems);
    }
    return result;
  }
  if (!field.repeated) return decodeValue(value, field, parent, path, path, problems);
  if (!Array.isArray(value)) throw mismatch(value, parent, path, `[]${goName(field)}`);
  return value.map((item, at) => decodeValue(item ?? zeroOf(field), field, parent, `${path}[${at}]`, path, problems));
}

function zeroOf(field: FieldInfo): unknown {
  return field.type === 'message' ? {} : field.type === 'bool' ? false : field.type === 'int32' || field.type === 'int64' ? 0 : '';
}

function decodeValue(value: unknown, field: FieldInfo, parent: TypeInfo, path: string, goPath: string, problems: string[]): unknown {
  const fail = (): never => { throw mismatch(value, parent, goPath, goName(field)); };
  switch (field.type) {
    case 'message':
      if (!isObject(value)) return fail();
      return decodeMessage(value, typeOfField(field)!, `${path}.`, problems);
    case 'string':
      return typeof value === 'string' ? value : fail();
    case 'bool':
      return typeof value === 'boolean' ? value : fail();
    case 'int32':
    case 'int64':
      return typeof value === 'number' && Number.isInteger(value) && (field.type === 'int64' || Math.abs(value) <= 2 ** 31) ? value : fail();
    case 'double':
      return typeof value === 'number' ? value : fail();
    case 'bytes':
      if (typeof value !== 'string') return fail();
      if (!isBase64(value)) throw new DecodeError(`illegal base64 data at input byte ${badBase64At(value)}`);
      return value;
    case 'quantity':
      return decodeQuantity(value, fail);
    case 'intOrString':
      return typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value)) ? value : fail();
    case 'time':
      return decodeTime(value, fail).toISOString().replace(/\.\d+Z$/, 'Z');
    case 'microTime':
      return decodeTime(value, fail).toISOString().replace(/\.(\d{3})Z$/, `.${typeof value === 'string' ? microsOf(value) : '$1000'}Z`);
    case 'duration':
      return typeof value === 'string' ? value : fail();
    case 'stringItems':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? [...value] : fail();
    case 'fieldsV1':
    case 'rawExtension':
    case 'any':
      return copyJson(value);
  }
}

function decodeQuantity(value: unknown, fail: () => never): string {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return fail();
  if (!tryQuantity(text)) throw new DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  return canonicalQuantity(text);
}

function decodeTime(value: unknown, fail: () => never): Date {
  if (typeof value !== 'string') return fail();
  const time = new Date(value);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value) || Number.isNaN(time.getTime())) {
    throw new DecodeError(`parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`);
  }
  return time;
}

function microsOf(text: string): string {
  return (/\.(\d+)/.exec(text)?.[1] ?? '').padEnd(6, '0').slice(0, 6);
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text.replaceAll(/[\r\n]/g, ''));
}

function badBase64At(text: string): number {
  const at = text.search(/[^A-Za-z0-9+/]/);
  return at < 0 ? text.length : at;
}

function goName(field: FieldInfo): string {
  const names: Partial<Record<FieldInfo['type'], string>> = {
    int32: 'int32', int64: 'int64', double: 'float64', bytes: '[]uint8', time: 'v1.Time', microTime: 'v1.MicroTime', quantity: 'resource.Quantity',
    intOrString: 'intstr.IntOrString', stringItems: '[]string',
  };
  if (field.type === 'message') return field.message!.split('.').slice(1).join('.');
  return names[field.type] ?? field.type;
}

function mismatch(value: unknown, parent: TypeInfo, path: string, goType: string): DecodeError {
  const kind = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value === 'boolean' ? 'bool'
    : typeof value === 'number' && !Number.isInteger(value) ? `number ${value}` : typeof value;
  const short = parent.name.split('.').at(-1);
  return new DecodeError(`json: cannot unmarshal ${kind} into Go struct field ${short}.${path.replaceAll(/\[\d+\]/g, '')} of type ${goType}`);
}

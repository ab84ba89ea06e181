// Reads kinds.json, the facts that infra/scripts/schemaTable.ts derived, type by type when first asked for.
import type { FieldInfo, ScalarType, TypeInfo } from './index.ts';
import { openApiNameOf } from './openApiName.ts';
import kinds from './kinds.json' with { type: 'json' };

const raw = kinds as unknown as Record<string, string[]>;

/** Lookup in the table. */
export interface SchemaTable {
  type(name: string): TypeInfo | undefined;
  /** Kinds of meta/v1 (DeleteOptions, Status) are found under any group and version. */
  kind(group: string, version: string, kind: string): TypeInfo | undefined;
}

const types = new Map<string, TypeInfo>();
let kindNames: Map<string, string> | undefined;

const table: SchemaTable = {
  type(name) {
    const known = types.get(name);
    if (known) return known;
    const lines = raw[name];
    if (!lines) return undefined;
    const type = parseType(name, lines);
    types.set(name, type);
    return type;
  },
  kind(group, version, kind) {
    kindNames ??= indexKinds();
    const name = kindNames.get(`${group}/${version}/${kind}`) ?? kindNames.get(`meta.k8s.io/v1/${kind}`);
    return name === undefined ? undefined : table.type(name);
  },
};

/** The table; its types are parsed on first use. */
export function loadTable(): SchemaTable {
  return table;
}

function indexKinds(): Map<string, string> {
  const index = new Map<string, string>();
  for (const name in raw) {
    const kind = raw[name]![0]!.split(' ')[0]!;
    if (kind.includes('/')) index.set(kind, name);
  }
  return index;
}

function parseType(name: string, lines: string[]): TypeInfo {
  const fields = new Map<string, FieldInfo>();
  const wire = new Map<number, FieldInfo>();
  for (const line of lines.slice(1)) {
    const field = parseField(line);
    if (field.number !== undefined) wire.set(field.number, field);
    if (field.name !== '') fields.set(field.name, field);
    else for (const [inlined, info] of table.type(field.message!)!.fields) fields.set(inlined, info);
  }
  return { name, openApiName: openApiNameOf(name), fields, wire, atomic: lines[0]!.split(' ').includes('atomic') };
}

function parseField(line: string): FieldInfo {
  const [name, number, shape, ...flags] = line.split(' ') as [string, string, string, ...string[]];
  const [, pointer, map, repeated, base] = /^(\*)?(\{\})?(\[\])?(.*)$/.exec(shape) as unknown as [string, string?, string?, string?, string?];
  const isMessage = base!.includes('.');
  const field: FieldInfo = {
    name: name === '.' ? '' : name, number: number === '-' ? undefined : Number(number),
    type: isMessage ? 'message' : base as ScalarType,
    repeated: repeated !== undefined, map: map !== undefined, pointer: pointer !== undefined, required: false, omitEmpty: false,
  };
  if (isMessage) field.message = base!;
  for (const flag of flags) {
    const [key, value = ''] = splitOnce(flag);
    if (key === 'required') field.required = true;
    else if (key === 'omit') field.omitEmpty = true;
    else if (key === 'atomic') field.atomic = true;
    else if (key === 'strategy') field.patchStrategy = value.split(',');
    else if (key === 'merge') field.patchMergeKey = value;
    else if (key === 'list') field.listType = value as 'atomic' | 'set' | 'map';
    else if (key === 'keys') field.listMapKeys = value.split(',');
    else if (key === 'default') field.defaultValue = JSON.parse(value);
  }
  return field;
}

function splitOnce(flag: string): [string, string?] {
  const at = flag.indexOf('=');
  return at < 0 ? [flag] : [flag.slice(0, at), flag.slice(at + 1)];
}

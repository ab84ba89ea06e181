// Derives server/engine/types/schema/kinds.json from the Go types of k8s.io/api and k8s.io/apimachinery.
//
// Usage: node infra/scripts/schemaTable.ts FOLDER > server/engine/types/schema/kinds.json
// FOLDER holds k8s.io/api and k8s.io/apimachinery, as Debian's golang-k8s-api-dev and golang-k8s-apimachinery-dev install
// them (usr/share/gocode/src). Only names, numbers, merge keys and defaults are read: facts, no prose.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** API group by folder of k8s.io/api; `meta` is apimachinery's. */
const groups: Record<string, string> = {
  core: '', apps: 'apps', batch: 'batch', autoscaling: 'autoscaling', policy: 'policy',
  networking: 'networking.k8s.io', discovery: 'discovery.k8s.io', coordination: 'coordination.k8s.io', events: 'events.k8s.io',
  rbac: 'rbac.authorization.k8s.io', authentication: 'authentication.k8s.io', authorization: 'authorization.k8s.io',
};
const packages = [
  'core.v1', 'apps.v1', 'batch.v1', 'networking.v1', 'policy.v1', 'autoscaling.v1', 'autoscaling.v2', 'rbac.v1',
  'discovery.v1', 'coordination.v1', 'events.v1', 'authentication.v1', 'authorization.v1',
];
/** Kinds that clients send although they are not resources. */
const metaRoots = ['DeleteOptions', 'Status', 'WatchEvent', 'ListMeta', 'PartialObjectMetadata'];

const scalars: Record<string, string> = {
  string: 'string', bool: 'bool', int: 'int32', int32: 'int32', int64: 'int64', float64: 'double', '[]byte': 'bytes', byte: 'int32', uint8: 'int32',
  'resource.v1.Quantity': 'quantity', 'intstr.IntOrString': 'intOrString', 'meta.v1.Time': 'time', 'meta.v1.MicroTime': 'microTime',
  'meta.v1.Duration': 'duration', 'meta.v1.FieldsV1': 'fieldsV1', 'runtime.RawExtension': 'rawExtension', 'types.UID': 'string',
  'types.NodeName': 'string',
};

interface GoField { go: string; type: string; tags: Record<string, string>; markers: Map<string, string[]> }
interface GoType { name: string; underlying?: string; fields?: GoField[]; markers: Map<string, string[]> }

const root = process.argv[2];
if (!root) {
  process.stderr.write('usage: node infra/scripts/schemaTable.ts FOLDER\n');
  process.exit(2);
}
const types = new Map<string, GoType>();
const constants = new Map<string, string>();
for (const name of [...packages, 'meta.v1']) readPackage(name);
process.stdout.write(render(collect()));

function folderOf(name: string): string {
  const [group, version] = name.split('.') as [string, string];
  return group === 'meta' ? join(root!, 'k8s.io/apimachinery/pkg/apis/meta', version) : join(root!, 'k8s.io/api', group, version);
}

function readPackage(name: string): void {
  const folder = folderOf(name);
  if (!existsSync(folder)) throw new Error(`no such folder: ${folder}`);
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.go') || file.includes('generated') || file.endsWith('_test.go')) continue;
    readFile(name, readFileSync(join(folder, file), 'utf8'));
  }
}

function readFile(pkg: string, source: string): void {
  const imports = new Map<string, string>();
  for (const [, alias, path] of source.matchAll(/^\s*(?:import\s+)?(\w+)?\s*"(k8s\.io\/[^"]+)"$/gm)) {
    const parts = path!.split('/');
    const version = parts.at(-1)!;
    const target = /^v\d/.test(version) ? `${parts.at(-2)}.${version}` : version === 'resource' ? 'resource.v1' : version;
    imports.set(alias ?? version, target);
  }
  const resolve = (type: string): string => {
    const match = /^((?:\*|\[\]|map\[[\w.]+\])*)([\w.]+)$/.exec(type);
    if (!match) return type;
    const [, prefix, base] = match as unknown as [string, string, string];
    if (scalars[base] && !base.includes('.')) return prefix + base;
    const [left, right] = base.split('.');
    return prefix + (right === undefined ? `${pkg}.${left}` : `${imports.get(left!) ?? left}.${right}`);
  };
  let comments: string[] = [];
  let current: GoType | undefined;
  for (const line of source.split('\n')) {
    const text = line.trim();
    if (text.startsWith('//')) { comments.push(text.slice(2).trim()); continue; }
    const constant = /^(\w+)\s+(?:\w+\s+)?=\s*"([^"]*)"/.exec(text);
    if (constant) constants.set(`${pkg}.${constant[1]}`, constant[2]!);
    if (!current) {
      const head = /^type (\w+) (=\s*)?(.+?)\s*(\{)?$/.exec(text);
      if (head) {
        const type: GoType = { name: `${pkg}.${head[1]}`, markers: markersOf(comments) };
        if (head[3] === 'struct') { type.fields = []; current = type; }
        else if (head[3] !== 'interface') type.underlying = resolve(head[3]!.replace(/\s+\/\/.*/, ''));
        if (head[3] !== 'interface') types.set(type.name, type);
      }
      if (text !== '') comments = [];
      else if (!/^\s*$/.test(text)) comments = [];
      continue;
    }
    if (text === '}') { current = undefined; comments = []; continue; }
    const field = /^(?:(\w+)\s+)?([\w.*[\]]+)\s+`([^`]*)`/.exec(text);
    if (field) {
      const tags = Object.fromEntries([...field[3]!.matchAll(/(\w+):"([^"]*)"/g)].map((m) => [m[1]!, m[2]!]));
      current.fields!.push({ go: field[1] ?? '', type: resolve(field[2]!), tags, markers: markersOf(comments) });
      comments = [];
    }
  }
}

function markersOf(comments: string[]): Map<string, string[]> {
  const markers = new Map<string, string[]>();
  for (const comment of comments) {
    const match = /^\+([\w:.]+)(?:=(.*))?$/.exec(comment);
    if (match) markers.set(match[1]!, [...(markers.get(match[1]!) ?? []), match[2] ?? '']);
  }
  return markers;
}

/** Splits a Go type into its shape and what it is made of, following named maps, lists and strings. */
function shapeOf(type: string): { pointer: boolean; repeated: boolean; map: boolean; base: string } {
  let pointer = false, repeated = false, map = false;
  for (let rest = type; ;) {
    if (rest.startsWith('*')) { pointer = true; rest = rest.slice(1); continue; }
    if (rest === '[]byte') return { pointer, repeated, map, base: 'bytes' };
    if (rest.startsWith('[]')) { repeated = true; rest = rest.slice(2); continue; }
    const entry = /^map\[[\w.]+\](.*)$/.exec(rest);
    if (entry) { map = true; rest = entry[1]!; continue; }
    const scalar = scalars[rest];
    if (scalar) return { pointer, repeated, map, base: scalar };
    const known = types.get(rest);
    if (!known) throw new Error(`unknown type ${rest}`);
    if (known.fields) return { pointer, repeated, map, base: rest };
    if (known.underlying === '[]string' && (map || repeated)) return { pointer, repeated, map, base: 'stringItems' };
    rest = known.underlying!;
  }
}

/** One line for a field: `name number type flags…`, the format that schema/table.ts reads. */
function fieldLine(field: GoField, uses: (type: string) => void): string | undefined {
  const [json = '', ...options] = (field.tags.json ?? '').split(',');
  if (json === '-') return undefined;
  const shape = shapeOf(field.type);
  if (shape.base.includes('.')) uses(shape.base);
  const inline = json === '' && (options.includes('inline') || field.go === '');
  const number = field.tags.protobuf?.split(',')[1] ?? '-';
  const omit = options.includes('omitempty') || options.includes('omitzero');
  const parts = [inline ? '.' : json || field.go, number, `${shape.pointer ? '*' : ''}${shape.map ? '{}' : ''}${shape.repeated ? '[]' : ''}${shape.base}`];
  if (!inline && !omit && !field.markers.has('optional')) parts.push('required');
  if (omit) parts.push('omit');
  if (field.tags.patchStrategy) parts.push(`strategy=${field.tags.patchStrategy}`);
  if (field.tags.patchMergeKey) parts.push(`merge=${field.tags.patchMergeKey}`);
  const listType = field.markers.get('listType')?.[0];
  if (listType) parts.push(`list=${listType}`);
  const keys = field.markers.get('listMapKey');
  if (keys) parts.push(`keys=${keys.join(',')}`);
  if (field.markers.get('mapType')?.[0] === 'atomic' || field.markers.get('structType')?.[0] === 'atomic') parts.push('atomic');
  const byDefault = defaultOf(field);
  if (byDefault !== undefined) parts.push(`default=${JSON.stringify(byDefault)}`);
  return parts.join(' ');
}

function defaultOf(field: GoField): unknown {
  const text = field.markers.get('default')?.[0];
  if (text === undefined) return undefined;
  const reference = /^ref\((.*)\)$/.exec(text);
  if (!reference) return JSON.parse(text);
  const name = reference[1]!;
  const pkg = name.includes('.') ? name.replace('k8s.io/api/core/v1', 'core.v1') : `core.v1.${name}`;
  const value = constants.get(pkg);
  if (value === undefined) throw new Error(`default ${text}: no such constant`);
  return value;
}

function collect(): Map<string, { kind?: string; atomic: boolean; fields: string[] }> {
  const found = new Map<string, { kind?: string; atomic: boolean; fields: string[] }>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    const type = types.get(name);
    if (!type?.fields) throw new Error(`not a struct: ${name}`);
    const [group, version, short] = name.split('.') as [string, string, string];
    const isKind = type.fields.some((field) => field.type === 'meta.v1.TypeMeta');
    const entry: { kind?: string; atomic: boolean; fields: string[] } = { atomic: type.markers.get('structType')?.[0] === 'atomic', fields: [] };
    if (isKind) entry.kind = group === 'meta' ? `meta.k8s.io/${version}/${short}` : `${groups[group]}/${version}/${short}`;
    found.set(name, entry);
    for (const field of type.fields) {
      const line = fieldLine(field, visit);
      if (line) entry.fields.push(line);
    }
  };
  for (const type of types.values()) {
    const [group, , short] = type.name.split('.') as [string, string, string];
    if (!type.fields?.some((field) => field.type === 'meta.v1.TypeMeta')) continue;
    if (group !== 'meta' || metaRoots.includes(short)) visit(type.name);
  }
  return found;
}

function render(found: ReturnType<typeof collect>): string {
  const lines = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => {
    const flags = [entry.kind === undefined ? '' : entry.kind, entry.atomic ? 'atomic' : ''].filter(Boolean).join(' ');
    return `${JSON.stringify(name)}:${JSON.stringify([flags, ...entry.fields])}`;
  });
  return `{\n${lines.join(',\n')}\n}\n`;
}

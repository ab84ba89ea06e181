// Whatever a client sends, the registry answers with a Status and stays whole: random objects of each kind's own schema.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '../types/index.ts';
import { typeByName, typeOf, typeOfField } from '../types/schema/index.ts';
import type { FieldInfo, TypeInfo } from '../types/schema/index.ts';
import type { Patch, Registry, Target } from './index.ts';
import { copyJson } from './json.ts';
import type { Json } from './json.ts';
import { makeTestBed } from './testing.ts';

/** A small generator (mulberry32), so that a failure comes back with its seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const texts = ['', 'a', 'web', 'TCP', 'None', 'Always', 'NodePort', 'ExternalName', 'LoadBalancer', 'ClientIP', '10.96.0.5', '10.0.0.0/8', '::/0', 'A b', 'x/y', '80%', '1Gi', '2026-01-01T00:00:00Z', 'In', 'RollingUpdate', 'IPv4', 'Orphan', '😀', '\u0000'];

const fitting: Partial<Record<FieldInfo['type'], unknown>> = { time: '2026-01-01T00:00:00Z', microTime: '2026-01-01T00:00:00Z', quantity: '1Gi', bytes: 'YQ==', stringItems: ['a'], duration: '1s' };

function makeValue(field: FieldInfo, random: () => number, depth: number): unknown {
  if (random() < 0.03) return [null, 7, 'text', [], {}, true][Math.floor(random() * 6)];
  const one = (): unknown => {
    if (field.type === 'message') return makeObject(typeByName(field.message!)!, random, depth + 1);
    if (field.type === 'bool') return random() < 0.5;
    if (field.type === 'int32' || field.type === 'int64' || field.type === 'double') return [0, 1, -1, 80, 30_080, 70_000][Math.floor(random() * 6)];
    if (field.type === 'intOrString' && random() < 0.5) return 80;
    if (random() < 0.9 && fitting[field.type]) return fitting[field.type];
    if (field.type === 'fieldsV1' || field.type === 'rawExtension') return { 'f:spec': { 'f:x': {} } };
    return texts[Math.floor(random() * texts.length)];
  };
  if (field.map) return Object.fromEntries(Array.from({ length: Math.floor(random() * 3) }, () => [texts[Math.floor(random() * texts.length)], one()]));
  return field.repeated ? Array.from({ length: Math.floor(random() * 3) }, one) : one();
}

function makeObject(type: TypeInfo, random: () => number, depth = 0): Json {
  const keep = depth < 2 ? 0.7 : depth < 5 ? 0.35 : 0.1;
  const result: Json = {};
  for (const field of type.fields.values()) {
    if (['apiVersion', 'kind', 'deletionTimestamp', 'resourceVersion'].includes(field.name) && depth < 2) continue;
    if (random() < keep) result[field.name] = makeValue(field, random, depth);
  }
  return result;
}

const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
const workload = { spec: { selector: { matchLabels: { app: 'x' } }, template } };
const examples: Record<string, Json> = {
  Pod: { spec: template.spec }, Deployment: workload, ReplicaSet: workload, StatefulSet: workload, DaemonSet: workload, ControllerRevision: { data: { a: 1 }, revision: 1 },
  HorizontalPodAutoscaler: { spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'x' } } }, PodDisruptionBudget: { spec: { minAvailable: 1 } },
  Role: { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }, ClusterRoleBinding: { roleRef: { kind: 'ClusterRole', name: 'x' }, subjects: [{ kind: 'User', name: 'x' }] },
  Job: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } }, CronJob: { spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } } } },
  Service: { spec: { ports: [{ port: 80 }] } }, EndpointSlice: { addressType: 'IPv4', endpoints: [] },
};

/** One or two random fields of a type's spec, to bend a valid object a little. */
function fewFields(type: TypeInfo, random: () => number): Json {
  const spec = typeOfField(type.fields.get('spec') ?? type.fields.get('metadata')!)!;
  const fields = [...spec.fields.values()];
  return Object.fromEntries(Array.from({ length: Math.floor(random() * 3) }, () => fields[Math.floor(random() * fields.length)]!).map((field) => [field.name, makeValue(field, random, 3)]));
}

function attempt(action: () => unknown, seed: number): void {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof StatusError, `seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

function assault(registry: Registry, seed: number): void {
  const random = randomFrom(seed);
  const stored = registry.resources.filter((resource) => !resource.virtual);
  const resource = stored[Math.floor(random() * stored.length)]!;
  const type = typeOf(resource)!;
  const target: Target = { resource, ...(resource.namespaced ? { namespace: 'default' } : {}), name: 'x' };
  const body = (): Json => {
    const example = copyJson(examples[resource.kind] ?? {});
    const object = random() < 0.3 ? makeObject(type, random) : { ...example, spec: { ...example.spec as Json, ...fewFields(type, random) } };
    if (random() < 0.8) object.metadata = random() < 0.7 ? { name: 'x' } : { ...(object.metadata as Json | null), name: 'x' };
    if (resource.namespaced && typeof object.metadata === 'object' && object.metadata !== null) delete (object.metadata as Json).namespace;
    return object;
  };
  attempt(() => registry.create({ ...target }, body()), seed);
  attempt(() => registry.update(target, body()), seed);
  const patches: Patch[] = [{ type: 'merge', body: body() }, { type: 'strategic', body: body() }, { type: 'apply', body: { ...body(), apiVersion: resource.group ? `${resource.group}/${resource.version}` : 'v1', kind: resource.kind } }, { type: 'json', body: [{ op: 'replace', path: '/spec', value: body().spec ?? null }] }];
  for (const patch of patches) attempt(() => registry.patch(target, patch, { fieldManager: `m${Math.floor(random() * 3)}`, force: random() < 0.5 }), seed);
  for (const part of resource.subresources) {
    const partTarget = { ...target, subresource: part.name };
    if (part.verbs.includes('create')) attempt(() => registry.create(partTarget, makeObject(typeOf(part)!, random)), seed);
    if (part.verbs.includes('update')) attempt(() => registry.update(partTarget, { ...makeObject(typeOf(part)!, random), metadata: { name: 'x' } }), seed);
    if (part.verbs.includes('patch')) attempt(() => registry.patch(partTarget, { type: 'merge', body: makeObject(typeOf(part)!, random) }), seed);
  }
  if (random() < 0.3) attempt(() => registry.delete(target, { propagationPolicy: 'Foreground' }), seed);
  if (random() < 0.3) attempt(() => registry.delete(target, { gracePeriodSeconds: 0 }), seed);
}

test('random bodies are answered with a Status', () => {
  const { registry } = makeTestBed();
  const rounds = Number(process.env.PATCHBAY_FUZZ_ROUNDS ?? 2_000);
  for (let seed = 1; seed <= rounds; seed++) assault(registry, seed);
  assert.ok(registry.list({ resource: { group: '', version: 'v1', resource: 'namespaces' } }).items.length >= 1);
});

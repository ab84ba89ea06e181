// Protobuf bodies as client-go writes them: every non-pointer field present, zero or not.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import protobuf from 'protobufjs/minimal.js';
import { typeOf, typeOfField, type FieldInfo, type TypeInfo } from '../types/schema/index.ts';
import { ProtobufError } from './errors.ts';
import { parseProtobufBody } from './protobuf.ts';

type Fill = (writer: protobuf.Writer) => void;
const message = (fill: Fill) => {
  const writer = protobuf.Writer.create();
  fill(writer);
  return writer.finish();
};
const field = (type: TypeInfo, name: string): FieldInfo & { number: number } => type.fields.get(name) as FieldInfo & { number: number };
const tag = (number: number, wire: number) => (number << 3) | wire;

function body(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array {
  const typeMeta = message((w) => w.uint32(tag(1, 2)).string(apiVersion).uint32(tag(2, 2)).string(kind));
  const unknown = message((w) => w.uint32(tag(1, 2)).bytes(typeMeta).uint32(tag(2, 2)).bytes(raw).uint32(tag(3, 2)).string('').uint32(tag(4, 2)).string(''));
  return Buffer.concat([Buffer.from('k8s\0'), unknown]);
}

const deployment = typeOf({ group: 'apps', version: 'v1', kind: 'Deployment' })!;
const spec = typeOfField(field(deployment, 'spec'))!;
const template = typeOfField(field(spec, 'template'))!;
const podSpec = typeOfField(field(template, 'spec'))!;
const container = typeOfField(field(podSpec, 'containers'))!;
const meta = typeOfField(field(deployment, 'metadata'))!;

describe('decoding', () => {
  test('zero non-pointers are dropped, zero pointers stay, special messages take their JSON form', () => {
    const resources = typeOfField(field(container, 'resources'))!;
    const quantityEntry = message((w) => w.uint32(tag(1, 2)).string('cpu').uint32(tag(2, 2)).bytes(message((q) => q.uint32(tag(1, 2)).string('100m'))));
    const containerBytes = message((w) => w
      .uint32(tag(field(container, 'name').number, 2)).string('web')
      .uint32(tag(field(container, 'workingDir').number, 2)).string('')
      .uint32(tag(field(container, 'tty').number, 0)).bool(false)
      .uint32(tag(field(container, 'resources').number, 2)).bytes(message((r) => r.uint32(tag(field(resources, 'requests').number, 2)).bytes(quantityEntry))));
    const podBytes = message((w) => w
      .uint32(tag(field(podSpec, 'containers').number, 2)).bytes(containerBytes)
      .uint32(tag(field(podSpec, 'restartPolicy').number, 2)).string('')
      .uint32(tag(field(podSpec, 'terminationGracePeriodSeconds').number, 0)).int64(0)
      .uint32(tag(field(podSpec, 'hostNetwork').number, 0)).bool(false));
    const raw = message((w) => w
      .uint32(tag(field(deployment, 'metadata').number, 2)).bytes(message((m) => m
        .uint32(tag(field(meta, 'name').number, 2)).string('web')
        .uint32(tag(field(meta, 'generation').number, 0)).int64(0)
        .uint32(tag(field(meta, 'creationTimestamp').number, 2)).bytes(new Uint8Array())
        .uint32(tag(field(meta, 'deletionTimestamp').number, 2)).bytes(message((t) => t.uint32(tag(1, 0)).int64(1_700_000_000).uint32(tag(2, 0)).int32(0)))))
      .uint32(tag(field(deployment, 'spec').number, 2)).bytes(message((s) => s
        .uint32(tag(field(spec, 'replicas').number, 0)).int32(0)
        .uint32(tag(field(spec, 'minReadySeconds').number, 0)).int32(0)
        .uint32(tag(field(spec, 'paused').number, 0)).bool(false)
        .uint32(tag(field(spec, 'template').number, 2)).bytes(message((t) => t.uint32(tag(field(template, 'spec').number, 2)).bytes(podBytes)))))
      .uint32(tag(field(deployment, 'status').number, 2)).bytes(message((s) => s.uint32(tag(1, 0)).int64(0))));
    assert.deepEqual(parseProtobufBody(body('apps/v1', 'Deployment', raw)), {
      apiVersion: 'apps/v1', kind: 'Deployment',
      metadata: { name: 'web', deletionTimestamp: '2023-11-14T22:13:20Z' },
      spec: { replicas: 0, template: { spec: { containers: [{ name: 'web', resources: { requests: { cpu: '100m' } } }], terminationGracePeriodSeconds: 0 } } },
    });
  });

  test('bytes are base64, IntOrString keeps its type, empty list elements stay', () => {
    const secret = typeOf({ group: '', version: 'v1', kind: 'Secret' })!;
    const entry = message((w) => w.uint32(tag(1, 2)).string('k').uint32(tag(2, 2)).bytes(Buffer.from('hi')));
    assert.deepEqual(parseProtobufBody(body('v1', 'Secret', message((w) => w.uint32(tag(field(secret, 'data').number, 2)).bytes(entry)))), { apiVersion: 'v1', kind: 'Secret', data: { k: 'aGk=' } });

    const service = typeOf({ group: '', version: 'v1', kind: 'Service' })!;
    const serviceSpec = typeOfField(field(service, 'spec'))!;
    const port = typeOfField(field(serviceSpec, 'ports'))!;
    const target = (type: number, int: number, text: string) => message((w) => w.uint32(tag(1, 0)).int64(type).uint32(tag(2, 0)).int32(int).uint32(tag(3, 2)).string(text));
    const ports = message((w) => {
      for (const value of [target(0, 8080, ''), target(1, 0, 'http')]) w.uint32(tag(field(serviceSpec, 'ports').number, 2)).bytes(message((p) => p.uint32(tag(field(port, 'targetPort').number, 2)).bytes(value)));
      w.uint32(tag(field(serviceSpec, 'ports').number, 2)).bytes(new Uint8Array());
    });
    const decoded = parseProtobufBody(body('v1', 'Service', message((w) => w.uint32(tag(field(service, 'spec').number, 2)).bytes(ports))));
    assert.deepEqual(decoded['spec'], { ports: [{ targetPort: 8080 }, { targetPort: 'http' }, {}] });
  });

  test('bodies that are none', () => {
    assert.throws(() => parseProtobufBody(Buffer.from('{}')), ProtobufError);
    assert.throws(() => parseProtobufBody(body('v1', 'NoSuchKind', new Uint8Array())), ProtobufError);
    assert.throws(() => parseProtobufBody(body('v1', 'Pod', Buffer.from([0x0a, 0x7f, 0x01]))), ProtobufError);
    assert.throws(() => parseProtobufBody(body('v1', 'Pod', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))), ProtobufError);
  });
});

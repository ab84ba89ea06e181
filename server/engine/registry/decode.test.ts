// Bodies become what Go's types would have kept; quantities take their canonical form.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { typeByName } from '../types/schema/index.ts';
import { decodeObject, DecodeError } from './decode.ts';
import { canonicalQuantity, tryQuantity } from './quantity.ts';

const decode = (type: string, body: Record<string, unknown>): Record<string, unknown> => decodeObject(body, typeByName(type)!).object;

describe('decode', () => {
  test('empty and null are absent, zero behind a pointer is kept', () => {
    assert.deepEqual(decode('core.v1.PodSpec', { terminationGracePeriodSeconds: 0, hostNetwork: false, nodeName: '', nodeSelector: {}, volumes: null, securityContext: {} }), { terminationGracePeriodSeconds: 0, securityContext: {} });
    assert.deepEqual(decode('core.v1.ContainerStatus', { ready: false, restartCount: 0, name: 'x' }), { ready: false, restartCount: 0, name: 'x' });
  });

  test('times lose fractions, micro times keep six digits', () => {
    assert.deepEqual(decode('meta.v1.ObjectMeta', { creationTimestamp: '2026-01-02T03:04:05.678Z' }), { creationTimestamp: '2026-01-02T03:04:05Z' });
    assert.deepEqual(decode('coordination.v1.LeaseSpec', { renewTime: '2026-01-02T03:04:05.123456Z' }), { renewTime: '2026-01-02T03:04:05.123456Z' });
    assert.deepEqual(decode('coordination.v1.LeaseSpec', { renewTime: '2026-01-02T05:04:05+02:00' }), { renewTime: '2026-01-02T03:04:05.000000Z' });
  });

  test('unknown fields are named by path', () => {
    const { problems } = decodeObject({ containers: [{ name: 'a', foo: 1 }, { ports: [{ bar: 1 }] }], x: 1 }, typeByName('core.v1.PodSpec')!);
    assert.deepEqual(problems, ['unknown field "containers[0].foo"', 'unknown field "containers[1].ports[0].bar"', 'unknown field "x"']);
  });

  test('wrong types are refused', () => {
    for (const [type, body] of [
      ['core.v1.PodSpec', { containers: {} }], ['core.v1.PodSpec', { hostNetwork: 'yes' }], ['core.v1.ServicePort', { port: 1.5 }], ['core.v1.ServicePort', { port: '80' }],
      ['core.v1.Secret', { data: { a: 'not base64' } }], ['core.v1.ConfigMap', { data: { a: 1 } }], ['core.v1.ResourceRequirements', { limits: { cpu: 'lots' } }], ['meta.v1.ObjectMeta', { creationTimestamp: 'now' }],
    ] as const) assert.throws(() => decode(type, body), DecodeError, JSON.stringify(body));
  });

  test('a body cannot reach prototypes', () => {
    const body = JSON.parse('{"metadata":{"labels":{"__proto__":"x","constructor":"y"}},"__proto__":{"polluted":true}}') as Record<string, unknown>;
    decode('core.v1.ConfigMap', body);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});

describe('quantities', () => {
  test('canonical form', () => {
    for (const [text, expected] of [['0.5', '500m'], ['1000m', '1'], ['1024Mi', '1Gi'], ['1500M', '1500M'], ['1', '1'], ['0', '0'], ['100m', '100m'], ['1e3', '1e3'], ['1.5Gi', '1536Mi'], ['12000', '12k'], ['-1', '-1'], ['0.1Ki', '102400m']]) {
      assert.equal(canonicalQuantity(text!), expected, text);
    }
  });

  test('comparison and refusal', () => {
    assert.equal(tryQuantity('1Ki')!.nano, tryQuantity('1.024k')!.nano);
    assert.equal(tryQuantity('1 Gi'), undefined);
    assert.equal(tryQuantity(''), undefined);
    assert.equal(tryQuantity('1Mb'), undefined);
  });
});

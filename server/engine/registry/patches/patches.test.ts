// JSON, merge and strategic merge patches by example.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { typeByName } from '../../types/schema/index.ts';
import type { Json } from '../json.ts';
import { PatchError } from './errors.ts';
import { applyJsonPatch } from './json.ts';
import { mergePatch } from './merge.ts';
import { strategicPatch } from './strategic.ts';

const podSpec = (target: Json, patch: Json): Json => strategicPatch(target, patch, typeByName('core.v1.PodSpec'));

describe('merge patch', () => {
  test('RFC 7396', () => {
    assert.deepEqual(mergePatch({ a: { b: 1, c: 2 }, d: [1, 2], e: 5 }, { a: { b: null, x: { y: 1 } }, d: [3], e: { f: 1 } }), { a: { c: 2, x: { y: 1 } }, d: [3], e: { f: 1 } });
  });
});

describe('JSON patch', () => {
  test('operations in order', () => {
    const target = { a: [1, 2], m: { 'x/y': 1 } };
    assert.deepEqual(applyJsonPatch(target, [
      { op: 'test', path: '/a/0', value: 1 }, { op: 'add', path: '/a/-', value: 3 }, { op: 'remove', path: '/a/0' },
      { op: 'replace', path: '/m/x~1y', value: 2 }, { op: 'copy', from: '/a', path: '/b' }, { op: 'move', from: '/m', path: '/n' },
    ]), { a: [2, 3], b: [2, 3], n: { 'x/y': 2 } });
    assert.deepEqual(target, { a: [1, 2], m: { 'x/y': 1 } });
  });

  test('what does not fit is invalid, what is no patch malformed', () => {
    const outcome = (patch: unknown[]): string => {
      try {
        applyJsonPatch({ a: 1, list: [1] }, patch);
      } catch (error) {
        if (error instanceof PatchError) return error.outcome;
        throw error;
      }
      return 'applied';
    };
    assert.equal(outcome([{ op: 'test', path: '/a', value: 2 }]), 'invalid');
    assert.equal(outcome([{ op: 'remove', path: '/b' }]), 'invalid');
    assert.equal(outcome([{ op: 'replace', path: '/b', value: 1 }]), 'invalid');
    assert.equal(outcome([{ op: 'add', path: '/b/c', value: 1 }]), 'invalid');
    assert.equal(outcome([{ op: 'add', path: '/list/9', value: 1 }]), 'invalid');
    assert.equal(outcome([{ op: 'add', path: '/__proto__/polluted', value: 1 }]), 'invalid');
    assert.equal(outcome([{ op: 'jump', path: '/a' }]), 'malformed');
    assert.equal(outcome(['x']), 'malformed');
    assert.equal(({} as Json).polluted, undefined);
  });
});

describe('strategic merge patch', () => {
  const two = { containers: [{ name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] }, { name: 'b', image: 'b:1' }] };

  test('lists with a merge key are merged by it, others replaced', () => {
    assert.deepEqual(podSpec(two, { containers: [{ name: 'a', image: 'a:2', env: [{ name: 'Y', value: '2' }] }, { name: 'c', image: 'c:1' }] }), {
      containers: [{ name: 'a', image: 'a:2', env: [{ name: 'Y', value: '2' }, { name: 'X', value: '1' }] }, { name: 'c', image: 'c:1' }, { name: 'b', image: 'b:1' }],
    });
    assert.deepEqual(podSpec({ tolerations: [{ key: 'a' }] }, { tolerations: [{ key: 'b' }] }), { tolerations: [{ key: 'b' }] });
  });

  test('$patch: delete takes an element, replace the list', () => {
    assert.deepEqual(podSpec(two, { containers: [{ name: 'a', $patch: 'delete' }] }), { containers: [{ name: 'b', image: 'b:1' }] });
    assert.deepEqual(podSpec(two, { containers: [{ $patch: 'replace' }, { name: 'z', image: 'z' }] }), { containers: [{ name: 'z', image: 'z' }] });
    assert.deepEqual(podSpec({ nodeSelector: { a: '1' } }, { nodeSelector: { $patch: 'replace', b: '2' } }), { nodeSelector: { b: '2' } });
  });

  test('$deleteFromPrimitiveList, with and without additions', () => {
    const metadata = typeByName('meta.v1.ObjectMeta');
    assert.deepEqual(strategicPatch({ finalizers: ['a', 'b'] }, { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c', 'b'] }, metadata), { finalizers: ['c', 'b'] });
    assert.deepEqual(strategicPatch({ finalizers: ['a', 'b'] }, { '$deleteFromPrimitiveList/finalizers': ['a'] }, metadata), { finalizers: ['b'] });
  });

  test('$setElementOrder', () => {
    const patch = { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'b', image: 'b:2' }] };
    assert.deepEqual((podSpec(two, patch).containers as Json[]).map((item) => `${item.name}=${item.image}`), ['b=b:2', 'a=a:1']);
    assert.deepEqual((podSpec(two, { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] }).containers as Json[]).map((item) => item.name), ['b', 'a']);
  });

  test('$retainKeys clears the rest, as for volumes and the deployment strategy', () => {
    assert.deepEqual(podSpec({ volumes: [{ name: 'v', emptyDir: {} }] }, { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] }), { volumes: [{ name: 'v', configMap: { name: 'c' } }] });
    assert.deepEqual(strategicPatch({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }, { strategy: { $retainKeys: ['type'], type: 'Recreate' } }, typeByName('apps.v1.DeploymentSpec')), { strategy: { type: 'Recreate' } });
  });

  test('null removes; an element without its key is refused; directives are not stored', () => {
    assert.deepEqual(podSpec({ nodeName: 'x', ...two }, { nodeName: null }), two);
    assert.throws(() => podSpec(two, { containers: [{ image: 'x' }] }), /does not contain declared merge key: name/);
    assert.deepEqual(podSpec({}, { containers: [{ name: 'a', '$setElementOrder/ports': [{ containerPort: 1 }], ports: [{ containerPort: 1 }] }] }), { containers: [{ name: 'a', ports: [{ containerPort: 1 }] }] });
  });

  test('service ports merge by port', () => {
    assert.deepEqual(strategicPatch({ ports: [{ port: 80, name: 'http' }] }, { ports: [{ port: 80, targetPort: 8080 }, { port: 443 }] }, typeByName('core.v1.ServiceSpec')), { ports: [{ port: 80, name: 'http', targetPort: 8080 }, { port: 443 }] });
  });
});

// Request bodies: formats, refusals, and queries that stand in for them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isStatus, type StatusReason } from '../types/index.ts';
import { warningHeader } from './answers.ts';
import { parseObjectBody } from './bodies.ts';
import { parsePatch } from './patchBodies.ts';
import { deleteOptions, dryRun, flag, integer } from './query.ts';

const refused = (reason: StatusReason) => (thrown: unknown) => isStatus(thrown, reason);
const parse = (text: string, type?: string) => parseObjectBody(Buffer.from(text), type, 'Pod');

describe('object bodies', () => {
  test('JSON with and without a content type, YAML by name', () => {
    assert.deepEqual(parse('{"a":1}').value, { a: 1 });
    assert.deepEqual(parse('{"a":1}', 'application/json; charset=utf-8').value, { a: 1 });
    assert.deepEqual(parse('a: {b: [1, "x", 20:30]}', 'application/yaml').value, { a: { b: [1, 'x', '20:30'] } });
  });

  test('a duplicate YAML key is a problem to report, not a refusal', () => {
    const { value, problems } = parse('a: 1\na: 2\n', 'application/yaml');
    assert.deepEqual(value, { a: 2 });
    assert.equal(problems.length, 1);
    assert.deepEqual([parse('{"a":1,"b":2}\n', 'application/yaml'), parse('{"a":1,"a":2}', 'application/yaml').problems.length], [{ value: { a: 1, b: 2 }, problems: [] }, 1]);
  });

  test('broken and unknown formats', () => {
    assert.throws(() => parse('{', 'application/json'), refused('BadRequest'));
    assert.throws(() => parse('a: [', 'application/yaml'), refused('BadRequest'));
    assert.throws(() => parse('k8s', 'application/vnd.kubernetes.protobuf'), refused('BadRequest'));
    assert.throws(() => parse('<a/>', 'text/xml'), refused('UnsupportedMediaType'));
    assert.throws(() => parse('a: &a [*a]', 'application/yaml'), refused('BadRequest'));
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)].join('\n');
    assert.throws(() => parse(bomb, 'application/yaml'), refused('BadRequest'));
  });
});

test('patches are told apart by content type', () => {
  const patch = (text: string, type: string) => parsePatch(Buffer.from(text), type).patch;
  assert.deepEqual(patch('[]', 'application/json-patch+json'), { type: 'json', body: [] });
  assert.deepEqual(patch('{"a":null}', 'application/merge-patch+json'), { type: 'merge', body: { a: null } });
  assert.deepEqual(patch('a: 1', 'application/apply-patch+yaml'), { type: 'apply', body: { a: 1 } });
  assert.throws(() => patch('{}', 'application/json-patch+json'), refused('BadRequest'));
  assert.throws(() => patch('[]', 'application/strategic-merge-patch+json'), refused('BadRequest'));
  assert.throws(() => patch('{}', 'application/json'), refused('UnsupportedMediaType'));
});

test('deletion options come from the body, or from the query without one', () => {
  const query = new URLSearchParams('gracePeriodSeconds=5&propagationPolicy=Foreground&dryRun=All');
  assert.deepEqual(deleteOptions(undefined, query), { gracePeriodSeconds: 5, propagationPolicy: 'Foreground', dryRun: true });
  assert.deepEqual(deleteOptions({ gracePeriodSeconds: 0, propagationPolicy: 'Background' }, query), { gracePeriodSeconds: 0, propagationPolicy: 'Background', dryRun: false });
  assert.throws(() => deleteOptions({ propagationPolicy: 'Later' }, query), refused('Invalid'));
  assert.throws(() => deleteOptions([], query), refused('BadRequest'));
});

test('query values convert as upstream converts them', () => {
  const query = new URLSearchParams('a&b=0&c=False&d=yes&e=12&f=x');
  assert.deepEqual(['a', 'b', 'c', 'd', 'z'].map((name) => flag(query, name)), [true, false, false, true, false]);
  assert.equal(integer(query, 'e'), 12);
  assert.throws(() => integer(query, 'f'), refused('BadRequest'));
  assert.throws(() => dryRun(['Some'], 'CreateOptions'), refused('Invalid'));
});

test('a warning stays one printable header', () => {
  assert.equal(warningHeader('unknown field "a"\r\nX: ü'), '299 - "unknown field \\"a\\" X: ?"');
});

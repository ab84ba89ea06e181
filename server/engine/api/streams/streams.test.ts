// What the queries of streams ask for, and which protocol is spoken.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStatus, type Pod } from '../../types/index.ts';
import { streamRequest } from './session.ts';
import { logOptions } from './log.ts';
import { containerOf } from './podTarget.ts';
import { forwardPorts } from './portForward.ts';
import { chooseProtocol, chooseSpdyProtocol } from './upgrade.ts';

const query = (text: string) => new URLSearchParams(text);

test('exec and attach', () => {
  assert.deepEqual(streamRequest(query('command=a&command=b&stdin=true&stdout=true&stderr=true&tty=true'), true), { command: ['a', 'b'], stdin: true, stdout: true, stderr: false, tty: true });
  assert.deepEqual(streamRequest(query('stdin=false&tty=false&stdout=true'), false), { command: [], stdin: false, stdout: true, stderr: false, tty: false });
  for (const text of ['command=a', 'stdout=true']) assert.throws(() => streamRequest(query(text), true), (thrown) => isStatus(thrown, 'BadRequest'), text);
});

test('logs', () => {
  assert.deepEqual(logOptions(query('follow=true&previous=false&timestamps=true&tailLines=0&limitBytes=5&pretty='), 'p'), { follow: true, previous: false, timestamps: true, tailLines: 0, limitBytes: 5 });
  assert.deepEqual(logOptions(query('sinceTime=2026-01-01T00:00:00Z'), 'p').sinceTime, new Date('2026-01-01T00:00:00Z'));
  for (const text of ['tailLines=-1', 'limitBytes=0', 'sinceSeconds=0', 'sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z']) assert.throws(() => logOptions(query(text), 'p'), (thrown) => isStatus(thrown, 'Invalid'), text);
  for (const text of ['tailLines=x', 'sinceTime=yesterday']) assert.throws(() => logOptions(query(text), 'p'), (thrown) => isStatus(thrown, 'BadRequest'), text);
});

test('ports to forward', () => {
  assert.deepEqual(forwardPorts(query('ports=80&ports=443,53')), [80, 443, 53]);
  for (const text of ['', 'ports=0', 'ports=65536', 'ports=x', `ports=${Array(65).fill(1).join(',')}`]) assert.throws(() => forwardPorts(query(text)), (thrown) => isStatus(thrown, 'BadRequest'), text);
});

test('the best protocol that both speak', () => {
  assert.equal(chooseProtocol('exec', new Set(['channel.k8s.io', 'v4.channel.k8s.io', 'v5.channel.k8s.io'])), 'v5.channel.k8s.io');
  assert.equal(chooseProtocol('portforward', new Set(['v5.channel.k8s.io', 'v4.channel.k8s.io'])), 'v4.channel.k8s.io');
  assert.equal(chooseProtocol('portforward', new Set(['SPDY/3.1+portforward.k8s.io'])), 'SPDY/3.1+portforward.k8s.io');
  assert.equal(chooseProtocol('exec', new Set(['SPDY/3.1+portforward.k8s.io'])), undefined);
  assert.equal(chooseSpdyProtocol('exec', ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io']), 'v4.channel.k8s.io');
  assert.deepEqual([chooseSpdyProtocol('exec', []), chooseSpdyProtocol('attach', ['v9']), chooseSpdyProtocol('portforward', []), chooseSpdyProtocol('portforward', ['portforward.k8s.io'])], ['', undefined, undefined, 'portforward.k8s.io']);
});

test('the container: named, annotated, first; logs want a name among several', () => {
  const pod = { metadata: { name: 'p', namespace: 'n', annotations: { 'kubectl.kubernetes.io/default-container': 'b' } }, spec: { containers: [{ name: 'a' }, { name: 'b' }], initContainers: [{ name: 'i' }] } } as unknown as Pod;
  assert.equal(containerOf(pod, undefined, false).container, 'b');
  assert.equal(containerOf(pod, 'i', false).container, 'i');
  assert.throws(() => containerOf(pod, undefined, true), /a container name must be specified for pod p, choose one of: \[a b\] or one of the init containers: \[i\]/);
  assert.throws(() => containerOf(pod, 'x', true), /container x is not valid for pod p/);
});

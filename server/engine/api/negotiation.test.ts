// Accept headers as kubectl, client-node and curl send them, and the forms they get.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isStatus } from '../types/index.ts';
import { parseAnswerForm, parseDiscoveryForm } from './negotiation.ts';

describe('the accepted form', () => {
  test('kubectl get asks for a Table', () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
    assert.deepEqual(parseAnswerForm(accept), { as: 'Table', version: 'v1', encoding: 'json' });
  });

  test('a typed client that prefers protobuf gets JSON', () => {
    assert.deepEqual(parseAnswerForm('application/vnd.kubernetes.protobuf,application/json'), { as: undefined, version: 'v1', encoding: 'json' });
  });

  test('nothing, */* and quality values', () => {
    assert.equal(parseAnswerForm(undefined).encoding, 'json');
    assert.equal(parseAnswerForm('*/*').encoding, 'json');
    assert.equal(parseAnswerForm('application/json;q=0.5, application/yaml').encoding, 'yaml');
    assert.equal(parseAnswerForm('application/yaml;q=0, application/json').encoding, 'json');
  });

  test('metadata only, in either spelling', () => {
    assert.equal(parseAnswerForm('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1').as, 'PartialObjectMetadata');
    assert.equal(parseAnswerForm('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1beta1').version, 'v1beta1');
  });

  test('what is not served is 406', () => {
    for (const accept of ['text/html', 'application/vnd.kubernetes.protobuf', 'application/json;as=Table;g=other;v=v1', 'application/json;as=Table;g=meta.k8s.io;v=v9']) {
      assert.throws(() => parseAnswerForm(accept), (thrown) => isStatus(thrown, 'NotAcceptable'), accept);
    }
    assert.throws(() => parseAnswerForm('application/yaml', true), (thrown) => isStatus(thrown, 'NotAcceptable'));
  });
});

test('discovery: aggregated v2, else v2beta1, else plain', () => {
  assert.equal(parseDiscoveryForm('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json').version, 'v2');
  assert.equal(parseDiscoveryForm('application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList').version, 'v2beta1');
  assert.equal(parseDiscoveryForm('application/json').version, undefined);
});

// Discovery and OpenAPI from a small list of resources.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ResourceInfo } from '../registry/registry.ts';
import { aggregatedDiscovery, groupList, groupsOf, tryGroup, tryResourceList } from './discovery.ts';
import { openApiDocument, openApiGroupVersions } from './openapi/document.ts';

const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
function info(group: string, version: string, resource: string, kind: string, more: Partial<ResourceInfo> = {}): ResourceInfo {
  return { group, version, resource, kind, singular: kind.toLowerCase(), namespaced: true, shortNames: [], categories: [], verbs: all, subresources: [], virtual: false, ...more };
}
const resources = [
  info('', 'v1', 'pods', 'Pod', { shortNames: ['po'], categories: ['all'], subresources: [{ name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] }] }),
  info('', 'v1', 'nodes', 'Node', { namespaced: false }),
  info('apps', 'v1', 'deployments', 'Deployment', { subresources: [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] }] }),
  info('autoscaling', 'v1', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
  info('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
];

describe('discovery', () => {
  test('versions come newest first', () => {
    assert.deepEqual(groupsOf(resources).at(-1)!.versions.map(({ version }) => version), ['v2', 'v1']);
    assert.deepEqual((tryGroup(resources, 'autoscaling') as { preferredVersion: object }).preferredVersion, { groupVersion: 'autoscaling/v2', version: 'v2' });
    assert.equal(tryGroup(resources, 'nope'), undefined);
    assert.deepEqual((groupList(resources) as { groups: { name: string }[] }).groups.map(({ name }) => name), ['apps', 'autoscaling']);
  });

  test('aggregated documents split core from groups', () => {
    const core = aggregatedDiscovery(resources, true, 'v2') as { items: { metadata: { name: string }; versions: { resources: { resource: string; scope: string; subresources?: { subresource: string }[] }[] }[] }[] };
    assert.deepEqual(core.items.map(({ metadata }) => metadata.name), ['']);
    const [nodes, pods] = core.items[0]!.versions[0]!.resources;
    assert.deepEqual([nodes!.scope, pods!.scope, pods!.subresources!.map(({ subresource }) => subresource)], ['Cluster', 'Namespaced', ['attach', 'eviction', 'exec', 'log', 'portforward']]);
  });

  test('plain lists give subresources their own group', () => {
    const list = tryResourceList(resources, 'apps', 'v1') as { resources: object[] };
    assert.deepEqual(list.resources[1], { name: 'deployments/scale', singularName: '', namespaced: true, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] });
    assert.equal(tryResourceList(resources, 'apps', 'v2'), undefined);
  });
});

describe('OpenAPI', () => {
  type Document = { paths: Record<string, Record<string, { 'x-kubernetes-group-version-kind': object; parameters: { name: string }[]; requestBody: { content: object } }>>; components: { schemas: Record<string, { properties: Record<string, Record<string, unknown>>; 'x-kubernetes-group-version-kind'?: object[] }> } };
  const document = openApiDocument(resources, 'apis/apps/v1') as Document;

  test('one document per group version', () => {
    assert.deepEqual(openApiGroupVersions(resources), ['api/v1', 'apis/apps/v1', 'apis/autoscaling/v1', 'apis/autoscaling/v2']);
    assert.equal(openApiDocument(resources, 'apis/none/v1'), undefined);
  });

  test('PATCH carries what kubectl looks for', () => {
    const { patch } = document.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']!;
    assert.deepEqual(patch!['x-kubernetes-group-version-kind'], { group: 'apps', version: 'v1', kind: 'Deployment' });
    assert.ok(patch!.parameters.some(({ name }) => name === 'fieldValidation'));
    assert.ok('application/strategic-merge-patch+json' in patch!.requestBody.content);
  });

  test('schemas carry merge keys and list keys, and every reference resolves', () => {
    const { schemas } = document.components;
    assert.deepEqual(schemas['io.k8s.api.apps.v1.Deployment']!['x-kubernetes-group-version-kind'], [{ group: 'apps', version: 'v1', kind: 'Deployment' }]);
    const { containers } = schemas['io.k8s.api.core.v1.PodSpec']!.properties;
    assert.deepEqual([containers!['x-kubernetes-patch-merge-key'], containers!['x-kubernetes-patch-strategy'], containers!['x-kubernetes-list-map-keys']], ['name', 'merge', ['name']]);
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
    for (const [, name] of references) assert.ok(schemas[name!], name);
  });
});

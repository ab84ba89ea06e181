// OpenAPI v3 documents per group and version: what kubectl reads for create, apply, replace, edit and explain.
import { typeOf } from '../../types/schema/index.ts';
import type { ResourceInfo, SubresourceInfo } from '../../registry/registry.ts';
import { subresourcesOf } from '../discovery.ts';
import { SchemaCollector, type Schema } from './schemas.ts';

/** Paths under /openapi/v3 that have a document: `api/v1`, `apis/apps/v1`, … */
export function openApiGroupVersions(resources: readonly ResourceInfo[]): string[] {
  return [...new Set(resources.map(pathOf))];
}

function pathOf({ group, version }: { group: string; version: string }): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

/** The document of one group version; undefined when it is not served. */
export function openApiDocument(resources: readonly ResourceInfo[], path: string): object | undefined {
  const own = resources.filter((resource) => pathOf(resource) === path);
  if (own.length === 0) return undefined;
  const collector = new SchemaCollector();
  const paths: Record<string, object> = {};
  for (const resource of own) addPaths(paths, resource, collector);
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths, components: { schemas: collector.schemas } };
}

type Parameter = { name: string; in: 'query' | 'path'; required?: true; schema: Schema };

function query(name: string, type: 'string' | 'integer' | 'boolean' = 'string'): Parameter {
  return { name, in: 'query', schema: { type, uniqueItems: true } };
}

const listing = [
  query('allowWatchBookmarks', 'boolean'), query('continue'), query('fieldSelector'), query('labelSelector'), query('limit', 'integer'),
  query('resourceVersion'), query('resourceVersionMatch'), query('sendInitialEvents', 'boolean'), query('timeoutSeconds', 'integer'), query('watch', 'boolean'),
];
const writing = [query('dryRun'), query('fieldManager'), query('fieldValidation')];
const deleting = [query('dryRun'), query('gracePeriodSeconds', 'integer'), query('orphanDependents', 'boolean'), query('propagationPolicy')];
const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml'];

/** Adds the paths of one resource and its subresources, and the schemas of their bodies. */
function addPaths(paths: Record<string, object>, resource: ResourceInfo, collector: SchemaCollector): void {
  const root = `/${pathOf(resource)}`;
  const scoped = resource.namespaced ? `${root}/namespaces/{namespace}/${resource.resource}` : `${root}/${resource.resource}`;
  const parameters = resource.namespaced ? [pathParameter('namespace')] : [];
  const body = bodySchema(resource, collector);
  const list = bodySchema({ ...resource, kind: `${resource.kind}List` }, collector);
  const has = (verb: string) => resource.verbs.includes(verb);
  const operation = (action: string, query: Parameter[], answer: Schema, request?: object) => operationOf(resource, action, query, answer, request);
  const read = has('list') ? { get: operation('list', listing, list) } : {};
  paths[scoped] = {
    parameters, ...read,
    ...(has('create') && { post: operation('post', writing, body, content(body)) }),
    ...(has('deletecollection') && { delete: operation('deletecollection', [...listing, ...deleting], {}) }),
  };
  if (resource.namespaced && has('list')) paths[`${root}/${resource.resource}`] = read;
  if (!has('get')) return;
  const item = [...parameters, pathParameter('name')];
  paths[`${scoped}/{name}`] = {
    parameters: item, get: operation('get', [], body),
    ...(has('update') && { put: operation('put', writing, body, content(body)) }),
    ...(has('patch') && { patch: operation('patch', [...writing, query('force', 'boolean')], body, patchContent()) }),
    ...(has('delete') && { delete: operation('delete', deleting, {}) }),
  };
  for (const one of subresourcesOf(resource)) paths[`${scoped}/{name}/${one.name}`] = { parameters: item, ...subresourceOperations(one, collector) };
}

function subresourceOperations(one: SubresourceInfo, collector: SchemaCollector): object {
  const body = bodySchema(one, collector);
  const has = (verb: string) => one.verbs.includes(verb);
  return {
    ...(has('get') && { get: operationOf(one, 'get', [], body) }),
    ...(has('create') && { post: operationOf(one, 'post', writing, body, content(body)) }),
    ...(has('update') && { put: operationOf(one, 'put', writing, body, content(body)) }),
    ...(has('patch') && { patch: operationOf(one, 'patch', [...writing, query('force', 'boolean')], body, patchContent()) }),
  };
}

function operationOf({ group, version, kind }: { group: string; version: string; kind: string }, action: string, parameters: Parameter[], answer: Schema, requestBody?: object): object {
  return {
    'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': { group, version, kind },
    ...(parameters.length > 0 && { parameters }), ...(requestBody && { requestBody }),
    responses: { 200: { description: 'OK', ...content(answer) } },
  };
}

function pathParameter(name: string): Parameter {
  return { name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } };
}

function bodySchema(gvk: { group: string; version: string; kind: string }, collector: SchemaCollector): Schema {
  const { group, version, kind } = gvk;
  const type = typeOf({ group, version, kind });
  return type ? collector.add(type, [{ group, version, kind }]) : { type: 'object' };
}

function content(schema: Schema): object {
  return { content: { 'application/json': { schema } } };
}

function patchContent(): object {
  return { content: Object.fromEntries(patchTypes.map((type) => [type, { schema: { type: 'object' } }])) };
}

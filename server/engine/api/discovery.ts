// Discovery documents, aggregated and not, from the registry's list of resources.
import type { ResourceInfo, SubresourceInfo } from '../registry/registry.ts';

/** A group and its versions, preferred first. */
interface Group { name: string; versions: { version: string; resources: ResourceInfo[] }[] }

/** Pod subresources that the API serves itself, over NodeStreams. */
const podStreams: SubresourceInfo[] = [
  ['attach', 'PodAttachOptions'], ['exec', 'PodExecOptions'], ['portforward', 'PodPortForwardOptions'],
].map(([name, kind]) => ({ name: name!, group: '', version: 'v1', kind: kind!, verbs: ['create', 'get'] }));
const podLog: SubresourceInfo = { name: 'log', group: '', version: 'v1', kind: 'Pod', verbs: ['get'] };

/** The subresources of a resource: the registry's and the API's own, by name. */
export function subresourcesOf(resource: ResourceInfo): readonly SubresourceInfo[] {
  if (resource.group !== '' || resource.resource !== 'pods') return resource.subresources;
  const own = [...podStreams, podLog].filter((one) => !resource.subresources.some(({ name }) => name === one.name));
  return [...resource.subresources, ...own].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Groups in the order in which the registry first names them, core first; versions newest first. */
export function groupsOf(resources: readonly ResourceInfo[]): Group[] {
  const groups = new Map<string, Map<string, ResourceInfo[]>>();
  for (const resource of resources) {
    const versions = groups.get(resource.group) ?? new Map<string, ResourceInfo[]>();
    groups.set(resource.group, versions);
    versions.set(resource.version, [...(versions.get(resource.version) ?? []), resource]);
  }
  return [...groups].map(([name, versions]) => ({
    name,
    versions: [...versions].sort(([a], [b]) => versionRank(b) - versionRank(a)).map(([version, list]) => ({
      version, resources: list.sort((a, b) => (a.resource < b.resource ? -1 : 1)),
    })),
  }));
}

/** v2 before v1 before v1beta1 before v1alpha1. */
function versionRank(version: string): number {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  return (stage === 'alpha' ? 0 : stage === 'beta' ? 1e6 : 2e6) + Number(major ?? 0) * 1000 + Number(minor ?? 0);
}

/** APIGroupDiscoveryList of core (`/api`) or of the named groups (`/apis`). */
export function aggregatedDiscovery(resources: readonly ResourceInfo[], core: boolean, version: 'v2' | 'v2beta1'): object {
  const items = groupsOf(resources).filter(({ name }) => (name === '') === core).map((group) => ({
    metadata: { name: group.name, creationTimestamp: null },
    versions: group.versions.map((one) => ({ version: one.version, freshness: 'Current', resources: one.resources.map(aggregatedResource) })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

function aggregatedResource(resource: ResourceInfo): object {
  const { group, version, kind } = resource;
  const subresources = subresourcesOf(resource).map((one) => ({
    subresource: one.name, responseKind: { group: one.group, version: one.version, kind: one.kind }, verbs: [...one.verbs],
  }));
  return {
    resource: resource.resource, responseKind: { group, version, kind }, scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular, verbs: [...resource.verbs].sort(),
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    ...(resource.categories.length > 0 && { categories: resource.categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

/** Body of `/api`. */
export function coreVersions(resources: readonly ResourceInfo[], serverAddress: string): object {
  const versions = groupsOf(resources).find(({ name }) => name === '')?.versions.map(({ version }) => version) ?? [];
  return { kind: 'APIVersions', versions, serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }] };
}

/** Body of `/apis`. */
export function groupList(resources: readonly ResourceInfo[]): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(resources).filter(({ name }) => name !== '').map(groupBody) };
}

/** Body of `/apis/GROUP`; undefined for a group that is not served. */
export function tryGroup(resources: readonly ResourceInfo[], name: string): object | undefined {
  const group = name === '' ? undefined : groupsOf(resources).find((one) => one.name === name);
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(group) };
}

function groupBody({ name, versions }: Group): object {
  const list = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0] };
}

/** Body of `/api/v1` and `/apis/GROUP/VERSION`; undefined when not served. */
export function tryResourceList(resources: readonly ResourceInfo[], group: string, version: string): object | undefined {
  const own = resources.filter((one) => one.group === group && one.version === version);
  if (own.length === 0) return undefined;
  const list = own.sort((a, b) => (a.resource < b.resource ? -1 : 1)).flatMap((resource) => [
    {
      name: resource.resource, singularName: resource.singular, namespaced: resource.namespaced, kind: resource.kind, verbs: [...resource.verbs].sort(),
      ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
      ...(resource.categories.length > 0 && { categories: resource.categories }),
    },
    ...subresourcesOf(resource).map((one) => ({
      name: `${resource.resource}/${one.name}`, singularName: '', namespaced: resource.namespaced,
      ...((one.group !== group || one.version !== version) && { group: one.group, version: one.version }),
      kind: one.kind, verbs: one.verbs,
    })),
  ]);
  return { kind: 'APIResourceList', ...(group !== '' && { apiVersion: 'v1' }), groupVersion: group ? `${group}/${version}` : version, resources: list };
}

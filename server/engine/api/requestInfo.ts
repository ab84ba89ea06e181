// Reads a URL as the API does: a resource request (group, version, namespace, resource, name, subresource) or another path.

/** What a URL asks for. `parts` are the decoded path segments; resource fields are absent for other paths. */
export interface RequestInfo {
  path: string;
  parts: string[];
  query: URLSearchParams;
  resource?: ResourcePath;
}

/** A resource path; group '' is core. `trailing` are segments after the subresource (as in proxy paths). */
export interface ResourcePath {
  group: string;
  version: string;
  namespace?: string;
  resource: string;
  name?: string;
  subresource?: string;
  trailing: string[];
}

/** Subresources that a namespace itself has; any other word after a namespace's name is a resource in it. */
const namespaceSubresources = new Set(['status', 'finalize']);

/** Parses a request target; undefined when a segment is not valid percent-encoding. */
export function tryRequestInfo(target: string): RequestInfo | undefined {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  let parts: string[];
  try {
    parts = path.split('/').filter((part) => part !== '').map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const resource = resourcePath(parts);
  return { path, parts, query, ...(resource && { resource }) };
}

function resourcePath(parts: string[]): ResourcePath | undefined {
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const rest = parts.slice(core ? 2 : 3);
  if (rest.length === 0) return undefined;
  const group = core ? '' : parts[1]!;
  const version = core ? parts[1]! : parts[2]!;
  if (rest[0] === 'namespaces' && rest.length > 2 && !namespaceSubresources.has(rest[2]!)) {
    const [, namespace, resource, name, subresource, ...trailing] = rest;
    return { group, version, namespace, resource: resource!, ...(name !== undefined && { name }), ...(subresource !== undefined && { subresource }), trailing };
  }
  const [resource, name, subresource, ...trailing] = rest;
  return { group, version, resource: resource!, ...(name !== undefined && { name }), ...(subresource !== undefined && { subresource }), trailing };
}

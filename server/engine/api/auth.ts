// Who asks, and may they: client certificates, bearer tokens, and the little authorization there is.
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Access } from '../registry/index.ts';
import { StatusError } from '../types/index.ts';

/** An authenticated user as authentication.k8s.io/v1 UserInfo. */
export interface UserInfo { username: string; uid?: string; groups: string[]; extra?: Record<string, string[]> }

/** How requests are authenticated. Users of `adminGroup` (default system:masters) may do everything. */
export interface AuthOptions {
  /** Static bearer tokens. */
  tokens?: Record<string, UserInfo>;
  /** The user of a service account token; undefined when it is not valid. */
  serviceAccountUser?: (token: string) => UserInfo | undefined | Promise<UserInfo | undefined>;
  adminGroup?: string;
  /** What roles allow to those who are no administrators. */
  access?: Access;
}

/** Paths that answer anyone, as upstream's system:public-info-viewer. */
const publicPath = /^\/(version|healthz|livez|readyz)(\/|$)/;
/** Paths that answer every authenticated user, as upstream's system:discovery. */
const discoveryPath = /^\/(api|apis|openapi)(\/[^/]+){0,2}\/?$|^\/openapi\//;
/** Reviews of oneself, as upstream's system:basic-user. */
const selfReviews = new Set(['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews']);

/** What authorization decides on. */
export interface AccessAttributes {
  verb: string;
  path: string;
  resource?: { group: string; resource: string; subresource?: string; namespace?: string; name?: string };
}

/** The user of a request; undefined when it names none. Throws Unauthorized for a bad token. */
export async function authenticate(request: IncomingMessage, options: AuthOptions): Promise<UserInfo | undefined> {
  const socket = request.socket as TLSSocket;
  const certificate = socket.getPeerCertificate();
  if (!socket.authorized && certificate?.subject) throw unauthorized();
  if (socket.authorized) {
    const subject = certificate?.subject as { CN?: string | string[]; O?: string | string[] } | undefined;
    const name = [subject?.CN ?? []].flat()[0];
    if (name) return { username: name, groups: withAuthenticated([subject?.O ?? []].flat()) };
  }
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) {
    if (request.headers.authorization !== undefined) throw unauthorized();
    return undefined;
  }
  const listed = options.tokens && Object.hasOwn(options.tokens, token) ? options.tokens[token] : undefined;
  const user = listed ?? await options.serviceAccountUser?.(token);
  if (!user) throw unauthorized();
  return { ...user, groups: withAuthenticated(user.groups) };
}

/** Whom the request acts as: the user named by Impersonate-* headers, which only administrators may send. Throws Forbidden. */
export function impersonated(user: UserInfo | undefined, request: IncomingMessage, options: AuthOptions): UserInfo | undefined {
  const username = request.headersDistinct['impersonate-user']?.[0];
  const named = request.headersDistinct['impersonate-group'] ?? [];
  if (!username) {
    if (named.length > 0) throw new StatusError('InternalError', 'Internal error occurred: requested groups without impersonating a user');
    return user;
  }
  authorize(user, { verb: 'impersonate', path: '', resource: { group: '', resource: 'users', name: username } }, options);
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username) ?? [];
  const groups = named.length === 0 && namespace ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] : named;
  return { username, groups: withAuthenticated([...groups]) };
}

function withAuthenticated(groups: string[]): string[] {
  return groups.includes('system:authenticated') ? groups : [...groups, 'system:authenticated'];
}

function unauthorized(): StatusError {
  return new StatusError('Unauthorized', 'Unauthorized');
}

/** Whether a user may do it: administrators everything, others what roles allow, discovery, reviews of themselves and public paths. */
export function isAllowed(user: UserInfo | undefined, attributes: AccessAttributes, options: AuthOptions): boolean {
  if (user?.groups.includes(options.adminGroup ?? 'system:masters')) return true;
  if (user && options.access?.allows(user, attributes)) return true;
  if (attributes.resource) return user !== undefined && attributes.verb === 'create' && selfReviews.has(attributes.resource.resource);
  return attributes.verb === 'get' && (publicPath.test(attributes.path) || (user !== undefined && discoveryPath.test(attributes.path)));
}

/** Throws Unauthorized for nobody and upstream's Forbidden for a user who may not. */
export function authorize(user: UserInfo | undefined, attributes: AccessAttributes, options: AuthOptions): void {
  if (isAllowed(user, attributes, options)) return;
  if (!user) throw unauthorized();
  throw forbidden(user, attributes);
}

function forbidden(user: UserInfo, { verb, path, resource }: AccessAttributes): StatusError {
  if (!resource) return new StatusError('Forbidden', `forbidden: User "${user.username}" cannot ${verb} path "${path}"`, {});
  const what = resource.subresource ? `${resource.resource}/${resource.subresource}` : resource.resource;
  const qualified = resource.group ? `${resource.resource}.${resource.group}` : resource.resource;
  const where = resource.namespace ? ` in the namespace "${resource.namespace}"` : ' at the cluster scope';
  const named = resource.name ? ` "${resource.name}"` : '';
  return new StatusError('Forbidden',
    `${qualified}${named} is forbidden: User "${user.username}" cannot ${verb} resource "${what}" in API group "${resource.group}"${where}`,
    { ...(resource.name && { name: resource.name }), ...(resource.group && { group: resource.group }), kind: resource.resource });
}

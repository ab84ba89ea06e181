// The registry: each verb finds its kind, checks that the verb is served, and hands over.
import { systemClock } from '../../base/index.ts';
import type { Clock } from '../../base/index.ts';
import type { Storage } from '../storage/storage.ts';
import type { KubeObject, TokenSigner } from '../types/index.ts';
import { createAccess } from './access.ts';
import { decodeBody, settleNamespace } from './bodies.ts';
import { kindOf, prefixOf, requireEntry, resourceKey } from './context.ts';
import type { Context } from './context.ts';
import { deleteObject } from './deletes.ts';
import { evictPod } from './eviction.ts';
import { badRequest, methodNotAllowed, noSuchResource } from './errors.ts';
import { followAllocations } from './kinds/allocators.ts';
import { describeKind, makeKinds } from './kinds/index.ts';
import type { Kind } from './kinds/rules.ts';
import { patchObject } from './patching.ts';
import { listObjects } from './reads.ts';
import type { Registry, ResourceInfo, SubresourceInfo, Target, Written } from './registry.ts';
import { requestToken } from './serviceAccounts.ts';
import { bindPod, updatePart, viewOf } from './subresources.ts';
import { tryReview, virtualResources } from './virtual.ts';
import { withViews } from './views.ts';
import { watchObjects } from './watches.ts';
import { createObject, updateObject } from './writes.ts';

export { ruleAllows, type Access, type AccessRequest } from './access.ts';
export * from './registry.ts';
export { createStore } from '../storage/index.ts';

/**
 * `serviceCidr`: IPv4 range of Service addresses, default 10.96.0.0/16. With `tokens`, serviceaccounts/token is served;
 * with `admitServiceAccounts`, new pods need a service account and get its token.
 */
export interface RegistryOptions { storage: Storage; clock?: Clock; serviceCidr?: string; tokens?: TokenSigner; admitServiceAccounts?: boolean }

/** A registry over a store, with all kinds that the engine serves. */
export function createRegistry(options: RegistryOptions): Registry {
  const { storage, clock = systemClock, serviceCidr = '10.96.0.0/16', tokens, admitServiceAccounts } = options;
  const services = prefixOf({ group: '', resource: 'services', namespaced: true });
  const kinds = makeKinds(followAllocations(storage, services, serviceCidr), { tokens: tokens !== undefined });
  const context: Context = { storage, clock, kinds: new Map(kinds.map((kind) => [resourceKey(kind), kind])), ...(tokens ? { tokens } : {}), ...(admitServiceAccounts ? { admitServiceAccounts } : {}) };
  const resources: readonly ResourceInfo[] = [...kinds.map(describeKind), ...virtualResources];

  /** The kind and subresource of a target that serve `verb`; throws NotFound or MethodNotAllowed. */
  const serving = (target: Target, verb: string): { kind: Kind; subresource: SubresourceInfo | undefined } => {
    if (virtualResources.some((info) => resourceKey(info) === resourceKey(target.resource))) throw methodNotAllowed(target.resource, verb);
    const kind = kindOf(context, target);
    const subresource = target.subresource ? kind.subresources?.find((part) => part.name === target.subresource) : undefined;
    if (target.subresource && !subresource) throw noSuchResource();
    if (!(subresource ? subresource.verbs : describeKind(kind).verbs).includes(verb)) throw methodNotAllowed(kind, verb);
    return { kind, subresource };
  };
  const view = (target: Target, name: string | undefined): KubeObject => {
    const { kind, subresource } = serving(target, 'get');
    return viewOf(requireEntry(context, kind, { ...target, ...(name === undefined ? {} : { name }) }).value, subresource);
  };

  return withViews({
    resources,
    access: createAccess(storage),
    get: (target) => view(target, target.name),
    list(target, query) {
      serving(target, 'list');
      return listObjects(context, target, query);
    },
    create(target, body, writeOptions = {}): Written {
      const review = tryReview(context, resourceKey(target.resource), body, writeOptions);
      if (review) return review;
      const { kind, subresource } = serving(target, 'create');
      if (subresource?.name === 'binding') return { object: bindPod(context, kind, target, body, writeOptions), warnings: [], created: true };
      if (subresource?.name === 'token') return { object: requestToken(context, target, body, writeOptions), warnings: [], created: true };
      if (subresource) return { object: evictPod(context, target, body, writeOptions), warnings: [], created: true };
      const { object, warnings } = decodeBody(body, kind, writeOptions);
      return { object: createObject(context, kind, target.namespace, object, writeOptions), warnings, created: true };
    },
    update(target, body, writeOptions = {}): Written {
      const { kind, subresource } = serving(target, 'update');
      const { object, warnings } = decodeBody(body, subresource ?? kind, writeOptions);
      const live = requireEntry(context, kind, target);
      settleNamespace(object, kind.namespaced, target.namespace);
      if (!object.metadata.name) throw badRequest('name must be provided');
      const stored = subresource ? updatePart(context, kind, live, object, subresource, writeOptions) : updateObject(context, kind, live, object, writeOptions);
      return { object: viewOf(stored, subresource), warnings, created: false };
    },
    patch(target, patch, writeOptions = {}): Written {
      const { kind, subresource } = serving(target, 'patch');
      return patchObject(context, kind, target, patch, writeOptions, subresource);
    },
    delete(target, deleteOptions) {
      serving(target, 'delete');
      return deleteObject(context, target, deleteOptions);
    },
    deleteCollection(target, query, deleteOptions) {
      serving(target, 'deletecollection');
      const { items } = listObjects(context, target, query);
      for (const { metadata } of items) deleteObject(context, { resource: target.resource, ...(metadata.namespace ? { namespace: metadata.namespace } : {}), name: metadata.name }, deleteOptions);
      return items;
    },
    watch(target, query, listener) {
      serving(target, 'watch');
      return watchObjects(context, target, query, listener);
    },
  } satisfies Registry);
}

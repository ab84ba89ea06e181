// Kinds that are only asked, never stored: may I, who am I. There is one user per cluster and it may do everything.
import type { KubeObject } from '../types/index.ts';
import { decodeBody } from './bodies.ts';
import { timeNow } from './context.ts';
import type { Context } from './context.ts';
import type { ResourceInfo, WriteOptions, Written } from './registry.ts';

function virtual(group: string, kind: string): ResourceInfo {
  const resource = `${kind.toLowerCase()}s`;
  return { group, version: 'v1', kind, resource, singular: kind.toLowerCase(), namespaced: false, shortNames: [], categories: [], verbs: ['create'], subresources: [], virtual: true };
}

const reviews: Record<string, { info: ResourceInfo; answer: (options: WriteOptions) => object }> = {};
for (const [group, kind, answer] of [
  ['authorization.k8s.io', 'SelfSubjectAccessReview', () => ({ allowed: true })],
  ['authorization.k8s.io', 'SubjectAccessReview', () => ({ allowed: true })],
  ['authorization.k8s.io', 'SelfSubjectRulesReview', () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }], incomplete: false,
  })],
  ['authentication.k8s.io', 'SelfSubjectReview', ({ user }: WriteOptions) => ({ userInfo: user ? { username: user.username, ...(user.uid ? { uid: user.uid } : {}), groups: [...user.groups] } : {} })],
] as const) {
  const info = virtual(group, kind);
  reviews[`${group}/v1/${info.resource}`] = { info, answer };
}

/** The reviews that are answered. */
export const virtualResources: readonly ResourceInfo[] = Object.values(reviews).map(({ info }) => info);

/** Answers a review; undefined when the resource is none. Throws BadRequest. */
export function tryReview(context: Context, resource: string, body: unknown, options: WriteOptions): Written | undefined {
  const review = reviews[resource];
  if (!review) return undefined;
  const { object, warnings } = decodeBody(body, review.info, options);
  const status = review.answer(options);
  return { object: { ...object, metadata: { ...object.metadata, creationTimestamp: timeNow(context) }, status } as unknown as KubeObject, warnings, created: true };
}

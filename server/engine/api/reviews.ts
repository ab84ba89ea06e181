// Fills in the answers of access reviews; the registry has already checked their shape.
import type { KubeObject } from '../types/index.ts';
import { isAllowed, type AuthOptions, type UserInfo } from './auth.ts';

interface AccessReview extends KubeObject {
  spec?: {
    namespace?: string;
    user?: string;
    groups?: string[];
    resourceAttributes?: { namespace?: string; verb?: string; group?: string; resource?: string; subresource?: string; name?: string };
    nonResourceAttributes?: { path?: string; verb?: string };
  };
}

/** The review with its status; an object that is no review of access is returned as it is. */
export function completeReview(review: KubeObject, user: UserInfo | undefined, options: AuthOptions): KubeObject {
  switch (review.kind) {
    case 'SelfSubjectAccessReview': return withStatus(review, accessStatus(review, user, options));
    case 'SubjectAccessReview': case 'LocalSubjectAccessReview': {
      const { user: username = '', groups = [] } = (review as AccessReview).spec ?? {};
      return withStatus(review, accessStatus(review, { username, groups }, options));
    }
    case 'SelfSubjectRulesReview': return withStatus(review, rulesStatus(user, (review as AccessReview).spec?.namespace, options));
    default: return review;
  }
}

function withStatus(review: KubeObject, status: object): KubeObject {
  return { ...review, status } as KubeObject;
}

function accessStatus({ spec }: AccessReview, user: UserInfo | undefined, options: AuthOptions): object {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec ?? {};
  const allowed = isAllowed(user, resource
    ? { verb: resource.verb ?? '', path: '', resource: { ...resource, group: resource.group ?? '', resource: resource.resource ?? '' } }
    : { verb: path?.verb ?? '', path: path?.path ?? '' }, options);
  return { allowed };
}

function rulesStatus(user: UserInfo | undefined, namespace: string | undefined, options: AuthOptions): object {
  const granted = user && options.access?.rulesOf(user, namespace) || [];
  const reviews = { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'] };
  const self = { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] };
  const reading = { verbs: ['get'], nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz', '/version', '/version/'] };
  const everything = isAllowed(user, { verb: '*', path: '', resource: { group: '*', resource: '*' } }, options);
  return {
    resourceRules: everything ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] : [self, reviews, ...granted.filter(({ nonResourceURLs }) => !nonResourceURLs?.length)],
    nonResourceRules: everything ? [{ verbs: ['*'], nonResourceURLs: ['*'] }] : [reading, ...granted.filter(({ nonResourceURLs }) => nonResourceURLs?.length)],
    incomplete: false,
  };
}

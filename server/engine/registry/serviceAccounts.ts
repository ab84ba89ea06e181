// What service accounts mean to writes: every new pod has one and its token, and a token may be asked for.
import { generateName } from './metadata.ts';
import { decodeBody } from './bodies.ts';
import { keyOf, requireEntry, timeNow } from './context.ts';
import type { Context } from './context.ts';
import { badRequest, forbidden, invalid, notFound } from './errors.ts';
import { invalidValue } from './fieldErrors.ts';
import { serviceAccounts } from './kinds/config.ts';
import type { Kind } from './kinds/rules.ts';
import type { Target, WriteOptions } from './registry.ts';
import type { Container, KubeObject, Pod } from '../types/index.ts';

interface Account extends KubeObject { automountServiceAccountToken?: boolean; imagePullSecrets?: { name?: string }[] }

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const volumePrefix = 'kube-api-access-';
/** As upstream: an hour, and a little so that it does not look like one that was asked for. */
const podTokenSeconds = 3607;
const usualSeconds = 3600;
const shortestSeconds = 600;

/** Gives the pod its account's token, unless it or the account says no. Throws Forbidden when there is no such account. */
export function admitServiceAccount(context: Context, kind: Kind, pod: Pod): void {
  const name = pod.spec.serviceAccountName!, { namespace } = pod.metadata;
  const account = context.storage.get(keyOf(serviceAccounts, namespace, name))?.value as Account | undefined;
  if (!account) throw forbidden(kind, pod.metadata.name ?? '', `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`);
  const spec = pod.spec as Pod['spec'] & { imagePullSecrets?: unknown[] };
  if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }));
  if (!(spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)) return;
  const known = spec.volumes?.find((volume) => volume.name?.startsWith(volumePrefix))?.name;
  const volume = known ?? generateName(volumePrefix);
  const wanting = [...spec.initContainers ?? [], ...spec.containers].filter((container) => !container.volumeMounts?.some((mount) => mount.mountPath === mountPath));
  for (const container of wanting) addMount(container, volume);
  if (known !== undefined || wanting.length === 0) return;
  spec.volumes = [...spec.volumes ?? [], {
    name: volume,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: podTokenSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  }];
}

function addMount(container: Container, name: string): void {
  container.volumeMounts = [...container.volumeMounts ?? [], { name, readOnly: true, mountPath }];
}

interface TokenRequest extends KubeObject {
  spec: { audiences: string[]; expirationSeconds?: number; boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string } };
}

/** POST serviceaccounts/NAME/token: a TokenRequest with its token. Throws NotFound, Invalid, BadRequest. */
export function requestToken(context: Context, target: Target, body: unknown, options: WriteOptions): KubeObject {
  const kind = serviceAccounts as unknown as Kind;
  const info = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' };
  const request = decodeBody(body, info, options).object as TokenRequest;
  const account = requireEntry(context, kind, { ...target, name: target.name! }).value;
  const spec = { ...request.spec };
  spec.expirationSeconds ??= usualSeconds;
  spec.audiences = spec.audiences?.length ? spec.audiences : [context.tokens!.audience];
  const problems = [
    ...(spec.expirationSeconds < shortestSeconds ? [invalidValue('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration less than 10 minutes')] : []),
    ...(spec.expirationSeconds > 2 ** 32 ? [invalidValue('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration larger than 2^32 seconds')] : []),
  ];
  if (problems.length > 0) throw invalid(info, '', problems);
  const pod = spec.boundObjectRef ? boundPod(context, account, spec.boundObjectRef) : undefined;
  const { token, expiresAt } = context.tokens!.sign({
    namespace: account.metadata.namespace!, serviceAccount: { name: account.metadata.name, uid: account.metadata.uid! }, audiences: spec.audiences, expirationSeconds: spec.expirationSeconds,
    ...(pod ? { pod } : {}),
  });
  return {
    apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest',
    metadata: { name: account.metadata.name, namespace: account.metadata.namespace!, creationTimestamp: timeNow(context) }, spec,
    status: { token, expirationTimestamp: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z') },
  } as unknown as KubeObject;
}

function boundPod(context: Context, account: KubeObject, reference: NonNullable<TokenRequest['spec']['boundObjectRef']>): { name: string; uid: string } {
  const { kind = '', apiVersion = '', name = '', uid } = reference;
  if (kind !== 'Pod' || apiVersion !== 'v1') throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(account.metadata.name)} to object of type ${apiVersion}, Kind=${kind}`);
  const pods = [...context.kinds.values()].find(({ group, resource }) => group === '' && resource === 'pods')!;
  const pod = context.storage.get(keyOf(pods, account.metadata.namespace, name))?.value as Pod | undefined;
  if (!pod) throw notFound(pods, name);
  if (pod.spec.serviceAccountName !== account.metadata.name) throw badRequest(`cannot bind token to pod ${JSON.stringify(name)} running with different service account name.`);
  if (uid && uid !== pod.metadata.uid) throw badRequest(`the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`);
  return { name, uid: pod.metadata.uid! };
}

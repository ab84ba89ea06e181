// Gives every namespace its default ServiceAccount and the ConfigMap with the cluster's CA.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { isStatus, resources, type ConfigMap, type KubeObject } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { WorkQueue } from './workQueue.ts';

const caName = 'kube-root-ca.crt';
const caDescription = 'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Starts the controller; `caCertificate` is PEM. */
export function startServiceAccounts(context: ControllerContext, caCertificate: string): Disposable {
  const { client, clock, logger } = context;
  const owned = new DisposableStack();
  const namespaces = client.informer(resources.namespaces);
  const accounts = client.informer(resources.serviceAccounts);
  const configMaps = client.informer(resources.configMaps);
  const queue = owned.add(new WorkQueue({ name: 'serviceaccounts', logger, clock, sync }));

  async function ensureAccount(namespace: string): Promise<void> {
    if (accounts.get({ namespace, name: 'default' })) return;
    const account: KubeObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
    await client.create(resources.serviceAccounts, account);
  }

  async function ensureCa(namespace: string): Promise<void> {
    const current = configMaps.get({ namespace, name: caName });
    if (current?.data?.['ca.crt'] === caCertificate) return;
    const wanted: ConfigMap = {
      apiVersion: 'v1', kind: 'ConfigMap',
      metadata: { name: caName, namespace, annotations: { 'kubernetes.io/description': caDescription } },
      data: { 'ca.crt': caCertificate },
    };
    await (current ? client.update(resources.configMaps, { ...current, data: wanted.data }) : client.create(resources.configMaps, wanted));
  }

  async function sync(name: string): Promise<void> {
    const namespace = namespaces.get({ name });
    if (!namespace || namespace.metadata.deletionTimestamp !== undefined) return;
    try {
      await Promise.all([ensureAccount(name), ensureCa(name)]);
    } catch (error) {
      // The namespace may have begun to go away, or the informer may be a moment behind.
      if (!isStatus(error, 'Forbidden') && !isStatus(error, 'AlreadyExists') && !isStatus(error, 'NotFound')) throw error;
    }
  }

  owned.add(namespaces.onEvent(({ type, object }) => {
    if (type !== 'deleted') queue.add(object.metadata.name);
  }));
  owned.add(accounts.onEvent(({ type, object }) => {
    if (type === 'deleted' && object.metadata.name === 'default') queue.add(object.metadata.namespace!);
  }));
  owned.add(configMaps.onEvent(({ type, object }) => {
    if (type !== 'added' && object.metadata.name === caName) queue.add(object.metadata.namespace!);
  }));
  for (const { metadata } of namespaces.list()) queue.add(metadata.name);
  return owned;
}

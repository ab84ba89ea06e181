// A cluster of controllers without nodes, for unit tests: a store of its own, and a stand-in for scheduler and kubelets.
import { silentLogger, systemClock, type Clock, type Disposable, type Logger } from '../../server/base/index.ts';
import { createClient } from '../../server/engine/client.ts';
import { startControllers } from '../../server/engine/controllers/index.ts';
import { createWithStatus, eventually } from '../../server/engine/controllers/testing.ts';
import { createRegistry, createStore } from '../../server/engine/registry/index.ts';
import { formatTime, resources, type Client, type EngineConfig, type KubeObject, type Node, type Pod } from '../../server/engine/types/index.ts';

const config: EngineConfig = {
  name: 'test', clusterDomain: 'cluster.local', lan: { cidr: '172.18.0.0/24', gateway: '172.18.0.1' }, podCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16', dnsServiceIp: '10.96.0.10', apiServiceIp: '10.96.0.1', apiPort: 6443, probeAddress: '172.18.0.250',
  outside: { cidr: '203.0.113.0/24', address: '203.0.113.10', gateway: '203.0.113.1' },
  machines: [{ name: 'control-plane', role: 'control-plane', address: '172.18.0.2', podCidr: '10.244.0.0/24' }],
};

/** Controllers on a store of their own, and a stand-in for scheduler and kubelets. `warnings` are what the controllers logged. */
export interface TestCluster extends Disposable {
  client: Client;
  warnings: string[];
  /** Ends a pod's containers as a kubelet reports it. */
  finish(name: string, phase: 'Succeeded' | 'Failed', exitCode?: number): Promise<void>;
  addNode(name: string, extra?: Partial<Node['spec']>): Promise<Node>;
  pods(): Pod[];
}

/** Starts them; pods are placed on the node they ask for, or `worker`, and become ready when `isReady` says so. */
export async function startTestCluster(isReady: (pod: Pod) => boolean = () => true, clock: Clock = systemClock): Promise<TestCluster> {
  const client = createClient(createRegistry({ storage: createStore(), clock }));
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields, message) => warnings.push(`${message} ${JSON.stringify(fields)}`), child: () => logger };
  const controllers = startControllers({ client, config, caCertificate: 'PEM', logger, clock });
  const informer = client.informer(resources.pods);
  let next = 1;
  const kubelet = informer.onEvent(({ type, object }) => {
    const key = { namespace: object.metadata.namespace, name: object.metadata.name };
    if (type === 'added') {
      const asked = /"metadata.name","operator":"In","values":\["([^"]+)"/.exec(JSON.stringify(object.spec.affinity) ?? '')?.[1];
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: key, target: { apiVersion: 'v1', kind: 'Node', name: asked ?? 'worker' } };
      const conditions = [{ type: 'Ready', status: isReady(object) ? 'True' : 'False', lastTransitionTime: formatTime(clock.now()) }];
      const status = { phase: 'Running', podIP: `10.244.0.${++next}`, conditions };
      void client.updateSubresource(resources.pods, 'binding', binding as KubeObject as Pod).then(() => client.patch(resources.pods, key, { status }, 'status')).catch(() => {});
    } else if (type === 'modified' && object.metadata.deletionTimestamp && object.metadata.deletionGracePeriodSeconds !== 0) {
      client.delete(resources.pods, key, { gracePeriodSeconds: 0 }).catch(() => {});
    }
  });
  await eventually(() => client.informer(resources.namespaces).get({ name: 'default' }));
  return {
    client, warnings,
    async finish(name, phase, exitCode = phase === 'Failed' ? 1 : 0) {
      const terminated = { exitCode, reason: phase === 'Failed' ? 'Error' : 'Completed', startedAt: formatTime(clock.now()), finishedAt: formatTime(clock.now()) };
      const containerStatuses = [{ name: 'c', image: 'a', imageID: 'a', ready: false, restartCount: 0, state: { terminated }, lastState: {} }];
      await client.patch(resources.pods, { namespace: 'default', name }, { status: { phase, conditions: [{ type: 'Ready', status: 'False' }], containerStatuses } }, 'status');
    },
    addNode: (name, extra = {}) => createWithStatus<Node>(client, resources.nodes, {
      apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } }, spec: extra, status: { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }] },
    }),
    pods: () => informer.list('default').filter(({ metadata }) => !metadata.deletionTimestamp).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
    dispose() {
      kubelet.dispose();
      controllers.dispose();
    },
  };
}

/** Reasons and messages of the events about an object, oldest first. */
export async function eventsAbout(client: Client, name: string): Promise<string[]> {
  const { items } = await client.list(resources.events, { namespace: 'default', fieldSelector: `involvedObject.name=${name}` });
  return items.map((event) => { const { reason, message } = event as KubeObject & { reason: string; message: string }; return `${reason} ${message}`; });
}

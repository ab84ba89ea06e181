// The agents of every node: Service rules, policy rules, and the cluster's DNS server.
import { DisposableStack, messageOf, systemClock, toDisposable, type Disposable, type Logger } from '../../base/index.ts';
import { resources, type Client, type EngineConfig, type InformerEvent, type Machines, type Pod } from '../types/index.ts';
import { startDns } from './dns/index.ts';
import { NodeLane } from './nodeLane.ts';
import { PolicyApplier, tryPlanFirstPolicies } from './policies/apply.ts';
import { planPolicies } from './policies/plan.ts';
import { isPolicyPod } from './policies/world.ts';
import { startSliceIndex } from './sliceIndex.ts';
import { planFirstServices, ServiceApplier } from './services/apply.ts';
import { planServiceRules } from './services/plan.ts';

const firstRulesMs = 10_000;

/**
 * `dnsListen` defaults to port 53 of the control-plane's address, which must be an address of this process' network
 * namespace; `freshMachines` says that the machines were just made, which saves reading their rules; `outsideNames` (default: `outside` and `outside.example`) are answered with the outside host's address.
 */
export interface AgentOptions {
  client: Client;
  machines: Machines;
  config: EngineConfig;
  logger: Logger;
  freshMachines?: boolean;
  dnsListen?: { address: string; port: number };
  outsideNames?: readonly string[];
}

/** `ready` resolves when DNS listens and every node has its first rules; it rejects when DNS cannot listen. */
export interface Agents extends Disposable {
  readonly ready: Promise<void>;
  /** Resolves when no node has rules left to write. */
  idle(): Promise<void>;
}

/** True when a change of a pod cannot touch any policy's outcome. */
function isIrrelevant(event: InformerEvent<Pod>): boolean {
  if (event.type !== 'modified') return !isPolicyPod(event.object);
  const part = (pod: Pod) => JSON.stringify([isPolicyPod(pod), pod.status?.podIP, pod.spec.nodeName, pod.metadata.labels]);
  return part(event.object) === part(event.previous);
}

/** Starts everything; rules reach the kernel within about ten milliseconds of the change that asks for them. */
export function startAgents(options: AgentOptions): Agents {
  const { client, machines, config } = options;
  const logger = options.logger.child({ part: 'agents' });
  const owned = new DisposableStack();
  const services = client.informer(resources.services);
  const pods = client.informer(resources.pods);
  const namespaces = client.informer(resources.namespaces);
  const policies = client.informer(resources.networkPolicies);
  const lanes: NodeLane[] = [];
  const markAll = (job: string) => lanes.forEach((lane) => lane.mark(job));
  const slices = owned.add(startSliceIndex(client, () => markAll('services')));

  for (const { name } of machines.list().filter(({ role }) => role === 'control-plane' || role === 'worker')) {
    const serviceRules = new ServiceApplier(machines, name, logger);
    const policyRules = new PolicyApplier(machines, name);
    const policyPlan = () => planPolicies({ policies: policies.list(), pods: pods.list(), namespaces: namespaces.list() }, { name, probeAddress: config.probeAddress });
    const servicePlan = () => planServiceRules(services.list(), slices.ofService, { name, podCidr: config.podCidr });
    let fresh = options.freshMachines;
    lanes.push(owned.add(new NodeLane(name, {
      async first() {
        if (!fresh) return;
        fresh = false; // after a failure the jobs below look at what is there
        const [policy, service] = [policyPlan(), servicePlan()];
        const text = tryPlanFirstPolicies(policy);
        if (text === undefined) return;
        await machines.run(name, ['iptables-restore', '--noflush'], { netOnly: true, timeoutMs: firstRulesMs, input: text + planFirstServices(service) });
        policyRules.assume(policy);
        serviceRules.assume(service);
      },
      policies: () => policyRules.apply(policyPlan()),
      services: () => serviceRules.apply(servicePlan()),
    }, logger, systemClock)));
  }

  owned.add(services.onEvent((event) => {
    const same = event.type === 'modified' && JSON.stringify(event.object.spec) === JSON.stringify(event.previous.spec)
      && JSON.stringify(event.object.status) === JSON.stringify(event.previous.status);
    if (!same) markAll('services');
  }));
  owned.add(policies.onEvent(() => markAll('policies')));
  owned.add(pods.onEvent((event) => {
    if (policies.list().length > 0 && !isIrrelevant(event)) markAll('policies');
  }));
  owned.add(namespaces.onEvent((event) => {
    const same = event.type === 'modified' && JSON.stringify(event.object.metadata.labels) === JSON.stringify(event.previous.metadata.labels);
    if (policies.list().length > 0 && !same) markAll('policies');
  }));
  for (const job of ['first', 'services', 'policies']) markAll(job);

  const controlPlane = config.machines.find(({ role }) => role === 'control-plane');
  const dns = owned.add(startDns({
    client, slices, clusterDomain: config.clusterDomain, logger,
    listen: options.dnsListen ?? { address: controlPlane?.address ?? '127.0.0.1', port: 53 },
    outside: Object.fromEntries((options.outsideNames ?? ['outside', 'outside.example']).map((name) => [name, config.outside.address])),
  }));
  const idle = async () => void (await Promise.all(lanes.map((lane) => lane.idle())));
  const ready = Promise.all([dns.ready, idle()]).then(() => undefined);
  ready.catch((error: unknown) => logger.error({ error: messageOf(error) }, 'cluster DNS does not listen'));
  return { ready, idle, dispose: toDisposable(() => owned.dispose()).dispose } satisfies Agents;
}

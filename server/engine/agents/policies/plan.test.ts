// Policies by example, and planned rules against the specification for thousands of random worlds.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Namespace, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, Pod, Protocol } from '../../types/index.ts';
import { planSetChanges } from './apply.ts';
import { subtract, rangeTexts, tryRange } from './cidr.ts';
import { isAllowed, type Connection } from './evaluate.ts';
import { runPacket } from './interpreter.ts';
import { planPolicies } from './plan.ts';
import type { PolicyWorld } from './world.ts';

const probeAddress = '172.18.0.250';

/** As traffic goes: through FORWARD of the source's node and of the destination's; a node reaches its own pods without. */
function simulate(connection: Connection, world: PolicyWorld): boolean {
  const nodeOf = (address: string) => world.pods.find(({ spec, status }) => !spec.hostNetwork && status?.podIP === address)?.spec.nodeName;
  const names = new Set([nodeOf(connection.from), nodeOf(connection.to)].filter((name) => name !== undefined));
  return [...names].every((name) => runPacket(planPolicies(world, { name, probeAddress }), connection) === 'pass');
}

function pod(name: string, namespace: string, podIP: string, labels: Record<string, string>, nodeName = 'worker', port = 80): Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, status: { phase: 'Running', podIP },
    spec: { nodeName, containers: [{ name: 'c', image: 'a', ports: [{ name: 'web', containerPort: port, protocol: 'TCP' }] }] },
  };
}

const namespace = (name: string, labels: Record<string, string> = {}): Namespace => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
const policy = (name: string, space: string, spec: NetworkPolicy['spec']): NetworkPolicy => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace: space }, spec });

const pods = [
  pod('a', 'x', '10.244.1.2', { app: 'a' }), pod('b', 'x', '10.244.1.3', { app: 'b' }),
  pod('a', 'y', '10.244.2.2', { app: 'a' }, 'worker2', 8080), pod('b', 'y', '10.244.2.3', { app: 'b' }, 'worker2'),
];
const namespaces = [namespace('x', { team: 'blue' }), namespace('y')];
const world = (...policies: NetworkPolicy[]): PolicyWorld => ({ policies, pods, namespaces });
const [ax, bx, ay, by] = ['10.244.1.2', '10.244.1.3', '10.244.2.2', '10.244.2.3'] as const;
const tcp = (from: string, to: string, port = 80): Connection => ({ from, to, port, protocol: 'TCP' });

describe('policy plans', () => {
  test('no policy means no rule and no set', () => {
    const plan = planPolicies(world(), { name: 'worker', probeAddress });
    assert.deepEqual([...plan.rules.filter], [['NETPOL', []]]);
    assert.equal(plan.sets.size, 0);
  });

  test('default deny drops all but the probe and the pod itself, and only where its pods are', () => {
    const denied = world(policy('deny', 'x', { podSelector: {}, policyTypes: ['Ingress'] }));
    assert.equal(simulate(tcp(bx, ax), denied), false);
    assert.equal(simulate(tcp(ay, ax), denied), false);
    assert.equal(simulate(tcp('203.0.113.10', ax), denied), false);
    assert.equal(simulate(tcp(probeAddress, ax), denied), true);
    assert.equal(simulate(tcp(ax, ax), denied), true);
    assert.equal(simulate(tcp(ax, ay), denied), true);
    assert.equal(planPolicies(denied, { name: 'worker2', probeAddress }).sets.size, 0);
  });

  test('namespace and pod selector in one peer mean both; as two peers either', () => {
    const both = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'y' } }, podSelector: { matchLabels: { app: 'a' } } };
    const one = world(policy('p', 'x', { podSelector: {}, ingress: [{ from: [both] }] }));
    assert.deepEqual([ay, by, bx].map((from) => simulate(tcp(from, ax), one)), [true, false, false]);
    const two = world(policy('p', 'x', { podSelector: {}, ingress: [{ from: [{ namespaceSelector: both.namespaceSelector }, { podSelector: { matchLabels: { app: 'b' } } }] }] }));
    assert.deepEqual([ay, by, bx].map((from) => simulate(tcp(from, ax), two)), [true, true, true]);
  });

  test('a named port is the number of each destination; egress and ingress must both agree', () => {
    const named = world(policy('p', 'x', { podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: [{ port: 'web' }] }] }));
    assert.deepEqual([simulate(tcp(ax, ay, 8080), named), simulate(tcp(ax, ay, 80), named), simulate(tcp(ax, by, 80), named)], [true, false, true]);
  });

  test('an SCTP-only rule still isolates TCP', () => {
    const sctp = world(policy('p', 'x', { podSelector: {}, ingress: [{ ports: [{ protocol: 'SCTP', port: 80 }] }] }));
    assert.equal(simulate(tcp(bx, ax), sctp), false);
  });

  test('an ipBlock leaves out its exceptions; everything is written as halves', () => {
    const block = world(policy('p', 'x', { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.244.2.0/24'] } }] }] }));
    assert.deepEqual(['203.0.113.10', ay, bx].map((from) => simulate(tcp(from, ax), block)), [true, false, true]);
    assert.deepEqual(rangeTexts(tryRange('0.0.0.0/0')!), ['0.0.0.0/1', '128.0.0.0/1']);
    assert.deepEqual(subtract(tryRange('10.0.0.0/30')!, [tryRange('10.0.0.1/32')!]).flatMap(rangeTexts), ['10.0.0.0', '10.0.0.2/31']);
  });

  test('names of sets fit ipset\'s 31 characters', () => {
    const plan = planPolicies(world(policy('p'.repeat(200), 'x', { podSelector: {}, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 'web' }] }] })), { name: 'worker', probeAddress });
    for (const name of [...plan.sets.keys(), ...plan.rules.filter.keys()]) assert.ok(name.length <= 28, name);
  });

  test('changed sets are swapped, unchanged ones left alone', () => {
    const before = new Map([['S', { type: 'hash:ip' as const, members: ['10.0.0.1'] }], ['T', { type: 'hash:ip' as const, members: [] }]]);
    const after = new Map([['S', { type: 'hash:ip' as const, members: ['10.0.0.2'] }], ['T', { type: 'hash:ip' as const, members: [] }]]);
    assert.deepEqual(planSetChanges(before, after).split('\n').map((line) => line.split(' ').slice(0, 3).join(' ')),
      ['create NETPOL-TMP hash:ip', 'add NETPOL-TMP 10.0.0.2', 'swap NETPOL-TMP S', 'destroy NETPOL-TMP', '']);
    assert.equal(planSetChanges(after, after), '');
  });
});

/** A small generator with a seed, so that a failing world can be made again. */
function dice(seed: number) {
  let state = seed;
  const roll = (sides: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
  const pick = <T>(from: readonly T[]): T => from[roll(from.length)]!;
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: roll(most + 1) }, make);
  return { roll, pick, some };
}

function randomWorld(seed: number): { world: PolicyWorld; connections: Connection[] } {
  const { roll, pick, some } = dice(seed);
  const keys = ['app', 'tier'];
  const values = ['a', 'b'];
  const spaces = ['x', 'y', 'z'];
  const labels = () => Object.fromEntries(keys.filter(() => roll(3) > 0).map((key) => [key, pick(values)]));
  const selector = () => ({
    ...(roll(2) ? { matchLabels: roll(2) ? { [pick(keys)]: pick(values) } : {} } : {}),
    ...(roll(3) === 0 ? { matchExpressions: [{ key: pick(keys), operator: pick(['In', 'NotIn', 'Exists', 'DoesNotExist'] as const), values: [pick(values)] }] } : {}),
  });
  const randomPods = Array.from({ length: 7 }, (_, i): Pod => ({
    apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${i}`, namespace: pick(spaces), labels: labels() },
    status: { phase: 'Running', podIP: `10.244.${roll(2)}.${i + 2}` },
    spec: {
      nodeName: pick(['n1', 'n2']), ...(roll(12) === 0 ? { hostNetwork: true } : {}),
      containers: [{ name: 'c', image: 'a', ports: [{ name: 'web', containerPort: pick([80, 81]), protocol: pick(['TCP', 'UDP'] as const) }] }],
    },
  }));
  const block = (): NetworkPolicyPeer => ({ ipBlock: pick([
    { cidr: '0.0.0.0/0' }, { cidr: '0.0.0.0/0', except: ['10.244.1.0/24', '203.0.113.8/29'] }, { cidr: '10.244.0.0/24', except: ['10.244.0.4/30'] }, { cidr: '192.0.0.0/4' },
    { cidr: '10.244.1.3/32' }, { cidr: '::/0' },
  ]) });
  const peer = (): NetworkPolicyPeer => pick([block, () => ({ podSelector: selector() }), () => ({ namespaceSelector: selector() }), () => ({ podSelector: selector(), namespaceSelector: selector() })])();
  const port = (): NetworkPolicyPort => ({
    ...(roll(2) ? { protocol: pick(['TCP', 'UDP', 'SCTP'] as const) } : {}),
    ...pick([{}, { port: 80 }, { port: 81 }, { port: 'web' }, { port: 79, endPort: 80 }]),
  });
  const policies = some(5, () => {
    const types = pick([undefined, ['Ingress'], ['Egress'], ['Ingress', 'Egress']] as const);
    return policy(`policy${roll(1e9)}`, pick(spaces), {
      podSelector: selector(), ...(types ? { policyTypes: [...types] } : {}),
      ...(roll(3) ? { ingress: some(2, () => ({ ...(roll(3) ? { from: some(2, peer) } : {}), ...(roll(2) ? { ports: some(2, port) } : {}) })) } : {}),
      ...(roll(2) ? { egress: some(2, () => ({ ...(roll(3) ? { to: some(2, peer) } : {}), ...(roll(2) ? { ports: some(2, port) } : {}) })) } : {}),
    });
  });
  const addresses = [...randomPods.filter(({ spec }) => !spec.hostNetwork).map(({ status }) => status!.podIP!), '203.0.113.10', '172.18.0.77'];
  const connections = addresses.flatMap((from) => addresses.flatMap((to) => [79, 80, 81].flatMap((number) =>
    (['TCP', 'UDP'] as Protocol[]).map((protocol): Connection => ({ from, to, port: number, protocol })))));
  return { world: { policies, pods: randomPods, namespaces: spaces.map((name) => namespace(name, labels())) }, connections };
}

test('planned rules decide as the specification for random worlds', () => {
  let allowed = 0;
  let denied = 0;
  for (let seed = 1; seed <= 400; seed += 1) {
    const { world: random, connections } = randomWorld(seed * 7919);
    const plans = new Map(['n1', 'n2'].map((name) => [name, planPolicies(random, { name, probeAddress })]));
    const nodeOf = (address: string) => random.pods.find(({ spec, status }) => !spec.hostNetwork && status?.podIP === address)?.spec.nodeName;
    for (const connection of connections) {
      const passes = [...new Set([nodeOf(connection.from), nodeOf(connection.to)])].every((name) => name === undefined || runPacket(plans.get(name)!, connection) === 'pass');
      const expected = isAllowed(connection, random);
      if (passes !== expected) assert.fail(`seed ${seed}: ${JSON.stringify(connection)} should be ${expected ? 'allowed' : 'denied'}\n${JSON.stringify(random, null, 1)}`);
      if (expected) allowed += 1;
      else denied += 1;
    }
  }
  assert.ok(allowed > 1000 && denied > 1000, `a fair mix: ${allowed} allowed, ${denied} denied`);
});

// The planner's chains against what kube-proxy is known to write.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EndpointSlice, Service } from '../../types/index.ts';
import { planChanges, planFromScratch, parseSaved } from '../ruleSet.ts';
import { endpointChain, isServiceChain, serviceChain, serviceJumps } from './chains.ts';
import { planServiceRules } from './plan.ts';

const node = { name: 'worker', podCidr: '10.244.0.0/16' };

function service(name: string, spec: Partial<Service['spec']>, namespace = 'default'): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { type: 'ClusterIP', clusterIP: '10.96.5.5', ports: [{ port: 80, protocol: 'TCP' }], ...spec } };
}

function slice(endpoints: [address: string, nodeName: string, conditions?: EndpointSlice['endpoints'][number]['conditions']][], ports: EndpointSlice['ports'] = [{ name: '', port: 8080, protocol: 'TCP' }]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 's', namespace: 'default' }, addressType: 'IPv4', ports,
    endpoints: endpoints.map(([address, nodeName, conditions]) => ({ addresses: [address], nodeName, conditions: conditions ?? { ready: true, serving: true, terminating: false } })),
  };
}

const plan = (one: Service, ...slices: EndpointSlice[]) => planServiceRules([one], () => slices, node);

describe('chain names', () => {
  test('are those of real clusters', () => {
    assert.equal(serviceChain('SVC', 'default/kubernetes:https', 'tcp'), 'KUBE-SVC-NPX46M4PTMTKRN6Y');
    assert.equal(serviceChain('SVC', 'kube-system/kube-dns:dns', 'udp'), 'KUBE-SVC-TCOU7JCQXEZGVUNU');
    assert.equal(serviceChain('SVC', 'kube-system/kube-dns:dns-tcp', 'tcp'), 'KUBE-SVC-ERIFXISQEP7F7OF4');
  });
});

describe('service rules', () => {
  test('a ClusterIP spreads evenly over ready endpoints and masquerades what is not from pods or is a hairpin', () => {
    const { nat, filter } = plan(service('web', {}), slice([['10.244.1.2', 'worker'], ['10.244.2.3', 'worker2'], ['10.244.2.4', 'worker2', { ready: false, serving: false, terminating: false }]]));
    const chain = serviceChain('SVC', 'default/web', 'tcp');
    const [one, two] = [endpointChain('default/web', 'tcp', '10.244.1.2:8080'), endpointChain('default/web', 'tcp', '10.244.2.3:8080')];
    assert.deepEqual(nat.get('KUBE-SERVICES'), [
      `-m comment --comment "default/web cluster IP" -m tcp -p tcp -d 10.96.5.5 --dport 80 -j ${chain}`,
      '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    ]);
    assert.deepEqual(nat.get(chain), [
      '-m comment --comment "default/web cluster IP" -m tcp -p tcp -d 10.96.5.5 --dport 80 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ',
      `-m comment --comment "default/web -> 10.244.1.2:8080" -m statistic --mode random --probability 0.5000000000 -j ${one}`,
      `-m comment --comment "default/web -> 10.244.2.3:8080" -j ${two}`,
    ]);
    assert.deepEqual(nat.get(one), [
      '-m comment --comment "default/web" -s 10.244.1.2 -j KUBE-MARK-MASQ',
      '-m comment --comment "default/web" -m tcp -p tcp -j DNAT --to-destination 10.244.1.2:8080',
    ]);
    assert.deepEqual(filter.get('KUBE-SERVICES'), []);
  });

  test('without endpoints it is rejected, and has no chains', () => {
    const { nat, filter } = plan(service('web', {}), slice([]));
    assert.deepEqual(filter.get('KUBE-SERVICES'), ['-m comment --comment "default/web has no endpoints" -m tcp -p tcp -d 10.96.5.5 --dport 80 -j REJECT']);
    assert.equal([...nat.keys()].some(isServiceChain), false);
  });

  test('endpoints that terminate serve only while no other does', () => {
    const leaving = { ready: false, serving: true, terminating: true };
    const only = plan(service('web', {}), slice([['10.244.1.2', 'worker', leaving]]));
    assert.ok(only.nat.has(endpointChain('default/web', 'tcp', '10.244.1.2:8080')));
    const both = plan(service('web', {}), slice([['10.244.1.2', 'worker', leaving], ['10.244.1.3', 'worker']]));
    assert.equal(both.nat.has(endpointChain('default/web', 'tcp', '10.244.1.2:8080')), false);
  });

  test('session affinity asks the recent list before the dice', () => {
    const { nat } = plan(service('web', { sessionAffinity: 'ClientIP' }), slice([['10.244.1.2', 'worker'], ['10.244.1.3', 'worker']]));
    const one = endpointChain('default/web', 'tcp', '10.244.1.2:8080');
    const rules = nat.get(serviceChain('SVC', 'default/web', 'tcp'))!;
    assert.equal(rules[1], `-m comment --comment "default/web -> 10.244.1.2:8080" -m recent --name ${one} --rcheck --seconds 10800 --reap -j ${one}`);
    assert.match(rules[3]!, /--probability 0\.5000000000/);
    assert.match(nat.get(one)![1]!, new RegExp(`-m recent --name ${one} --set -m tcp -p tcp -j DNAT`));
  });

  test('slices are merged by port name, each endpoint with the number of its own slice', () => {
    const named = service('web', { ports: [{ name: 'http', port: 80, protocol: 'TCP' }, { name: 'admin', port: 81, protocol: 'TCP' }] });
    const { nat, filter } = plan(named, slice([['10.244.1.2', 'worker']], [{ name: 'http', port: 80, protocol: 'TCP' }]), slice([['10.244.1.3', 'worker']], [{ name: 'http', port: 8080, protocol: 'TCP' }]));
    const text = nat.get(serviceChain('SVC', 'default/web:http', 'tcp'))!.join('\n');
    assert.match(text, /-> 10\.244\.1\.2:80"/);
    assert.match(text, /-> 10\.244\.1\.3:8080"/);
    assert.match(filter.get('KUBE-SERVICES')![0]!, /default\/web:admin has no endpoints/);
  });

  test('NodePort with the Local policy keeps sources and drops where no endpoint is', () => {
    const spec: Partial<Service['spec']> = { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }] };
    const here = plan(service('web', spec), slice([['10.244.1.2', 'worker'], ['10.244.2.2', 'worker2']]));
    const ext = serviceChain('EXT', 'default/web', 'tcp');
    const local = serviceChain('SVL', 'default/web', 'tcp');
    assert.deepEqual(here.nat.get('KUBE-NODEPORTS'), [`-m comment --comment "default/web" -m tcp -p tcp --dport 30080 -j ${ext}`]);
    assert.equal(here.nat.get(ext)!.at(-1), `-j ${local}`);
    assert.equal(here.nat.get(local)!.filter((rule) => rule.includes('10.244.2.2')).length, 0);
    const elsewhere = plan(service('web', spec), slice([['10.244.2.2', 'worker2']]));
    assert.deepEqual(elsewhere.filter.get('KUBE-EXTERNAL-SERVICES'), ['-m comment --comment "default/web has no local endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j DROP']);
  });

  test('NodePort with the Cluster policy is masqueraded', () => {
    const { nat } = plan(service('web', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }] }), slice([['10.244.2.2', 'worker2']]));
    assert.deepEqual(nat.get(serviceChain('EXT', 'default/web', 'tcp')), [
      '-m comment --comment "masquerade traffic for default/web external destinations" -j KUBE-MARK-MASQ', `-j ${serviceChain('SVC', 'default/web', 'tcp')}`,
    ]);
  });

  test('headless and ExternalName Services have no rules', () => {
    for (const spec of [{ clusterIP: 'None' }, { type: 'ExternalName' as const, clusterIP: undefined }]) {
      const { nat, filter } = plan(service('web', spec), slice([['10.244.2.2', 'worker2']]));
      assert.equal(nat.get('KUBE-SERVICES')!.length, 1);
      assert.deepEqual(filter.get('KUBE-SERVICES'), []);
    }
  });
});

describe('changes of rule sets', () => {
  test('touch only chains that differ, and remove those no longer there', () => {
    const before = plan(service('web', {}), slice([['10.244.1.2', 'worker'], ['10.244.1.3', 'worker']]));
    assert.equal(planChanges(before, before), '');
    const text = planChanges(before, plan(service('web', {}), slice([['10.244.1.2', 'worker']])));
    const gone = endpointChain('default/web', 'tcp', '10.244.1.3:8080');
    assert.match(text, new RegExp(`^\\*nat\\n:${serviceChain('SVC', 'default/web', 'tcp')} - \\[0:0\\]\\n:${gone} - \\[0:0\\]\\n`));
    assert.match(text, new RegExp(`-X ${gone}\\nCOMMIT\\n$`));
    assert.equal(text.includes('KUBE-POSTROUTING'), false);
  });

  test('a new Service costs one rule in the shared chain, wherever it stands', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name, i) => service(name, { clusterIP: `10.96.5.${i}` }));
    const slices = () => [slice([['10.244.1.2', 'worker']])];
    const before = planServiceRules([a!, c!], slices, node);
    const after = planServiceRules([a!, b!, c!], slices, node);
    const added = `-m comment --comment "default/b cluster IP" -m tcp -p tcp -d 10.96.5.1 --dport 80 -j ${serviceChain('SVC', 'default/b', 'tcp')}`;
    assert.deepEqual(planChanges(before, after).split('\n').filter((line) => / KUBE-SERVICES /.test(line)), [`-I KUBE-SERVICES 2 ${added}`]);
    assert.deepEqual(planChanges(after, before).split('\n').filter((line) => / KUBE-SERVICES /.test(line)), [`-D KUBE-SERVICES ${added}`]);
  });

  test('large changes are committed in parts, endpoints before what leads to them', () => {
    const services = Array.from({ length: 200 }, (_, i) => service(`s${i}`, { clusterIP: `10.96.5.${i}` }));
    const text = planChanges(planServiceRules([], () => [], node), planServiceRules(services, () => [slice([['10.244.1.2', 'worker']])], node));
    const sections = text.split('COMMIT\n').slice(0, -1);
    assert.ok(sections.length > 4);
    for (const section of sections) assert.ok(section.match(/^-[AID]/gm) === null || section.match(/^-[AID]/gm)!.length <= 150);
    assert.ok(text.lastIndexOf('-A KUBE-SEP-') < text.lastIndexOf(' KUBE-SERVICES '));
    assert.ok(text.lastIndexOf(':KUBE-') < text.indexOf('-A KUBE-'));
  });

  test('from an unknown state add missing jumps once and drop stale chains', () => {
    const saved = '*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n:KUBE-SVC-AAAAAAAAAAAAAAAA - [0:0]\n-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES\nCOMMIT\n';
    const text = planFromScratch(saved, plan(service('web', {})), serviceJumps, isServiceChain);
    assert.equal(text.includes('-A PREROUTING'), false);
    assert.equal(text.match(/-A OUTPUT/g)?.length, 2);
    assert.match(text, /-X KUBE-SVC-AAAAAAAAAAAAAAAA/);
    assert.deepEqual(parseSaved(saved).nat.get('PREROUTING'), ['-m comment --comment "kubernetes service portals" -j KUBE-SERVICES']);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planHostname, planHosts, planResolvConf } from './dns.ts';

const context = { namespace: 'shop', clusterDomain: 'cluster.local', dnsServiceIp: '10.96.0.10', nodeResolvConf: '# node\nnameserver 172.18.0.1\nsearch lan\noptions edns0\n' };

describe('resolv.conf', () => {
  test('ClusterFirst, the default', () => assert.equal(planResolvConf({}, context), 'search shop.svc.cluster.local svc.cluster.local cluster.local lan\nnameserver 10.96.0.10\noptions ndots:5\n'));
  test('hostNetwork with ClusterFirst falls back to the node\'s, ClusterFirstWithHostNet does not', () => {
    assert.equal(planResolvConf({ hostNetwork: true, dnsPolicy: 'ClusterFirst' }, context), 'search lan\nnameserver 172.18.0.1\noptions edns0\n');
    assert.match(planResolvConf({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, context), /nameserver 10\.96\.0\.10/);
  });
  test('None is only what dnsConfig says; its options replace those of the same name', () => {
    assert.equal(planResolvConf({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['x'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] } }, context), 'search x\nnameserver 1.1.1.1\noptions ndots:2 edns0\n');
    assert.match(planResolvConf({ dnsConfig: { options: [{ name: 'ndots', value: '1' }] } }, context), /^options ndots:1$/m);
  });
});

describe('names', () => {
  const named = (name: string, spec = {}) => planHostname({ name, namespace: 'shop', spec }, 'cluster.local');
  test('a long name is cut to 63 characters and does not end in a dash', () => {
    assert.equal(named(`${'a'.repeat(62)}-tail`).hostname, 'a'.repeat(62));
  });
  test('a subdomain gives a domain', () => {
    assert.deepEqual(named('web-0', { subdomain: 'web' }), { hostname: 'web-0', domain: 'web.shop.svc.cluster.local' });
    assert.equal(named('web-0', { subdomain: 'web', setHostnameAsFQDN: true }).hostname, 'web-0.web.shop.svc.cluster.local');
  });
  test('hosts names the pod by its full name first, then aliases', () => {
    const hosts = planHosts({ ip: '10.244.1.2', hostname: 'web-0', domain: 'web.shop.svc.cluster.local', aliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }], nodeHosts: '' });
    assert.match(hosts, /^10\.244\.1\.2\tweb-0\.web\.shop\.svc\.cluster\.local\tweb-0$/m);
    assert.match(hosts, /# Entries added by HostAliases\.\n1\.2\.3\.4\ta\tb\n$/);
    assert.equal(planHosts({ hostname: 'n', hostNetwork: true, nodeHosts: '127.0.0.1 localhost\n' }), '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n');
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressOf, parseNetworkConfig, parseResult, planChain, planEnvironment, planInput } from './cni.ts';
import { RuntimeError } from './errors.ts';

const list = JSON.stringify({
  cniVersion: '1.0.0', name: 'pods',
  plugins: [{ type: 'bridge', bridge: 'cni0', ipam: { type: 'host-local' } }, { type: 'portmap', capabilities: { portMappings: true } }, { type: 'tuning' }],
});
const hostPorts = [{ protocol: 'TCP' as const, containerPort: 80, hostPort: 8080 }];

describe('network configuration', () => {
  test('the first file by name wins, other kinds of files are left alone', () => {
    const files = new Map([['README', 'x'], ['20-b.conflist', list], ['10-a.conf', '{"cniVersion":"0.4.0","name":"single","type":"ptp"}']]);
    assert.deepEqual(parseNetworkConfig(files), { cniVersion: '0.4.0', name: 'single', plugins: [{ cniVersion: '0.4.0', name: 'single', type: 'ptp' }] });
  });

  test('nothing there, broken JSON, no plugins and a path as plugin are NetworkNotReady', () => {
    for (const files of [[], [['a.conflist', '{']], [['a.conflist', '{"name":"x","plugins":[]}']], [['a.conf', '{"name":"x","type":"../../bin/sh"}']]] as [string, string][][]) {
      assert.throws(() => parseNetworkConfig(new Map(files)), (error: unknown) => error instanceof RuntimeError && error.reason === 'NetworkNotReady');
    }
  });
});

describe('plugin chain', () => {
  const config = parseNetworkConfig(new Map([['a.conflist', list]]));

  test('portmap is called only where a port is asked for', () => {
    assert.deepEqual(planChain(config, { hostPorts: [] }).map((plugin) => plugin.type), ['bridge', 'tuning']);
    assert.deepEqual(planChain(config, { hostPorts }).map((plugin) => plugin.type), ['bridge', 'portmap', 'tuning']);
  });

  test('a plugin gets its own part, the list name, the result before it, and only the capabilities it names', () => {
    const previous = { ips: [{ address: '10.244.1.2/24' }] };
    assert.deepEqual(JSON.parse(planInput(config, config.plugins[1]!, { hostPorts }, previous)), {
      type: 'portmap', cniVersion: '1.0.0', name: 'pods', prevResult: previous,
      runtimeConfig: { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: '' }] },
    });
    assert.deepEqual(JSON.parse(planInput(config, config.plugins[2]!, { hostPorts }, undefined)), { type: 'tuning', cniVersion: '1.0.0', name: 'pods' });
  });

  test('the environment names pod and sandbox as containerd does', () => {
    const env = planEnvironment('abc', '/run/netns/cni-1', { namespace: 'default', name: 'web', podUid: 'u1' }, ['/opt/cni/bin', '/usr/lib/cni']);
    assert.equal(env.CNI_PATH, '/opt/cni/bin:/usr/lib/cni');
    assert.equal(env.CNI_ARGS, 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=abc;K8S_POD_UID=u1');
  });
});

describe('plugin result', () => {
  test('the address is the first IPv4 one, without its length', () => {
    assert.equal(addressOf(parseResult('bridge', '{"ips":[{"address":"fd00::2/64"},{"address":"10.244.1.2/24"}]}', 's')), '10.244.1.2');
    assert.equal(addressOf({}), undefined);
  });

  test("a refusal carries the plugin's words; silence is a refusal", () => {
    assert.throws(() => parseResult('bridge', '{"code":11,"msg":"no IP addresses available in range set"}', 'abc'), /plugin type="bridge" failed \(add\): no IP addresses available in range set/);
    assert.throws(() => parseResult('bridge', '', 'abc'), /no error message/);
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { planMachineBatch, planNodeRules, planRouterBatch } from './lan.ts';
import { planCniConfig, planMachineFiles } from './machineFiles.ts';
import { createMachines } from './machines.ts';
import { planCluster } from './plan.ts';
import { readBootReports } from './reports.ts';

const config = planCluster('demo', 3);
const machine = (name: string) => config.machines.find((one) => one.name === name)!;

test('a cluster of three has the machines that labs name', () => {
  assert.deepEqual(config.machines.map(({ name, address, podCidr }) => [name, address, podCidr]), [
    ['control-plane', '172.18.0.2', '10.244.0.0/24'], ['worker', '172.18.0.3', '10.244.1.0/24'], ['worker2', '172.18.0.4', '10.244.2.0/24'],
    ['workstation', '172.18.0.100', undefined], ['outside', '203.0.113.10', undefined],
  ]);
  const all = planCluster('demo', 32).machines.map(({ address }) => address);
  assert.equal(new Set(all).size, all.length);
});

describe('wires', () => {
  test('every machine gets a cable, outside on its own bridge', () => {
    const batch = planRouterBatch(config);
    assert.match(batch, /^link set v-worker2 master br-lan up$/m);
    assert.match(batch, /^link set v-outside master br-outside up$/m);
    for (const name of batch.matchAll(/link add (v-\S+)/g)) assert.ok(name[1]!.length <= 15, name[1]);
  });
  test('machines on the LAN know every other node\'s pods; outside knows none', () => {
    assert.match(planMachineBatch(config, machine('worker')), /^route add 10\.244\.2\.0\/24 via 172\.18\.0\.4$/m);
    assert.doesNotMatch(planMachineBatch(config, machine('worker')), /route add 10\.244\.1\.0/);
    assert.match(planMachineBatch(config, machine('workstation')), /^route add 10\.244\.1\.0\/24 via 172\.18\.0\.3$/m);
    assert.doesNotMatch(planMachineBatch(config, machine('outside')), /10\.244/);
  });
  test('the probe address is the control-plane\'s and routed from the other nodes', () => {
    assert.match(planMachineBatch(config, machine('control-plane')), /^addr add 169\.254\.77\.1\/32 dev eth0$/m);
    assert.match(planMachineBatch(config, machine('worker')), /^route add 169\.254\.77\.1\/32 via 172\.18\.0\.2$/m);
  });
  test('pods keep their address among pods', () => {
    const rules = planNodeRules(config, machine('worker')).split('\n');
    assert.ok(rules.findIndex((rule) => rule.includes('-d 10.244.0.0/16') && rule.endsWith('RETURN')) < rules.findIndex((rule) => rule.includes('MASQUERADE')));
  });
});

test('nodes have a CNI configuration for their own pods, others none', () => {
  const parsed = JSON.parse(planCniConfig(machine('worker'))) as { plugins: { type: string; ipam?: { ranges: { subnet: string }[][] } }[] };
  assert.deepEqual(parsed.plugins.map(({ type }) => type), ['bridge', 'portmap']);
  assert.equal(parsed.plugins[0]!.ipam!.ranges[0]![0]!.subnet, '10.244.1.0/24');
  const paths = (name: string) => planMachineFiles(config, machine(name)).map((file) => file.path);
  assert.ok(paths('worker').some((file) => file.startsWith('/etc/cni/')));
  assert.ok(!paths('workstation').some((file) => file.startsWith('/etc/cni/')));
});

describe('machines', () => {
  const pids = new Map(config.machines.map(({ name }, index) => [name, 100 + index]));
  const machines = createMachines(config, pids, { joinFiles: ['/cg/0'] });
  test('argv enters the namespaces and joins the machines\' cgroup', () => {
    assert.deepEqual(machines.argv('worker', ['ip', 'a']), ['sh', '-c', 'echo 0 >/cg/0; exec "$@"', 'sh', 'nsenter', '-t', '101', '-m', '-u', '-i', '-n', '-p', '-C', '--', 'ip', 'a']);
    assert.deepEqual(machines.argv('worker', ['ip', 'a'], { netns: '/run/netns/x' }).slice(-5), ['nsenter', '--net=/run/netns/x', '--', 'ip', 'a']);
  });
  test('netOnly enters one network namespace and keeps the files', () => {
    assert.deepEqual(machines.argv('worker', ['ip', 'a'], { netOnly: true }), ['nsenter', '--net=/proc/101/ns/net', '--', 'ip', 'a']);
    assert.deepEqual(machines.argv('worker', ['ip', 'a'], { netOnly: true, netns: '/run/netns/x' }), ['nsenter', '--net=/proc/101/root/run/netns/x', '--', 'ip', 'a']);
  });
  test('an unknown machine is refused', () => {
    assert.throws(() => machines.get('nowhere'), { code: 'engine-unknown-machine' });
    assert.throws(() => createMachines(config, new Map(), { joinFiles: [] }), { code: 'engine-machines-missing' });
  });
});

describe('boot reports', () => {
  const folders = () => {
    const base = mkdtempSync(path.join(tmpdir(), 'pb-reports-'));
    mkdirSync(path.join(base, 'machines'));
    mkdirSync(path.join(base, 'pki'));
    return { base, machines: path.join(base, 'machines'), pki: path.join(base, 'pki') };
  };
  test('reports arrive in any pieces', async (t) => {
    const at = folders();
    t.after(() => rmSync(at.base, { recursive: true }));
    const input = new PassThrough();
    const reports = readBootReports(['a', 'b'], input, at);
    for (const piece of ['mach', 'ine a 7\np', 'ki\nmachine b', ' 8\n']) input.write(piece);
    assert.deepEqual([...(await reports.machines)], [['a', 7], ['b', 8]]);
    await reports.pki;
  });
  test('an engine that came back reads what was reported before; an unfinished file does not count', async (t) => {
    const at = folders();
    t.after(() => rmSync(at.base, { recursive: true }));
    writeFileSync(path.join(at.machines, 'a'), '7\n');
    writeFileSync(path.join(at.machines, 'b'), '8');
    writeFileSync(path.join(at.pki, 'complete'), '');
    const input = new PassThrough();
    const reports = readBootReports(['a', 'b'], input, at);
    await reports.pki;
    input.write('machine b 88\n');
    assert.deepEqual([...(await reports.machines)], [['a', 7], ['b', 88]]);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContainerSpec, Sandbox } from '../types/index.ts';
import { planCapabilities, planOciConfig } from './ociConfig.ts';

const sandbox: Sandbox = {
  id: 'sb', ready: true, netns: '/run/netns/cni-1', pausePid: 42, createdAt: '', ip: '10.244.1.2',
  spec: { podUid: 'u', namespace: 'default', name: 'web', attempt: 0, hostname: 'web', hostNetwork: false, hostPorts: [], labels: {} },
};
const spec: ContainerSpec = {
  sandboxId: 'sb', name: 'web', attempt: 0, imageId: 'i', argv: ['/bin/web'], env: ['PATH=/bin'], cwd: '/', mounts: [], privileged: false, readOnlyRoot: false,
  addCapabilities: [], dropCapabilities: [], stdin: false, stdinOnce: false, tty: false, pidNamespace: 'container', logPath: '/l',
};
interface Config {
  process: { capabilities: { bounding: string[]; effective: string[] }; env: string[]; terminal: boolean; noNewPrivileges?: boolean };
  mounts: { destination: string; source: string; options: string[] }[];
  linux: { namespaces: { type: string; path?: string }[]; maskedPaths?: string[] };
}
const plan = (change: Partial<ContainerSpec> = {}, host: Partial<Sandbox['spec']> = {}) => planOciConfig({ ...spec, ...change }, { ...sandbox, spec: { ...sandbox.spec, ...host } }) as Config;

describe('capabilities', () => {
  const of = (change: Partial<ContainerSpec>) => planCapabilities({ ...spec, ...change });
  test("a plain container has containerd's fourteen", () => {
    assert.equal(of({}).length, 14);
    assert.ok(!of({}).includes('CAP_NET_ADMIN'));
  });
  test('drop ALL then add one leaves that one; unknown names are nothing', () => {
    assert.deepEqual(of({ dropCapabilities: ['ALL'], addCapabilities: ['NET_BIND_SERVICE', 'SYS_RESOURCE_X'] }), ['CAP_NET_BIND_SERVICE']);
  });
  test('CAP_ prefixes and lower case are understood', () => {
    assert.ok(of({ addCapabilities: ['CAP_NET_ADMIN'] }).includes('CAP_NET_ADMIN'));
    assert.ok(!of({ dropCapabilities: ['net_raw'] }).includes('CAP_NET_RAW'));
  });
  test('privileged has all but the power over host limits', () => {
    assert.ok(of({ privileged: true }).includes('CAP_SYS_ADMIN'));
    assert.ok(!of({ privileged: true }).includes('CAP_SYS_RESOURCE'));
  });
});

describe('configuration', () => {
  test("a container joins its sandbox's network, ipc and uts and has its own processes", () => {
    assert.deepEqual(plan().linux.namespaces, [
      { type: 'mount' }, { type: 'cgroup' }, { type: 'ipc', path: '/proc/42/ns/ipc' }, { type: 'pid' }, { type: 'network', path: '/run/netns/cni-1' }, { type: 'uts', path: '/proc/42/ns/uts' },
    ]);
  });
  test('hostNetwork leaves network and name the node\'s; a shared process namespace is the pause process\'s', () => {
    assert.deepEqual(plan({ pidNamespace: 'pod' }, { hostNetwork: true }).linux.namespaces.slice(2), [{ type: 'ipc', path: '/proc/42/ns/ipc' }, { type: 'pid', path: '/proc/42/ns/pid' }]);
    assert.ok(!plan({ pidNamespace: 'node' }).linux.namespaces.some((namespace) => namespace.type === 'pid'));
  });
  test('mounts come parents first and replace standard ones of the same place', () => {
    const { mounts } = plan({ mounts: [{ source: '/b', target: '/data/deep', readOnly: true }, { source: '/a', target: '/data', readOnly: false }, { source: '/s', target: '/dev/shm', readOnly: false }] });
    const targets = mounts.map((mount) => mount.destination);
    assert.ok(targets.indexOf('/data') < targets.indexOf('/data/deep'));
    assert.deepEqual(mounts.filter((mount) => mount.destination === '/dev/shm').map((mount) => mount.source), ['/s']);
    assert.ok(mounts.find((mount) => mount.destination === '/data/deep')!.options.includes('ro'));
  });
  test('a user without root\'s id starts without capabilities; a terminal gets TERM once', () => {
    assert.deepEqual(plan({ user: { uid: 1000, gid: 1000 } }).process.capabilities.effective, []);
    assert.equal(plan({ user: { uid: 1000, gid: 1000 } }).process.capabilities.bounding.length, 14);
    assert.deepEqual(plan({ tty: true }).process.env, ['PATH=/bin', 'TERM=xterm']);
    assert.deepEqual(plan({ tty: true, env: ['TERM=dumb'] }).process.env, ['TERM=dumb']);
  });
  test('privileged sees unmasked kernel files; noNewPrivileges is passed on', () => {
    assert.ok(plan().linux.maskedPaths!.includes('/proc/kcore'));
    assert.equal(plan({ privileged: true }).linux.maskedPaths, undefined);
    assert.equal(plan({ noNewPrivileges: true }).process.noNewPrivileges, true);
  });
});

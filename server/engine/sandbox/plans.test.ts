import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { planCluster } from '../network/plan.ts';
import { cgroupName, ensureCgroups, findHierarchies } from './cgroups.ts';
import { planDoorScript, planInitScript, planMachineScript, planMachinesScript, planPkiScript, planSuperviseScript } from './initScript.ts';
import { readMountFlags } from './mountFlags.ts';
import { planEnterScript, planOuterScript, planSizes } from './outerScript.ts';
import type { LaunchPlan } from './outerScript.ts';
import { planStatePaths } from './statePaths.ts';

const plan: LaunchPlan = {
  config: planCluster('demo', 3),
  folder: "/data/it's here/demo",
  images: '/data/images', nodeImage: 'abc', node: '/node', bundle: '/b/engine.cjs', prober: '/b/prober.cjs', compileCache: '/b/compileCache',
  idBase: { uid: 200_000, gid: 300_000, count: 65_536 },
  limits: { pids: 500, memoryMiB: 1000, openFiles: 4096 },
  cgroups: { control: ['/sys/fs/cgroup/pids/x/control/cgroup.procs'], machines: ['/sys/fs/cgroup/pids/x/machines/cgroup.procs'], leave: ['/sys/fs/cgroup/pids/cgroup.procs'], remove: ['/sys/fs/cgroup/pids/x'] },
  cgroupNamespace: true,
  mountFlags: () => ['nosuid'],
};

describe('scripts', () => {
  const scripts = {
    outer: planOuterScript(plan), enter: planEnterScript(plan), init: planInitScript(plan), machines: planMachinesScript(plan),
    pki: planPkiScript(plan), supervise: planSuperviseScript(plan), door: planDoorScript(),
    ...Object.fromEntries(plan.config.machines.map((machine) => [machine.name, planMachineScript(plan, machine)])),
  };
  for (const [name, text] of Object.entries(scripts)) {
    test(`${name} is valid shell`, () => {
      execFileSync('sh', ['-n'], { input: text });
    });
  }
  test('a read-only bind keeps the flags of the mount below it', () => {
    assert.match(scripts.outer, /\/data\/images .* none bind,ro,nosuid 0 0$/m);
  });
});

test('memory-backed file systems together stay under the memory limit', () => {
  for (const nodes of [1, 3, 9]) {
    const sizes = planSizes({ config: planCluster('demo', nodes), limits: plan.limits });
    assert.ok(Object.values(sizes).reduce((sum, size) => sum + size, 0) < plan.limits.memoryMiB * 0.7, JSON.stringify(sizes));
  }
});

describe('state paths', () => {
  test('a bad name is refused', () => {
    for (const name of ['', '..', 'a/b', 'A', '-a', 'a-', 'a'.repeat(41)]) assert.throws(() => planStatePaths('/data', name), { code: 'engine-name' }, name);
    assert.equal(planStatePaths('/data', 'a').folder, '/data/a');
  });
  test('a socket path beyond what the kernel takes is refused', () => {
    assert.throws(() => planStatePaths(`/${'d'.repeat(90)}`, 'a'), { code: 'engine-path' });
  });
});

test('mount flags come from the longest mount point', () => {
  const flags = readMountFlags('1 0 8:1 / / rw,relatime - ext4 /dev/a rw\n2 1 8:2 / /home rw,nosuid,nodev,noatime - ext4 /dev/b rw\n3 2 8:3 / /home/a\\040b rw,noexec - ext4 /dev/c rw\n');
  assert.deepEqual(flags('/home/me/x'), ['nosuid', 'nodev', 'noatime']);
  assert.deepEqual(flags('/home/a b/x'), ['noexec']);
  assert.deepEqual(flags('/homes'), ['relatime']);
});

describe('cgroups', () => {
  const fake = (files: Record<string, string>) => {
    const base = mkdtempSync(path.join(tmpdir(), 'pb-cg-'));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(base, file)), { recursive: true });
      writeFileSync(path.join(base, file), text);
    }
    return base;
  };
  const owner = { uid: process.getuid!(), gid: process.getgid!() };

  test('version 1: a group per controller, machines below the whole', async (t) => {
    const base = fake({ 'pids/cgroup.procs': '', 'memory/cgroup.procs': '' });
    t.after(() => rmSync(base, { recursive: true }));
    const name = cgroupName('/data/demo');
    const groups = await ensureCgroups('/data/demo', { pids: 500, memoryMiB: 1000 }, owner, base);
    assert.deepEqual(groups.control, ['pids', 'memory'].map((controller) => `${base}/${controller}/patchbay/${name}/control/cgroup.procs`));
    const read = (file: string) => Number(readFileSync(path.join(base, file), 'utf8'));
    assert.equal(read(`pids/patchbay/${name}/pids.max`), 500);
    assert.ok(read(`pids/patchbay/${name}/machines/pids.max`) < 500);
    assert.equal(read(`memory/patchbay/${name}/memory.limit_in_bytes`), 1000 * 2 ** 20);
    assert.ok(read(`memory/patchbay/${name}/machines/memory.limit_in_bytes`) < 1000 * 2 ** 20);
  });

  test('version 2: controllers are handed down to every group but the leaves', async (t) => {
    const base = fake({ 'cgroup.controllers': 'cpu memory pids\n' });
    t.after(() => rmSync(base, { recursive: true }));
    assert.deepEqual(findHierarchies(base), [{ version: 2, root: base, controllers: ['pids', 'memory'] }]);
    const name = cgroupName('/data/demo');
    const groups = await ensureCgroups('/data/demo', { pids: 500, memoryMiB: 1000 }, owner, base);
    assert.deepEqual(groups.machines, [`${base}/patchbay/${name}/machines/cgroup.procs`]);
    const read = (file: string) => readFileSync(path.join(base, file), 'utf8');
    for (const folder of ['', 'patchbay/', `patchbay/${name}/`]) assert.equal(read(`${folder}cgroup.subtree_control`), '+pids +memory', folder);
    assert.equal(read(`patchbay/${name}/memory.max`), String(1000 * 2 ** 20));
  });

  test('without a hierarchy nothing is made', async (t) => {
    const base = fake({ 'other/x': '' });
    t.after(() => rmSync(base, { recursive: true }));
    assert.deepEqual(await ensureCgroups('/data/demo', { pids: 1, memoryMiB: 1 }, owner, base), { control: [], machines: [], folders: [] });
  });
});

// The sandboxes of this host: launch, find again, enter, destroy.
import { existsSync } from 'node:fs';
import { access, constants, readdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../../base/logger.ts';
import type { EngineCluster, EngineHost, EnginePaths, LaunchOptions, LaunchSpec } from '../host.ts';
import { isNode, maxNodes, planCluster } from '../network/plan.ts';
import type { EngineConfig } from '../types/machine.ts';
import { ensureCgroups, findCgroups, findHierarchies, noCgroups, removeCgroups } from './cgroups.ts';
import { planDoorArgv } from './door.ts';
import { EngineError } from './errors.ts';
import { isHostRoot, outerBase, readIdMap } from './idMap.ts';
import type { IdMap } from './idMap.ts';
import { readIdentitySync, tryLiveInit, tryReadIdentity, writeIdentity } from './identity.ts';
import type { SandboxIdentity } from './identity.ts';
import { followStages, spawnSandbox, writeStateFolder } from './launcher.ts';
import { readMountFlags } from './mountFlags.ts';
import { tryFindInit, tryIdentify } from './processes.ts';
import { endSandbox, removeStateFolder } from './removal.ts';
import { planStatePaths } from './statePaths.ts';
import { tryReadTail } from './tail.ts';
import type { StatePaths } from './statePaths.ts';

const nodeImageName = 'patchbay/node:latest';

/** Throws EngineError `engine-path` for a path that inside root, an "other" on the host, could not read. */
async function checkReadable(file: string, what: string, bits: number): Promise<string> {
  const real = await realpath(file).catch((cause: unknown) => {
    throw new EngineError('engine-path', `${what} is missing: ${file}.`, { hint: 'Run the set-up again.', cause });
  });
  const { mode } = await stat(real);
  if ((mode & bits) !== bits) {
    throw new EngineError('engine-path', `${what} ${real} is not readable for everybody, so a sandbox cannot use it.`, { hint: `chmod o+rX ${real}` });
  }
  await access(real, constants.R_OK);
  return real;
}

async function findNodeImage(images: string): Promise<string> {
  for (const id of await readdir(images)) {
    const text = await readFile(path.join(images, id, 'image.json'), 'utf8').catch(() => undefined);
    if (text && (JSON.parse(text) as { names?: string[] }).names?.includes(nodeImageName)) return id;
  }
  throw new EngineError('engine-path', `The image store ${images} has no ${nodeImageName}.`, { hint: 'Build the images again.' });
}

/** Takes the kubeconfig that the engine wrote into the host's part of the state folder. */
async function ensureAdminKubeconfig(state: StatePaths): Promise<void> {
  if (existsSync(state.adminKubeconfig)) return;
  const text = await tryReadTail(state.offeredKubeconfig);
  if (text === undefined) return;
  await writeFile(`${state.adminKubeconfig}.new`, text, { mode: 0o600 });
  await rename(`${state.adminKubeconfig}.new`, state.adminKubeconfig);
}

/**
 * The host side of the engine. `paths.bundle` has `prober.cjs` beside it. Methods throw EngineError; several hosts
 * (servers, commands) may share a `clusters` folder, each cluster's name being taken by making its folder.
 */
export function createEngineHost(paths: EnginePaths, logger: Logger): EngineHost {
  async function planLaunch(spec: LaunchSpec, state: StatePaths) {
    const [images, node, bundle, prober, map] = await Promise.all([
      checkReadable(paths.images, 'The image store', 0o005),
      checkReadable(paths.node, 'The Node binary', 0o005),
      checkReadable(paths.bundle, 'The bundled engine', 0o004),
      checkReadable(path.join(path.dirname(paths.bundle), 'prober.cjs'), 'The bundled prober', 0o004),
      readIdMap(paths.images),
    ]);
    const nodeImage = await findNodeImage(images);
    const compileCache = path.join(path.dirname(bundle), 'compileCache');
    const groups = isHostRoot() ? await ensureCgroups(state.folder, spec.limits, map) : noCgroups;
    const hierarchies = isHostRoot() ? findHierarchies() : [];
    return {
      map,
      groups,
      plan: {
        config: planCluster(spec.name, spec.nodes),
        folder: state.folder,
        images, nodeImage, node, bundle, prober,
        compileCache: existsSync(compileCache) ? compileCache : undefined,
        idBase: outerBase(map),
        limits: spec.limits,
        cgroups: { control: groups.control, machines: groups.machines, leave: hierarchies.map(({ root }) => `${root}/cgroup.procs`), remove: groups.folders },
        // On v2 machines may only join their group from a namespace whose root is above both.
        cgroupNamespace: !hierarchies.some(({ version }) => version === 2),
        mountFlags: readMountFlags(),
      },
    };
  }

  async function readCluster(name: string): Promise<EngineCluster | undefined> {
    const state = planStatePaths(paths.clusters, name);
    if (!existsSync(state.folder)) return undefined;
    const identity = await tryReadIdentity(state);
    const config = await readFile(state.config, 'utf8').then((text) => JSON.parse(text) as EngineConfig).catch(() => undefined);
    const initPid = identity && (await tryLiveInit(identity));
    if (initPid !== undefined) await ensureAdminKubeconfig(state);
    return {
      name,
      state: initPid === undefined ? 'stopped' : 'running',
      createdAt: identity?.createdAt ?? (await stat(state.folder).then(({ birthtimeMs }) => birthtimeMs).catch(() => 0)),
      ...(initPid === undefined ? {} : { initPid }),
      apiSocket: state.apiSocket,
      controlSocket: state.controlSocket,
      adminKubeconfig: state.adminKubeconfig,
      machines: (config?.machines ?? []).map(({ name: machine, role, address, podCidr }) => ({ name: machine, role, address, ...(podCidr ? { podCidr } : {}) })),
    };
  }

  async function remove(state: StatePaths): Promise<void> {
    await endSandbox(state);
    if (existsSync(state.folder)) await removeStateFolder(state, await readIdMap(paths.images));
  }

  async function launch(spec: LaunchSpec, options: LaunchOptions): Promise<EngineCluster> {
    const state = planStatePaths(paths.clusters, spec.name);
    if (!Number.isInteger(spec.nodes) || spec.nodes < 1 || spec.nodes > maxNodes) throw new EngineError('engine-launch', `A cluster has 1 to ${maxNodes} nodes, not ${spec.nodes}.`);
    options.signal.throwIfAborted();
    if (existsSync(state.folder)) throw new EngineError('engine-exists', `There is a cluster ${spec.name} already.`, { hint: 'Choose another name or remove it first.' });
    const { map, plan, groups } = await planLaunch(spec, state);
    try {
      await writeStateFolder(state, plan);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw new EngineError('engine-exists', `There is a cluster ${spec.name} already.`, { cause });
      await removeCgroups(groups);
      throw cause;
    }
    try {
      return await boot(state, spec, map, Date.now(), options);
    } catch (error) {
      await remove(state).catch((cause: unknown) => logger.error({ cluster: spec.name, err: cause }, 'a failed launch left something behind'));
      throw error;
    }
  }

  /** Starts the sandbox of a written state folder and waits until it is ready. */
  async function boot(state: StatePaths, spec: LaunchSpec, map: IdMap, createdAt: number, options: LaunchOptions): Promise<EngineCluster> {
    const startedAt = Date.now();
    const child = await spawnSandbox(state, map);
    const launcher = (await tryIdentify(child.pid!)) ?? { pid: child.pid!, start: '' };
    const identity: SandboxIdentity = { createdAt, launcher, uid: map.uid, limits: spec.limits };
    await writeIdentity(state, identity);
    const onSandbox = async () => {
      const pid = await tryFindInit(launcher.pid);
      const init = pid === undefined ? undefined : await tryIdentify(pid);
      if (!init) throw new Error('its first process was not found');
      await writeIdentity(state, { ...identity, init });
    };
    await followStages(child, state, { ...options, onSandbox });
    await ensureAdminKubeconfig(state);
    const cluster = (await readCluster(spec.name))!;
    logger.info({ cluster: spec.name, ms: Date.now() - startedAt }, 'sandbox ready');
    return cluster;
  }

  async function tryRestart(name: string, options: LaunchOptions): Promise<EngineCluster | undefined> {
    const state = planStatePaths(paths.clusters, name);
    const before = await readCluster(name);
    const identity = await tryReadIdentity(state);
    // The kubeconfig is taken once a cluster was ready: before that there is nothing to come back to.
    if (before?.state !== 'stopped' || !identity || !existsSync(state.adminKubeconfig)) return undefined;
    await endSandbox(state);
    const spec = { name, nodes: before.machines.filter(isNode).length, limits: identity.limits };
    const { map, plan } = await planLaunch(spec, state);
    await writeStateFolder(state, plan, { again: true });
    try {
      return await boot(state, spec, map, identity.createdAt, options);
    } catch (error) {
      await endSandbox(state).catch((cause: unknown) => logger.error({ cluster: name, err: cause }, 'a failed restart left something behind'));
      throw error;
    }
  }

  return {
    launch,
    tryRestart,
    async list() {
      const names = await readdir(paths.clusters).catch(() => [] as string[]);
      const found = await Promise.all(names.map((name) => readCluster(name).catch(() => undefined)));
      return found.filter((cluster) => cluster !== undefined);
    },
    tryGet: readCluster,
    async destroy(name) {
      await remove(planStatePaths(paths.clusters, name));
    },
    enter(cluster, machine, argv, options) {
      if (cluster.initPid === undefined) throw new EngineError('engine-machine', `The cluster ${cluster.name} is not running.`);
      if (!cluster.machines.some(({ name }) => name === machine)) {
        throw new EngineError('engine-machine', `There is no machine ${machine}.`, { hint: `Machines: ${cluster.machines.map(({ name }) => name).join(', ')}.` });
      }
      const state = planStatePaths(paths.clusters, cluster.name);
      const { limits } = readIdentitySync(state);
      return planDoorArgv({ initPid: cluster.initPid, join: findCgroups(state.folder).machines, limits }, machine, argv, options);
    },
    async logs(cluster) {
      const state = planStatePaths(paths.clusters, cluster.name);
      const files = { 'launch.log': state.launchLog, 'engine.log': state.engineLog, 'engine.log.1': `${state.engineLog}.1` };
      const texts = await Promise.all(Object.entries(files).map(async ([name, file]) => [name, await tryReadTail(file)] as const));
      return Object.fromEntries(texts.filter((entry): entry is [string, string] => entry[1] !== undefined));
    },
  } satisfies EngineHost;
}

// The engine process inside a sandbox: reads its configuration, builds every part, and tells the launcher when the cluster is ready.
import { chmodSync, closeSync, readFileSync, writeSync } from 'node:fs';
import { messageOf, systemClock } from '../base/index.ts';
import { startAgents } from './agents/index.ts';
import { startApiServer } from './api/index.ts';
import { createClient } from './client.ts';
import { startControlServer } from './control/server.ts';
import { ensureMachineKubeconfigs, readCredentials, writeAdminKubeconfig } from './control/credentials.ts';
import { boundedWriter, createLineLogger } from './control/lineLogger.ts';
import { createProbers } from './control/prober.ts';
import { createReadiness } from './control/readiness.ts';
import { createServiceAccountTokens, issuer, type ServiceAccountTokens } from './control/serviceAccountTokens.ts';
import { findPlace } from './control/sources.ts';
import { startControllers } from './controllers/index.ts';
import { createKubelet, kubeletVersion } from './kubelet/index.ts';
import { controlPlaneOf, createCommandShell, createMachines, isNode, readBootReports, watchMachines } from './network/index.ts';
import { createRegistry } from './registry/index.ts';
import { createImageStore, createNodeRuntime } from './runtime/index.ts';
import { startScheduler } from './scheduler/index.ts';
import { createStore } from './storage/index.ts';
import type { ControlProbeSource, EngineConfig, NodeStreams } from './types/index.ts';
import { nodePaths, sandboxPaths } from './types/index.ts';

/** The launcher's pipe in the first run of an engine: one line per stage, then "ready". */
const bootFd = Number(process.env['PATCHBAY_BOOT_FD'] ?? 0);
const logger = createLineLogger(boundedWriter(2, `${sandboxPaths.state}/engine.log`));

function tell(line: string): void {
  if (!bootFd) return;
  try {
    writeSync(bootFd, `${line}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error; // a launcher that gave up ends the sandbox itself
  }
}

/** An engine in an unknown state is worth less than a new one, which the supervisor starts at once. */
function fail(error: unknown): never {
  logger.error({ err: error }, 'the engine failed');
  tell(`error ${messageOf(error).replaceAll('\n', ' ')}`);
  process.exit(1);
}
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

/** Streams that wait for the kubelet, which needs the machines, while the API already answers. */
function lateStreams(streams: Promise<NodeStreams>): NodeStreams {
  return {
    exec: async (...args) => (await streams).exec(...args),
    attach: async (...args) => (await streams).attach(...args),
    logs: async (...args) => (await streams).logs(...args),
    connect: async (...args) => (await streams).connect(...args),
  };
}

async function run(): Promise<void> {
  const config = JSON.parse(readFileSync(sandboxPaths.config, 'utf8')) as EngineConfig;
  const controlPlane = controlPlaneOf(config);
  const nodes = config.machines.filter(isNode).map(({ name }) => name);
  const reports = readBootReports(config.machines.map(({ name }) => name), process.stdin);

  const store = createStore({ dir: sandboxPaths.journal, logger });
  // The API answers only after the tokens are there.
  let tokens: ServiceAccountTokens | undefined;
  const registry = createRegistry({
    storage: store, serviceCidr: config.serviceCidr, admitServiceAccounts: true, tokens: { audience: issuer, sign: (claims) => tokens!.sign(claims) },
  });
  const client = createClient(registry);
  const readiness = createReadiness(client, nodes);
  startScheduler({ client, logger });

  await reports.pki;
  const credentials = readCredentials();
  tokens = createServiceAccountTokens(client, credentials.caKey, systemClock);
  startControllers({ client, config, caCertificate: credentials.ca, logger });
  writeAdminKubeconfig(credentials);
  const streams = Promise.withResolvers<NodeStreams>();
  const apiSocket = `${sandboxPaths.state}/api.sock`;
  const [major, minor] = kubeletVersion.slice(1).split('.');
  const listening = startApiServer({
    registry, logger,
    streams: lateStreams(streams.promise),
    tls: { ...credentials.server, ca: credentials.ca },
    listen: [{ host: '0.0.0.0', port: config.apiPort }, { path: apiSocket }],
    auth: { tokens: { [credentials.token]: { username: 'student', groups: ['system:masters'] } }, serviceAccountUser: (token) => tokens!.tryUser(token) },
    version: { major: major!, minor: minor!, gitVersion: kubeletVersion, gitCommit: '', gitTreeState: 'clean', buildDate: '1970-01-01T00:00:00Z', goVersion: '', compiler: '', platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}` },
  }).then(() => {
    chmodSync(apiSocket, 0o666); // who may reach it is decided by the folder above
    readiness.settle('api');
  });

  const machines = createMachines(config, await reports.machines, { commands: createCommandShell(sandboxPaths.commands) });
  watchMachines(config, (name) => {
    // Half a cluster is none: the sandbox ends, is found stopped, and is started again with its objects.
    logger.error({ machine: name }, 'a machine ended; the cluster stops');
    store.dispose();
    process.exit(0);
  });
  tell('machines');
  const images = createImageStore(sandboxPaths.images);
  const runtimes = nodes.map((nodeName) => createNodeRuntime({ machines, nodeName, imageStore: nodePaths.images, logger }));
  const kubelet = createKubelet({ client, machines, runtimes, images, config, logger, tokens });
  streams.resolve(kubelet);
  const agents = startAgents({ client, machines, config, logger, freshMachines: bootFd !== 0 });
  ensureMachineKubeconfigs(credentials, config, machines);

  const place = (source: ControlProbeSource) => findPlace(source, {
    client, machines,
    async findSandbox(pod) {
      const { sandboxes } = await runtimes.find(({ nodeName }) => nodeName === pod.spec.nodeName)?.list() ?? { sandboxes: [] };
      return sandboxes.filter(({ ready, spec }) => ready && spec.podUid === pod.metadata.uid).at(-1);
    },
  });
  const probers = createProbers();
  const controlling = startControlServer(`${sandboxPaths.state}/control.sock`, {
    status: () => readiness.status(),
    probe: async ({ source, targets }) => (await probers.run(await place(source), { targets })).results,
    resolve: async ({ source, questions }) => (await probers.run(await place(source), { questions })).answers,
    stop() {
      store.dispose();
      process.exit(0);
    },
  }, logger);

  await listening;
  tell('api');
  await Promise.all([kubelet.start(), agents.ready.then(() => readiness.settle('agents')), controlling]);
  await readiness.ready;
  tell('nodes');
  tell('ready');
  if (bootFd) closeSync(bootFd);
  logger.info({ cluster: config.name, controlPlane: controlPlane.address, ms: Math.round(performance.now()) }, 'ready');
}

run().catch(fail);

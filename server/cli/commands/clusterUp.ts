// patchbay cluster up NAME: a cluster of one's own, with a kubeconfig for this host.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { silentLogger } from '../../base/index.ts';
import { ClusterError } from '../../clusters/index.ts';
import type { Stage } from '../../clusters/index.ts';
import { createEngineHost } from '../../engine/index.ts';
import { exitCodes, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { enginePaths, openProvider, root } from '../context.ts';

const MAX_NODES = 10;

function parseNodes(text: unknown): number {
  const nodes = Number(text ?? 3);
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MAX_NODES) throw new UsageError(`--nodes is a number from 1 to ${MAX_NODES}, the control-plane included.`);
  return nodes;
}

function parsePublish(text: unknown): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(String(text ?? '127.0.0.1:0')) ?? [];
  if (!host || Number(port) > 65_535) throw new UsageError('--publish takes HOST:PORT, for example 127.0.0.1:6443; port 0 takes a free one.');
  return { host, port: Number(port) };
}

/** Starts the process that carries connections from a TCP port to the cluster's socket; resolves with the port it got. */
async function startForwarder(folder: string, apiSocket: string, publish: { host: string; port: number }): Promise<number> {
  const child = spawn(process.execPath, [join(root, 'server/cli/forwarder.ts'), folder, apiSocket, publish.host, String(publish.port)], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const [first] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [Buffer | number | null];
  if (!Buffer.isBuffer(first)) throw new ClusterError('publish-failed', `The API could not be published on ${publish.host}:${publish.port}.`, { hint: 'Choose another --publish HOST:PORT.' });
  const answer = JSON.parse(first.toString('utf8')) as { port?: number; error?: string };
  if (!answer.port) throw new ClusterError('publish-failed', `The API could not be published on ${publish.host}:${publish.port}: ${answer.error}`, { hint: 'Choose another --publish HOST:PORT.' });
  child.stdout.destroy();
  child.unref();
  return answer.port;
}

export const clusterUp: Command = {
  name: 'cluster up',
  usage: 'cluster up NAME [--nodes N] [--kubeconfig FILE] [--publish HOST:PORT]',
  summary: 'Makes a cluster, waits until it is ready, and writes a kubeconfig.',
  words: [1, 1],
  options: { nodes: { type: 'string' }, kubeconfig: { type: 'string' }, publish: { type: 'string' } },
  optionHelp: {
    nodes: 'machines with pods, the control-plane included (default 3)',
    kubeconfig: 'where the kubeconfig goes (default: NAME.kubeconfig in the data folder)',
    publish: 'where this host reaches the API (default 127.0.0.1 and a free port)',
  },
  async run({ words, options, say, answer, signal }) {
    const name = words[0]!;
    if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
      throw new ClusterError('bad-cluster-name', `${name} is no cluster name: small letters, digits and hyphens, at most 40.`);
    }
    const nodes = parseNodes(options['nodes']);
    const publish = parsePublish(options['publish']);
    const { provider, data } = openProvider();
    const missing = (await provider.preflight()).filter((finding) => finding.blocking);
    if (missing.length > 0) {
      throw new ClusterError('preflight-failed', missing.map((finding) => `${finding.title}: ${finding.detail}`).join('\n'), { hint: missing.map((finding) => finding.fix).filter(Boolean).join('\n') });
    }
    if ((await provider.list()).some((cluster) => cluster.name === name && cluster.state === 'running')) {
      throw new ClusterError('cluster-exists', `The cluster ${name} is running already.`, { hint: `patchbay cluster down ${name}` });
    }
    const started = performance.now();
    const context = { signal, onStage: (stage: Stage) => say(`  ${stage.title} …`) };
    // One that stopped, with its host or by itself, still has its objects: only `cluster down` throws them away.
    const again = await provider.tryRestart(name, context);
    if (!again) await provider.remove(name);
    const cluster = again ?? (await provider.provision({ name, nodes, egress: false }, context));
    const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
    const folder = join(data, 'clusters', name);
    try {
      const file = resolve(typeof options['kubeconfig'] === 'string' ? options['kubeconfig'] : join(folder, `${name}.kubeconfig`));
      mkdirSync(dirname(file), { recursive: true });
      const made = await createEngineHost(enginePaths(data), silentLogger).tryGet(name);
      if (!made) throw new ClusterError('cluster-gone', `The cluster ${name} ended as soon as it was made.`);
      const port = await startForwarder(folder, made.apiSocket, publish);
      const admin = readFileSync(made.adminKubeconfig, 'utf8');
      const server = `https://${publish.host === '0.0.0.0' ? '127.0.0.1' : publish.host}:${port}`;
      writeFileSync(file, admin.replace(/^(\s*)server: .*$/m, `$1server: ${server}\n$1tls-server-name: kubernetes`), { mode: 0o600 });
      chmodSync(file, 0o600);
      if (again) say(`Cluster ${name} was stopped and runs again with its objects.`);
      say(`Cluster ${name} is ready after ${seconds} s: ${cluster.machines.filter((machine) => machine.podCidr).map((machine) => machine.name).join(', ')}.`);
      say(`  kubectl --kubeconfig ${file} get nodes`);
      say(`  patchbay cluster shell ${name}`);
      answer({ name, seconds, kubeconfig: file, server });
    } catch (error) {
      if (!again) await provider.remove(name);
      throw error;
    }
    provider.dispose();
    return exitCodes.ok;
  },
};

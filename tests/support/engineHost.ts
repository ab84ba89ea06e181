// A host of sandboxes on a data folder of the test's own, and conveniences to look into them.
import { realpathSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { tryCommand } from '../../server/base/index.ts';
import type { CommandResult } from '../../server/base/index.ts';
import { silentLogger } from '../../server/base/index.ts';
import { enginePaths } from '../../server/cli/context.ts';
import { createEngineHost } from '../../server/engine/index.ts';
import type { ControlProbeResult, EngineCluster, EngineHost, EnginePaths, LaunchSpec, LaunchStage } from '../../server/engine/index.ts';
import { makeTestData } from './liveProvider.ts';

/** Disposal destroys every cluster and removes the folder. */
export interface TestHost extends AsyncDisposable {
  host: EngineHost;
  paths: EnginePaths;
  launch(name: string, spec?: Partial<LaunchSpec>, onStage?: (stage: LaunchStage) => void): Promise<EngineCluster>;
  /** Runs a command on a machine. */
  run(cluster: EngineCluster, machine: string, argv: readonly string[], timeoutMs?: number): Promise<CommandResult>;
}

export const testLimits = { pids: 500, memoryMiB: 1024, openFiles: 4096 };

export function openTestHost(): TestHost {
  const data = makeTestData();
  const paths = { ...enginePaths(data), images: realpathSync(join(data, 'images')) };
  const host = createEngineHost(paths, silentLogger);
  return {
    host,
    paths,
    launch: (name, spec = {}, onStage = () => {}) => host.launch({ name, nodes: 3, limits: testLimits, ...spec }, { signal: AbortSignal.timeout(30_000), onStage }),
    run(cluster, machine, argv, timeoutMs = 20_000) {
      const [file, ...args] = host.enter(cluster, machine, argv, { tty: false });
      return tryCommand([file!, ...args], { timeoutMs, env: { PATH: process.env['PATH'] } });
    },
    async [Symbol.asyncDispose]() {
      for (const { name } of await host.list()) await host.destroy(name);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** The fields of any answer of the control socket that tests look at. */
export interface ControlBody { ready?: boolean; code?: string; results?: ControlProbeResult[] }

/** One call of the control socket; resolves with status and parsed body. */
export function callControl(cluster: EngineCluster, method: string, path: string, body?: unknown): Promise<{ status: number; body: ControlBody }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: cluster.controlSocket, method, path, timeout: 20_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
      response.on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text || '{}') as ControlBody }));
    });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

// The embedded provider on a data folder of the test's own, sharing the images that set-up built.
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../server/base/index.ts';
import type { Provider } from '../../server/clusters/index.ts';
import { createProvider } from '../../server/clusters/providers/index.ts';
import { enginePaths } from '../../server/cli/context.ts';
import { dataFolder } from '../../server/config.ts';
import { createEngineHost } from '../../server/engine/index.ts';

/** The provider, its data folder, and the process id of a cluster's init on this host. Disposal removes every cluster and the folder. */
export interface LiveProvider extends AsyncDisposable {
  provider: Provider;
  data: string;
  initPid(name: string): Promise<number>;
}

/** A fresh data folder whose images are those of this user's data folder. */
export function makeTestData(): string {
  const data = mkdtempSync(join(tmpdir(), 'pb-'));
  symlinkSync(realpathSync(join(dataFolder(process.env), 'images')), join(data, 'images'));
  return data;
}

export async function openTestProvider(): Promise<LiveProvider> {
  const data = makeTestData();
  const paths = { ...enginePaths(data), images: realpathSync(join(data, 'images')) };
  const { provider } = createProvider('embedded', paths, silentLogger);
  const host = createEngineHost(paths, silentLogger);
  return {
    provider,
    data,
    async initPid(name) {
      const pid = (await host.tryGet(name))?.initPid;
      if (!pid) throw new Error(`cluster ${name} has no init`);
      return pid;
    },
    async [Symbol.asyncDispose]() {
      for (const cluster of await provider.list()) await provider.remove(cluster.name);
      provider.dispose();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

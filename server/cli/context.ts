// What most commands need: the settings, the engine's paths, and a quiet logger.
import { dirname, join } from 'node:path';
import { silentLogger } from '../base/index.ts';
import { createProvider } from '../clusters/providers/index.ts';
import type { Provider } from '../clusters/index.ts';
import { dataFolder } from '../config.ts';
import type { EnginePaths } from '../engine/host.ts';

/** The clone that this code lies in. */
export const root = dirname(dirname(import.meta.dirname));

/** Where the engine finds and keeps things, for a data folder. */
export function enginePaths(data: string): EnginePaths {
  return { clusters: join(data, 'clusters'), images: join(data, 'images'), node: process.execPath, bundle: join(root, 'build', 'engine.cjs') };
}

/** The provider on this user's data folder. */
export function openProvider(): { provider: Provider; data: string } {
  const data = dataFolder(process.env);
  return { provider: createProvider('embedded', enginePaths(data), silentLogger).provider, data };
}

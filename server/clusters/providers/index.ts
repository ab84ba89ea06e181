// The one file that names all providers, and decides which one is taken.
import { existsSync } from 'node:fs';
import type { Logger } from '../../base/index.ts';
import type { EnginePaths } from '../../engine/host.ts';
import type { Provider } from '../provider.ts';
import { createEmbeddedProvider } from './embedded/provider.ts';

/** The provider that was taken and why, for the ready line and the pages. */
export interface ChosenProvider { provider: Provider; why: string }

/** `auto` takes embedded until kind exists here. `kind` is refused by the configuration. */
export function createProvider(wish: 'auto' | 'embedded', paths: EnginePaths, logger: Logger): ChosenProvider {
  const provider = createEmbeddedProvider(paths, logger);
  if (wish === 'embedded') return { provider, why: 'PATCHBAY_PROVIDER asks for it' };
  return { provider, why: existsSync('/var/run/docker.sock') ? 'kind clusters are not supported yet' : 'no Docker on this machine' };
}

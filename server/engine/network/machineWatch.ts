// Notices the end of a machine's first process, with which everything on that machine has ended.
import type { Disposable } from '../../base/index.ts';
import { DisposableStack } from '../../base/index.ts';
import { NodeFiles } from '../runtime/nodeFiles.ts';
import type { EngineConfig } from '../types/machine.ts';
import { machineAlive } from '../types/insidePaths.ts';

/** Calls `onEnd` with the name of every machine that ends. Each must have started. */
export function watchMachines(config: Pick<EngineConfig, 'machines'>, onEnd: (name: string) => void): Disposable {
  const files = new NodeFiles('/');
  const owned = new DisposableStack();
  for (const { name } of config.machines) owned.add(files.watchFifo(machineAlive(name), () => onEnd(name)));
  return owned;
}

// patchbay stop: ends the server, the terminals and every cluster of this data folder.
import { join } from 'node:path';
import { createProvider } from '../../clusters/providers/index.ts';
import { silentLogger } from '../../base/index.ts';
import { dataFolder } from '../../config.ts';
import { endServer } from '../../serverLock.ts';
import { stopPtyHost } from '../../terminals/index.ts';
import { exitCodes } from '../command.ts';
import type { Command } from '../command.ts';
import { enginePaths } from '../context.ts';

export const stop: Command = {
  name: 'stop',
  usage: 'stop',
  summary: 'Ends the server, all terminals and all clusters.',
  words: [0, 0],
  options: {},
  optionHelp: {},
  async run({ say, answer }) {
    const data = dataFolder(process.env);
    const server = await endServer(data);
    const terminals = await stopPtyHost(join(data, 'ptyhost.sock'));
    const { provider } = createProvider('embedded', enginePaths(data), silentLogger);
    const clusters = await provider.list();
    await Promise.all(clusters.map((cluster) => provider.remove(cluster.name)));
    provider.dispose();
    say(`Ended: ${server ? 'the server' : 'no server'}, ${terminals ? 'the terminals' : 'no terminals'}, ${clusters.length} cluster${clusters.length === 1 ? '' : 's'}.`);
    answer({ server, terminals, clusters: clusters.map((cluster) => cluster.name) });
    return exitCodes.ok;
  },
};

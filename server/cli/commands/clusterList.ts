// patchbay cluster list: what runs on this data folder.
import { exitCodes } from '../command.ts';
import type { Command } from '../command.ts';
import { openProvider } from '../context.ts';

export const clusterList: Command = {
  name: 'cluster list',
  usage: 'cluster list',
  summary: 'Lists clusters, those of students included.',
  words: [0, 0],
  options: {},
  optionHelp: {},
  async run({ say, answer }) {
    const { provider } = openProvider();
    const clusters = await provider.list();
    provider.dispose();
    if (clusters.length === 0) say('No clusters.');
    for (const cluster of clusters) say(`${cluster.name.padEnd(24)} ${cluster.state.padEnd(8)} since ${new Date(cluster.createdAt).toISOString()}`);
    answer(clusters);
    return exitCodes.ok;
  },
};

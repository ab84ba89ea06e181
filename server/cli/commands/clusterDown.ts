// patchbay cluster down NAME: ends a cluster and removes everything of it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterError } from '../../clusters/index.ts';
import { exitCodes } from '../command.ts';
import type { Command } from '../command.ts';
import { openProvider } from '../context.ts';

/** Ends the forwarder of this folder, if it is ours and still there. */
function endForwarder(folder: string): void {
  const file = join(folder, 'forwarder.json');
  if (!existsSync(file)) return;
  const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number };
  const commandLine = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
  if (commandLine.includes('forwarder.ts') && commandLine.includes(folder)) process.kill(pid, 'SIGTERM');
}

export const clusterDown: Command = {
  name: 'cluster down',
  usage: 'cluster down NAME',
  summary: 'Ends a cluster and removes everything of it.',
  words: [1, 1],
  options: {},
  optionHelp: {},
  async run({ words, say, answer }) {
    const name = words[0]!;
    const { provider, data } = openProvider();
    if (!(await provider.list()).some((cluster) => cluster.name === name)) throw new ClusterError('unknown-cluster', `There is no cluster named ${name}.`, { hint: 'patchbay cluster list' });
    endForwarder(join(data, 'clusters', name));
    await provider.remove(name);
    provider.dispose();
    say(`Cluster ${name} is gone.`);
    answer({ name, removed: true });
    return exitCodes.ok;
  },
};

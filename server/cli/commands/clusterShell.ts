// patchbay cluster shell NAME [MACHINE]: a login shell on a machine of a cluster.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ClusterError } from '../../clusters/index.ts';
import { exitCodes } from '../command.ts';
import type { Command } from '../command.ts';
import { openProvider } from '../context.ts';

export const clusterShell: Command = {
  name: 'cluster shell',
  usage: 'cluster shell NAME [MACHINE]',
  summary: 'Opens a shell on the workstation or another machine; with input from a pipe, runs that.',
  words: [1, 2],
  options: {},
  optionHelp: {},
  async run({ words }) {
    const [name, machine = 'workstation'] = words as [string, string?];
    const { provider } = openProvider();
    const cluster = await provider.tryOpen(name);
    if (!cluster) throw new ClusterError('unknown-cluster', `There is no running cluster named ${name}.`, { hint: 'patchbay cluster list' });
    const shell = cluster.shell(machine);
    process.removeAllListeners('SIGINT'); // Ctrl-C belongs to the shell
    process.on('SIGINT', () => {});
    const child = spawn(shell.file, shell.args, { env: { ...shell.env, TERM: process.env['TERM'] ?? 'xterm-256color' }, cwd: shell.cwd, stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    provider.dispose();
    return code ?? exitCodes.failed;
  },
};

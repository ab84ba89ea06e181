// The machines as the engine reaches them: the only place of the engine that knows nsenter.
import { readdirSync } from 'node:fs';
import { runCommand } from '../../base/command.ts';
import type { EngineConfig, Machine, Machines } from '../types/machine.ts';
import type { CommandShell } from './commandShell.ts';
import { NetworkError } from './errors.ts';

/** One file per hierarchy through which a process joins the machines' cgroup; none where there is no cgroup. */
const joinFolder = '/run/patchbay/cgroup';

/**
 * Machines by their process ids in the sandbox. What is started on a machine with all its namespaces counts against the
 * limits of machines, not the engine's own; with `netOnly` it does not, being a short command of the engine's. `run` goes
 * through `commands` where it is given.
 */
export function createMachines(config: EngineConfig, pids: ReadonlyMap<string, number>, { joinFiles = listJoinFiles(), commands }: { joinFiles?: readonly string[]; commands?: CommandShell } = {}): Machines {
  const machines = new Map<string, Machine>(config.machines.map((machine) => {
    const pid = pids.get(machine.name);
    if (pid === undefined) throw new NetworkError('engine-machines-missing', `The machine ${machine.name} did not start.`);
    return [machine.name, { ...machine, pid, root: `/proc/${pid}/root` }];
  }));
  const join = joinFiles.length ? ['sh', '-c', `${joinFiles.map((file) => `echo 0 >${file}`).join('; ')}; exec "$@"`, 'sh'] : [];

  function get(name: string): Machine {
    const machine = machines.get(name);
    if (!machine) throw new NetworkError('engine-unknown-machine', `There is no machine ${name}.`);
    return machine;
  }

  function enter(name: string, argv: readonly string[], options: { netOnly?: boolean; netns?: string } = {}): string[] {
    const { pid, root } = get(name);
    if (options.netOnly) return ['nsenter', `--net=${options.netns === undefined ? `/proc/${pid}/ns/net` : root + options.netns}`, '--', ...argv];
    const inner = options.netns === undefined ? argv : ['nsenter', `--net=${options.netns}`, '--', ...argv];
    return ['nsenter', '-t', String(pid), '-m', '-u', '-i', '-n', '-p', '-C', '--', ...inner];
  }

  const planArgv: Machines['argv'] = (name, argv, options = {}) => [...(options.netOnly ? [] : join), ...enter(name, argv, options)];

  return {
    list: () => [...machines.values()],
    get,
    argv: planArgv,
    async run(name, argv, options = {}) {
      const { input, timeoutMs } = options;
      if (!commands) return runCommand(planArgv(name, argv, options), { input, timeoutMs });
      return commands.run({ argv: enter(name, argv, options), join: options.netOnly ? [] : joinFiles, input, timeoutMs });
    },
  } satisfies Machines;
}

function listJoinFiles(): string[] {
  try {
    return readdirSync(joinFolder).map((name) => `${joinFolder}/${name}`);
  } catch {
    return [];
  }
}

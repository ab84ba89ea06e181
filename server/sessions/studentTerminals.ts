// One student's shells: on their own cluster's machines only, a bounded number.
import type { TerminalView } from '../contract/index.ts';
import type { ClusterHandle } from '../ports/index.ts';
import type { TerminalInfo, Terminals } from '../terminals/index.ts';
import { clusterNotReady, SessionError } from './errors.ts';
import { terminalLimit, type SessionTerminals } from './sessions.ts';

const viewOf = ({ id, machine, title, running }: TerminalInfo): TerminalView => ({ id, machine, title, running });

/** `tryCluster` answers the session's cluster when it is ready. */
export function createStudentTerminals(owner: string, terminals: Terminals, tryCluster: () => ClusterHandle | undefined): SessionTerminals {
  let turn: Promise<unknown> = Promise.resolve();
  const own = async (id: string): Promise<void> => {
    const found = (await terminals.list(owner)).some((info) => info.id === id);
    if (!found) throw new SessionError('unknown-terminal', 'This terminal is no longer there.', { hint: 'Open a new one.' });
  };
  const open = async (machine: string): Promise<TerminalView> => {
    const cluster = tryCluster();
    if (!cluster) throw clusterNotReady();
    if (!cluster.machines.some((one) => one.name === machine)) throw new SessionError('unknown-machine', `Your cluster has no machine ${machine}.`, { hint: `It has ${cluster.machines.map((one) => one.name).join(', ')}.` });
    const listed = await terminals.list(owner);
    const running = listed.filter((info) => info.running);
    if (running.length >= terminalLimit) throw new SessionError('terminal-limit', `You have ${terminalLimit} terminals open.`, { hint: 'Close one first.' });
    for (const info of listed.filter((one) => !one.running).slice(0, Math.max(0, listed.length - terminalLimit + 1))) await terminals.close(info.id);
    const titles = new Set(listed.map((info) => info.title));
    let title = machine;
    for (let number = 2; titles.has(title); number++) title = `${machine} ${number}`;
    return viewOf(await terminals.open({ owner, title, machine, pty: cluster.shell(machine) }));
  };
  return {
    list: async () => (await terminals.list(owner)).map(viewOf),
    open(machine) {
      // In turn, so that two requests at once cannot both take the last place.
      const opened = turn.then(() => open(machine));
      turn = opened.catch(() => {});
      return opened;
    },
    async attach(id, options, viewer) {
      await own(id);
      return terminals.attach(id, options, viewer);
    },
    async close(id) {
      await own(id);
      await terminals.close(id);
    },
  } satisfies SessionTerminals;
}

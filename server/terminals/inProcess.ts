// Terminals in this very process: what ptyHost serves over its socket, and what tests use with pretend shells.
import { randomText } from '../base/index.ts';
import { TerminalId } from '../contract/index.ts';
import { unknownTerminal } from './errors.ts';
import type { SpawnPty } from './pty.ts';
import { TerminalSession } from './session.ts';
import { withShellIntegration } from './shellIntegration.ts';
import type { TerminalInfo, Terminals } from './terminals.ts';

const firstSize = { cols: 80, rows: 24 };

/** Terminals that live and die with this process; `dispose` and `stopHost` end every shell. */
export function createTerminals(spawn: SpawnPty): Terminals {
  const entries = new Map<string, { info: Omit<TerminalInfo, 'running'>; session: TerminalSession }>();
  const close = (id: string) => {
    entries.get(id)?.session.close();
    entries.delete(id);
  };
  const closeEvery = () => {
    for (const id of entries.keys()) close(id);
  };
  return {
    async open({ owner, title, machine, pty }) {
      const session = new TerminalSession(spawn({ ...pty, env: withShellIntegration(pty.env) }, firstSize), firstSize);
      const info = { id: TerminalId.parse(`t_${randomText(16)}`), owner, title, machine };
      entries.set(info.id, { info, session });
      return { ...info, running: session.running };
    },
    async list(owner) {
      return [...entries.values()].filter(({ info }) => owner === undefined || info.owner === owner).map(({ info, session }) => ({ ...info, running: session.running }));
    },
    async attach(id, options, viewer) {
      const entry = entries.get(id);
      if (!entry) throw unknownTerminal();
      return entry.session.attach(options, viewer);
    },
    async close(id) {
      close(id);
    },
    async closeAll(owner) {
      for (const { info } of entries.values()) if (info.owner === owner) close(info.id);
    },
    async stopHost() {
      closeEvery();
    },
    dispose: closeEvery,
  } satisfies Terminals;
}

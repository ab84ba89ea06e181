// All terminals of one student on one page: which exist, where they stand, and commands sent to them.
import type { TerminalView } from '../../../server/contract/index.ts';
import { api, asApiError } from '../../lib/api.ts';
import { remember, tryRemembered } from '../../lib/storage.ts';
import { createStore } from '../../lib/store.ts';
import type { Store } from '../../lib/store.ts';
import { addTab, emptyLayout, isDeckLayout, paneOf, removeTab, replaceTab, showTab, splitWith, withTerminals } from './deckLayout.ts';
import type { DeckLayout } from './deckLayout.ts';
import { createShell } from './shell.ts';
import type { RunOutcome, Shell } from './shell.ts';

export const fontSizes = { least: 10, most: 24, usual: 14 } as const;

export interface DeckState {
  /** Undefined until the server told. */
  terminals?: readonly TerminalView[];
  layout: DeckLayout;
  fontSize: number;
  /** A sentence when opening a terminal was refused. */
  problem?: string;
  /** The terminal whose search bar is open. */
  searching?: string;
}

export interface Deck {
  readonly state: Store<DeckState>;
  /** Asks the server which terminals exist; opens the workstation when there is none. */
  refresh(): Promise<void>;
  open(machine: string, where?: 'here' | DeckLayout['direction']): Promise<Shell | undefined>;
  close(id: string): void;
  startAgain(id: string): Promise<void>;
  show(id: string): void;
  shell(view: TerminalView): Shell;
  /** Runs a command in the machine's terminal, opening it if needed; `fresh` takes a new one. */
  run(machine: string, command: string, options: { focus: boolean; fresh: boolean }): Promise<RunOutcome>;
  focus(): void;
  setFontSize(pixels: number): void;
  setSearching(id: string | undefined): void;
  dispose(): void;
}

const isFontSize = (value: unknown): value is number => typeof value === 'number' && value >= fontSizes.least && value <= fontSizes.most;

/** A deck that remembers its layout under `name`; `leave` is called when the keyboard wants out of a terminal. */
export const createDeck = (name: string, leave: () => void): Deck => {
  const layoutKey = `deck:${name}`;
  const state = createStore<DeckState>({
    layout: tryRemembered(layoutKey, isDeckLayout) ?? emptyLayout,
    fontSize: tryRemembered('terminal-font', isFontSize) ?? fontSizes.usual,
  });
  const shells = new Map<string, Shell>();
  let refreshing: Promise<void> | undefined;
  let disposed = false;

  const setLayout = (layout: DeckLayout, rest: Partial<DeckState> = {}): void => {
    state.update((value) => ({ ...value, ...rest, layout }));
    remember(layoutKey, layout);
  };
  const forget = (id: string): void => {
    shells.get(id)?.dispose();
    shells.delete(id);
  };
  const shell = (view: TerminalView): Shell => {
    const known = shells.get(view.id);
    if (known !== undefined) return known;
    const made = createShell(view, state.get().fontSize, { leave, search: () => setSearching(view.id) });
    shells.set(view.id, made);
    return made;
  };
  const setSearching = (id: string | undefined): void => state.update(({ searching: _before, ...value }) => (id === undefined ? value : { ...value, searching: id }));

  const create = async (machine: string): Promise<TerminalView | undefined> => {
    try {
      const view = await api.openTerminal(machine);
      if (disposed) return undefined;
      state.update(({ problem: _before, ...value }) => ({ ...value, terminals: [...(value.terminals ?? []), view] }));
      return view;
    } catch (error) {
      const { message, hint } = asApiError(error);
      state.update((value) => ({ ...value, problem: hint === undefined ? message : `${message} ${hint}` }));
      return undefined;
    }
  };

  const open: Deck['open'] = async (machine, where = 'here') => {
    const view = await create(machine);
    if (view === undefined) return undefined;
    const { layout } = state.get();
    setLayout(where === 'here' ? addTab(layout, view.id) : splitWith(layout, view.id, where));
    return shell(view);
  };

  const load = async (): Promise<void> => {
    const terminals = await api.terminals();
    if (disposed) return;
    for (const id of shells.keys()) if (!terminals.some((view) => view.id === id)) forget(id);
    setLayout(withTerminals(state.get().layout, terminals.map((view) => view.id)), { terminals });
    if (terminals.length === 0) await open('workstation');
  };

  /** The terminal a command for `machine` belongs in: the one shown in the focused pane, else any shown, else any. */
  const pick = (machine: string): TerminalView | undefined => {
    const { layout, terminals = [] } = state.get();
    const mine = terminals.filter((view) => view.machine === machine && shells.get(view.id)?.state.get().kind !== 'exited');
    const shown = (view: TerminalView): boolean => layout.panes[paneOf(layout, view.id)]?.active === view.id;
    return mine.find((view) => shown(view) && paneOf(layout, view.id) === layout.focused) ?? mine.find(shown) ?? mine[0];
  };

  return {
    state,
    refresh: () => {
      refreshing ??= load()
        .catch((error: unknown) => { state.update((value) => ({ ...value, problem: asApiError(error).message })); })
        .finally(() => { refreshing = undefined; });
      return refreshing;
    },
    open,
    close: (id) => {
      forget(id);
      const { terminals = [], layout } = state.get();
      setLayout(removeTab(layout, id), { terminals: terminals.filter((view) => view.id !== id) });
      // A shell that is gone already is what was asked for.
      void api.closeTerminal(id).catch(() => undefined);
    },
    startAgain: async (id) => {
      const old = state.get().terminals?.find((view) => view.id === id);
      if (old === undefined) return;
      const view = await create(old.machine);
      if (view === undefined) return;
      forget(id);
      const { terminals = [], layout } = state.get();
      setLayout(replaceTab(layout, id, view.id), { terminals: terminals.filter((each) => each.id !== id) });
      void api.closeTerminal(id).catch(() => undefined);
      shell(view).focus();
    },
    show: (id) => setLayout(showTab(state.get().layout, id)),
    shell,
    run: async (machine, command, { focus, fresh }) => {
      const known = fresh ? undefined : pick(machine);
      const target = known === undefined ? await open(machine) : shell(known);
      if (target === undefined) return { accepted: false, reason: state.get().problem ?? 'The terminal could not be opened.' };
      setLayout(showTab(state.get().layout, target.id));
      const outcome = await target.run(command);
      if (outcome.accepted && focus) target.focus();
      return outcome;
    },
    focus: () => {
      const { layout } = state.get();
      const id = layout.panes[layout.focused]?.active;
      if (id !== undefined) shells.get(id)?.focus();
    },
    setFontSize: (pixels) => {
      const fontSize = Math.min(fontSizes.most, Math.max(fontSizes.least, pixels));
      state.update((value) => ({ ...value, fontSize }));
      remember('terminal-font', fontSize);
      for (const each of shells.values()) each.setFontSize(fontSize);
    },
    setSearching,
    dispose: () => {
      disposed = true;
      for (const id of shells.keys()) forget(id);
    },
  };
};

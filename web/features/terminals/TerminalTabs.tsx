// The tabs above a pane of terminals: open shells as plugged jacks, machines without one as empty jacks.
import { Plus, X } from 'lucide-react';
import { useRef } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { ClusterView, TerminalView } from '../../../server/contract/index.ts';
import { useStore } from '../../lib/store.ts';
import { Button } from '../../ui/Button.tsx';
import { Jack } from '../../ui/Jack.tsx';
import type { JackState } from '../../ui/Jack.tsx';
import { Menu } from '../../ui/Menu.tsx';
import type { Deck } from './deck.ts';
import type { Pane } from './deckLayout.ts';
import type { ShellState } from './shell.ts';
import styles from './TerminalTabs.module.css';

const jacks: Record<ShellState['kind'], JackState> = { live: 'live', connecting: 'waiting', lost: 'waiting', elsewhere: 'untouched', gone: 'failed', exited: 'untouched' };

const Tab = ({ view, active, deck, panelId }: { view: TerminalView; active: boolean; deck: Deck; panelId: string }): ReactNode => {
  const state = useStore(deck.shell(view).state);
  return (
    <span className={`${styles.tab} ${active ? styles.active : ''}`}>
      <button type="button" role="tab" id={`tab-${view.id}`} aria-selected={active} aria-controls={panelId} tabIndex={active ? 0 : -1} className={styles.press}
        onClick={() => { deck.show(view.id); requestAnimationFrame(() => deck.focus()); }}
        onAuxClick={(event) => { if (event.button === 1) deck.close(view.id); }}>
        <Jack state={jacks[state.kind]} size={13} />
        {view.title}
      </button>
      <button type="button" className={styles.close} aria-label={`Close ${view.title} and end its shell`} tabIndex={active ? 0 : -1} onClick={() => deck.close(view.id)}><X size={14} aria-hidden /></button>
    </span>
  );
};

/** The arrow keys move between tabs, as in any tab list. */
const moveFocus = (list: HTMLElement | null, event: KeyboardEvent): void => {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (list === null || step === 0) return;
  const tabs = [...list.querySelectorAll<HTMLElement>('[role=tab]')];
  const at = tabs.findIndex((tab) => tab === document.activeElement);
  if (at < 0) return;
  event.preventDefault();
  tabs[(at + step + tabs.length) % tabs.length]?.focus();
};

/** `idle` are machines that have no shell yet: shown as empty jacks that open one. */
export const TerminalTabs = ({ pane, terminals, machines, idle, deck, panelId, tools }: {
  pane: Pane; terminals: readonly TerminalView[]; machines: ClusterView['machines']; idle: ClusterView['machines']; deck: Deck; panelId: string; tools: ReactNode;
}): ReactNode => {
  const list = useRef<HTMLDivElement>(null);
  const views = pane.tabs.map((id) => terminals.find((view) => view.id === id)).filter((view) => view !== undefined);
  return (
    <div className={styles.bar}>
      <div className={styles.scroll}>
        <div className={styles.tabs} role="tablist" aria-label="Terminals" ref={list} onKeyDown={(event) => moveFocus(list.current, event)}>
          {views.map((view) => <Tab key={view.id} view={view} active={view.id === pane.active} deck={deck} panelId={panelId} />)}
        </div>
        {idle.map((machine) => (
          <button key={machine.name} type="button" className={styles.idle} title={`Open a shell on ${machine.name}, ${machine.address}`} onClick={() => { void deck.open(machine.name).then((shell) => shell?.focus()); }}>
            <Jack state="untouched" size={13} />{machine.name}
          </button>
        ))}
      </div>
      <Menu label="Open a terminal" placement="bottom start" button={<Button look="quiet" size="small" iconOnly aria-label="Open another terminal"><Plus size={16} aria-hidden /></Button>}
        actions={machines.map((machine) => ({ id: machine.name, words: machine.name, detail: machine.address, onPick: () => { void deck.open(machine.name).then((shell) => shell?.focus()); } }))} />
      <div className={styles.tools}>{tools}</div>
    </div>
  );
};

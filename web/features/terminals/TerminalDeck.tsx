// The right half of the workbench: one or two panes of terminals, resizable and remembered.
import { AArrowDown, AArrowUp, Columns2, Rows2, Search } from 'lucide-react';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { Group, Panel, Separator } from 'react-resizable-panels';
import '@xterm/xterm/css/xterm.css';
import type { ClusterView, TerminalView } from '../../../server/contract/index.ts';
import { isLayout, remember, tryRemembered } from '../../lib/storage.ts';
import { useStore } from '../../lib/store.ts';
import { Button } from '../../ui/Button.tsx';
import type { Deck } from './deck.ts';
import { TerminalScreen } from './TerminalScreen.tsx';
import { TerminalTabs } from './TerminalTabs.tsx';
import styles from './TerminalDeck.module.css';

const Tools = ({ deck, shown, splittable }: { deck: Deck; shown: TerminalView | undefined; splittable: boolean }): ReactNode => {
  const { fontSize } = useStore(deck.state);
  if (shown === undefined) return null;
  const split = (direction: 'right' | 'below'): void => { void deck.open(shown.machine, direction).then((shell) => shell?.focus()); };
  return (
    <>
      <span className={`${styles.wide} ${styles.sizes}`}>
        <Button look="quiet" size="small" iconOnly aria-label="Smaller text" onPress={() => deck.setFontSize(fontSize - 1)}><AArrowDown size={16} aria-hidden /></Button>
        <Button look="quiet" size="small" iconOnly aria-label="Larger text" onPress={() => deck.setFontSize(fontSize + 1)}><AArrowUp size={16} aria-hidden /></Button>
      </span>
      <Button look="quiet" size="small" iconOnly aria-label="Search the output" onPress={() => deck.setSearching(shown.id)}><Search size={15} aria-hidden /></Button>
      {splittable && (
        <span className={styles.wide}>
          <Button look="quiet" size="small" iconOnly aria-label="Split: another shell to the right" onPress={() => split('right')}><Columns2 size={15} aria-hidden /></Button>
          <Button look="quiet" size="small" iconOnly aria-label="Split: another shell below" onPress={() => split('below')}><Rows2 size={15} aria-hidden /></Button>
        </span>
      )}
    </>
  );
};

/** Shows the deck's terminals on `machines`; `waiting` stands in their place while there is no cluster. */
export const TerminalDeck = ({ deck, machines, waiting }: { deck: Deck; machines: ClusterView['machines']; waiting?: ReactNode }): ReactNode => {
  const { layout, terminals, problem, searching } = useStore(deck.state);
  const ready = waiting === undefined;
  useEffect(() => { if (ready) void deck.refresh(); }, [deck, ready]);
  if (!ready) return <div className={styles.waiting}>{waiting}</div>;

  const reachable = machines.filter((machine) => machine.shell);
  const idle = reachable.filter((machine) => machine.role !== 'outside' && !(terminals ?? []).some((view) => view.machine === machine.name));
  const panes = layout.panes.map((pane, index) => {
    const shown = terminals?.find((view) => view.id === pane.active);
    const panelId = `terminals-${index}`;
    return (
      <section key={panelId} className={styles.pane} aria-label={index === 0 ? 'Terminals' : 'Second pane of terminals'} onFocusCapture={() => { if (shown !== undefined && layout.focused !== index) deck.show(shown.id); }}>
        <TerminalTabs pane={pane} terminals={terminals ?? []} machines={reachable} idle={index === 0 ? idle : []} deck={deck} panelId={panelId}
          tools={<Tools deck={deck} shown={shown} splittable={layout.panes.length === 1} />} />
        {problem !== undefined && index === 0 && <p className={styles.problem} role="alert">{problem}</p>}
        <div id={panelId} role="tabpanel" aria-labelledby={shown === undefined ? undefined : `tab-${shown.id}`} className={styles.panel}>
          {shown === undefined
            ? <div className={styles.empty}>{terminals === undefined ? 'Opening your workstation…' : <><p>No terminal is open here.</p><Button look="primary" onPress={() => { void deck.open('workstation'); }}>Open the workstation</Button></>}</div>
            : <TerminalScreen key={shown.id} shell={deck.shell(shown)} deck={deck} searching={searching === shown.id} />}
        </div>
      </section>
    );
  });
  if (panes.length === 1) return <div className={styles.deck}>{panes[0]}</div>;
  const key = `panes:${layout.direction}`;
  const remembered = tryRemembered(key, isLayout);
  return (
    <Group key={layout.direction} orientation={layout.direction === 'right' ? 'horizontal' : 'vertical'} className={styles.deck}
      {...(remembered === undefined ? {} : { defaultLayout: remembered })} onLayoutChanged={(sizes) => remember(key, sizes)}>
      <Panel id="first" minSize="15%">{panes[0]}</Panel>
      <Separator className={layout.direction === 'right' ? styles.upright : styles.level} aria-label="Resize the terminals" />
      <Panel id="second" minSize="15%">{panes[1]}</Panel>
    </Group>
  );
};

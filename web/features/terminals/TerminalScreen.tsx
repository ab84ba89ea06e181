// One terminal in a pane: the shell's screen, its search bar, and a line when it is not live.
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useStore } from '../../lib/store.ts';
import { Button } from '../../ui/Button.tsx';
import type { Deck } from './deck.ts';
import { SearchBar } from './SearchBar.tsx';
import type { Shell } from './shell.ts';
import styles from './TerminalScreen.module.css';

const StateLine = ({ shell, deck }: { shell: Shell; deck: Deck }): ReactNode => {
  const state = useStore(shell.state);
  const again = (words: string): ReactNode => <Button size="small" look="outline" onPress={() => { void deck.startAgain(shell.id); }}>{words}</Button>;
  switch (state.kind) {
    case 'live': return null;
    case 'connecting': return <div className={styles.line} role="status">Connecting to {shell.machine}…</div>;
    case 'lost': return <div className={styles.line} role="status">Connection lost. The shell keeps running; reconnecting…</div>;
    case 'elsewhere': return <div className={styles.line} role="status">This shell is shown in another window. <Button size="small" look="outline" onPress={() => shell.reconnect()}>Show it here</Button></div>;
    case 'gone': return <div className={styles.line} role="status">This shell is gone. {again('Open a new one')}</div>;
    case 'exited': return <div className={styles.line} role="status">The shell ended{state.code === null || state.code === 0 ? '' : ` with code ${state.code}`}. {again('Start again')}</div>;
  }
};

/** Draws `shell` here for as long as it is mounted. */
export const TerminalScreen = ({ shell, deck, searching }: { shell: Shell; deck: Deck; searching: boolean }): ReactNode => {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => (host.current === null ? undefined : shell.attach(host.current)), [shell]);
  return (
    <div className={styles.screen}>
      {searching && <SearchBar shell={shell} onClose={() => { deck.setSearching(undefined); shell.focus(); }} />}
      <div className={styles.host} ref={host} role="group" aria-label={`Terminal on ${shell.machine}. F6 leaves it.`} />
      <StateLine shell={shell} deck={deck} />
    </div>
  );
};

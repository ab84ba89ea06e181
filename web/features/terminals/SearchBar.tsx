// Finds text in a terminal's scrollback.
import { ArrowDown, ArrowUp, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTheme } from '../../lib/theme.ts';
import { Button } from '../../ui/Button.tsx';
import { matchColours } from './palette.ts';
import type { Shell } from './shell.ts';
import styles from './SearchBar.module.css';

/** Enter finds the next (older) match, Shift+Enter the one after, Escape closes. */
export const SearchBar = ({ shell, onClose }: { shell: Shell; onClose: () => void }): ReactNode => {
  const [text, setText] = useState('');
  const [count, setCount] = useState<{ at: number; of: number }>();
  const colours = matchColours[useTheme()];
  const decorations = { matchBackground: colours.all, activeMatchBackground: colours.found, matchOverviewRuler: colours.mark, activeMatchColorOverviewRuler: colours.mark };
  const find = (older: boolean, query = text): void => {
    if (query === '') {
      shell.search.clearDecorations();
      setCount(undefined);
    } else if (older) shell.search.findPrevious(query, { decorations });
    else shell.search.findNext(query, { decorations });
  };
  useEffect(() => {
    const results = shell.search.onDidChangeResults(({ resultIndex, resultCount }) => setCount({ at: resultIndex + 1, of: resultCount }));
    return () => {
      results.dispose();
      shell.search.clearDecorations();
    };
  }, [shell]);
  return (
    <div className={styles.bar} role="search">
      <input className={styles.input} autoFocus aria-label={`Search in ${shell.machine}`} placeholder="Search the output" value={text} spellCheck={false}
        onChange={(event) => { setText(event.target.value); find(true, event.target.value); }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') find(!event.shiftKey);
          if (event.key === 'Escape') { event.stopPropagation(); onClose(); }
        }} />
      <span className={styles.count} role="status">{count === undefined ? '' : count.of === 0 ? 'No match' : count.at > 0 ? `${count.at} of ${count.of}` : `${count.of}`}</span>
      <Button look="quiet" size="small" iconOnly aria-label="Older match" onPress={() => find(true)}><ArrowUp size={16} aria-hidden /></Button>
      <Button look="quiet" size="small" iconOnly aria-label="Newer match" onPress={() => find(false)}><ArrowDown size={16} aria-hidden /></Button>
      <Button look="quiet" size="small" iconOnly aria-label="Close the search" onPress={onClose}><X size={16} aria-hidden /></Button>
    </div>
  );
};

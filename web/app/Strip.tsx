// The slim strip on top of every page: where you are on the left, how things stand on the right.
import { CircleHelp, Monitor, Moon, Sun } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { chooseTheme, useThemeChoice } from '../lib/theme.ts';
import type { ThemeChoice } from '../lib/theme.ts';
import { Button } from '../ui/Button.tsx';
import { Menu } from '../ui/Menu.tsx';
import styles from './Strip.module.css';

/** The mark: two jacks and the cable that joins them. */
export const Mark = ({ size = 22 }: { size?: number }): ReactNode => (
  <svg viewBox="0 0 32 26" width={size * 1.23} height={size} aria-hidden="true" className={styles.mark}>
    <path d="M6 7C6 29 26 29 26 7" /><circle cx="6" cy="6.500" r="5" /><circle cx="26" cy="6.500" r="5" /><circle cx="6" cy="6.500" r="1.700" className={styles.hole} /><circle cx="26" cy="6.500" r="1.700" className={styles.hole} />
  </svg>
);

const themes: Record<ThemeChoice, { words: string; icon: ReactNode }> = {
  system: { words: 'As the system', icon: <Monitor size={16} aria-hidden /> },
  light: { words: 'Light', icon: <Sun size={16} aria-hidden /> },
  dark: { words: 'Dark', icon: <Moon size={16} aria-hidden /> },
};

export const ThemeMenu = (): ReactNode => {
  const choice = useThemeChoice();
  return (
    <Menu label="Theme" button={<Button look="quiet" size="small" iconOnly aria-label={`Theme: ${themes[choice].words.toLowerCase()}`}>{themes[choice].icon}</Button>}
      actions={(Object.keys(themes) as ThemeChoice[]).map((each) => ({ id: each, words: themes[each].words, icon: themes[each].icon, ...(each === choice ? { detail: 'now' } : {}), onPick: () => chooseTheme(each) }))} />
  );
};

/** `crumbs` from the workshop down; the last is where you are. `onHelp` shows the `?` button. */
export const Strip = ({ crumbs, children, onHelp, skips = [] }: {
  crumbs: readonly { words: string; to?: string }[]; children?: ReactNode; onHelp?: () => void; skips?: readonly { words: string; onPick: () => void }[];
}): ReactNode => (
  <header className={styles.strip}>
    {skips.map((skip) => <button key={skip.words} type="button" className={styles.skip} onClick={skip.onPick}>{skip.words}</button>)}
    <Link to="/" className={styles.home} aria-label="Patchbay"><Mark /></Link>
    <nav aria-label="Where you are" className={styles.crumbs}>
      <ol>
        {crumbs.map((crumb, index) => (
          <li key={`${index}${crumb.words}`} aria-current={index === crumbs.length - 1 ? 'page' : undefined}>
            {crumb.to === undefined ? <span>{crumb.words}</span> : <Link to={crumb.to}>{crumb.words}</Link>}
          </li>
        ))}
      </ol>
    </nav>
    <div className={styles.right}>
      {children}
      <ThemeMenu />
      {onHelp !== undefined && <Button look="quiet" size="small" iconOnly aria-label="Help and shortcuts" onPress={onHelp}><CircleHelp size={17} aria-hidden /></Button>}
    </div>
  </header>
);

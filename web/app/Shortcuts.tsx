// Every shortcut, listed under `?`; single keys can be switched off.
import { useCallback, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { remember, tryRemembered } from '../lib/storage.ts';
import { Dialog } from '../ui/Dialog.tsx';
import styles from './Shortcuts.module.css';

export interface Help {
  isOpen: boolean;
  show: () => void;
  hide: () => void;
}

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';

/** Whether single-key shortcuts are wanted. */
export const singleKeysOn = (): boolean => tryRemembered('single-keys', isBoolean) ?? true;

/** True when a key press belongs to what is focused: a field, a terminal, an open dialog. */
export const isTyping = (event: KeyboardEvent): boolean =>
  event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable], .xterm, [role=dialog], [role=menu]') !== null;

/** `?` opens the list. */
export const useHelp = (): Help => {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key !== '?' || event.ctrlKey || event.metaKey || isTyping(event) || !singleKeysOn()) return;
      event.preventDefault();
      setOpen(true);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
  return { isOpen, show: useCallback(() => setOpen(true), []), hide: useCallback(() => setOpen(false), []) };
};

const groups: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  { title: 'Anywhere', keys: [['?', 'This list'], ['F6', 'Between lab text and terminal']] },
  { title: 'In the lab text', keys: [['[', 'Previous step'], [']', 'Next step'], ['c', 'Check this step'], ['t', 'Go to the terminal']] },
  { title: 'In a terminal', keys: [
    ['F6', 'Leave the terminal (or Ctrl+Shift+Esc)'], ['Ctrl+Shift+C', 'Copy the selection'], ['Ctrl+Shift+V', 'Paste'], ['Ctrl+Shift+F', 'Search the output'],
  ] },
];

/** The dialog; mount once a page. */
export const ShortcutsDialog = ({ help }: { help: Help }): ReactNode => {
  const [single, setSingle] = useState(singleKeysOn);
  return (
    <Dialog title="Shortcuts" isOpen={help.isOpen} onClose={help.hide}>
      {groups.map((group) => (
        <section key={group.title}>
          <h3 className={styles.group}>{group.title}</h3>
          <dl className={styles.keys}>
            {group.keys.map(([key, words]) => <div key={words}><dt>{words}</dt><dd>{key.split('+').map((part) => <kbd key={part}>{part}</kbd>)}</dd></div>)}
          </dl>
        </section>
      ))}
      <label className={styles.switch}>
        <input type="checkbox" checked={single} onChange={(event) => { setSingle(event.target.checked); remember('single-keys', event.target.checked); }} />
        Single-key shortcuts are on
      </label>
    </Dialog>
  );
};

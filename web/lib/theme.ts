// Light, dark, or as the system says; remembered in this browser.
import { remember, tryRemembered } from './storage.ts';
import { createStore, useStore } from './store.ts';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type Theme = 'light' | 'dark';

const isChoice = (value: unknown): value is ThemeChoice => value === 'system' || value === 'light' || value === 'dark';

const choice = createStore<ThemeChoice>('system');
const shown = createStore<Theme>('light');

const apply = (): void => {
  const wanted = choice.get();
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  if (wanted === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = wanted;
  shown.set(wanted === 'system' ? (dark ? 'dark' : 'light') : wanted);
};

/** Call once before the first render. */
export const startTheme = (): void => {
  choice.set(tryRemembered('theme', isChoice) ?? 'system');
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply);
  apply();
};

/** Sets and remembers the choice. */
export const chooseTheme = (next: ThemeChoice): void => {
  choice.set(next);
  remember('theme', next);
  apply();
};

/** What was chosen. */
export const useThemeChoice = (): ThemeChoice => useStore(choice);
/** What is shown. */
export const useTheme = (): Theme => useStore(shown);
/** What is shown, outside of React, with changes. */
export const themeStore = shown;

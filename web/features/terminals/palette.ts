// The sixteen colours of the terminals, light and dark; xterm lifts what falls below the contrast asked for.
import type { ITheme } from '@xterm/xterm';

/** Contrast that xterm enforces against the background: AA. */
export const CONTRAST = 4.5;

export const palettes: Record<'light' | 'dark', ITheme> = {
  light: {
    background: '#fbfcfc', foreground: '#1b2024', cursor: '#a93e00', cursorAccent: '#fbfcfc',
    selectionBackground: '#ffd9bd', selectionInactiveBackground: '#e3e7ea',
    black: '#1b2024', red: '#b3242a', green: '#0b6e3c', yellow: '#7d5600', blue: '#0a55a8', magenta: '#7a2aa8', cyan: '#0b6a75', white: '#5d666e',
    brightBlack: '#626b73', brightRed: '#cc2a2f', brightGreen: '#12804a', brightYellow: '#8f6400', brightBlue: '#1767c4', brightMagenta: '#9440c4', brightCyan: '#0f7c88', brightWhite: '#14181b',
    scrollbarSliderBackground: '#878f9755', scrollbarSliderHoverBackground: '#878f9799', scrollbarSliderActiveBackground: '#878f97cc',
  },
  dark: {
    background: '#14181b', foreground: '#dfe4e8', cursor: '#ff9a57', cursorAccent: '#14181b',
    selectionBackground: '#6b3a17', selectionInactiveBackground: '#333b42',
    black: '#2a3137', red: '#ff7b76', green: '#5dd094', yellow: '#e9bd55', blue: '#7db7ff', magenta: '#d3a4f5', cyan: '#6fd3de', white: '#c3cbd2',
    brightBlack: '#8a949d', brightRed: '#ff9d99', brightGreen: '#86e0b0', brightYellow: '#f4d488', brightBlue: '#a3cdff', brightMagenta: '#e2c3fa', brightCyan: '#97e4ec', brightWhite: '#f5f7f8',
    scrollbarSliderBackground: '#68727b66', scrollbarSliderHoverBackground: '#68727b99', scrollbarSliderActiveBackground: '#68727bcc',
  },
};

/** Search matches: fill for all, border for the one found. */
export const matchColours: Record<'light' | 'dark', { all: string; found: string; mark: string }> = {
  light: { all: '#ffe2a8', found: '#ffb56b', mark: '#a87400' },
  dark: { all: '#4a3a10', found: '#7a4415', mark: '#e5b23c' },
};

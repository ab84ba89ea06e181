// What the app takes from the terminals.
export { createDeck } from './deck.ts';
export type { Deck } from './deck.ts';
export type { RunOutcome } from './shell.ts';
export { TerminalDeck } from './TerminalDeck.tsx';

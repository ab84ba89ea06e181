// The instructor's live board: the events socket and what it told.
import { BoardEvent, routes } from '../../server/contract/index.ts';
import type { BoardView } from '../../server/contract/index.ts';
import { reduceBoard } from './boardState.ts';
import { openLink } from './socket.ts';
import type { Link, LinkState } from './socket.ts';
import { createStore, useStore } from './store.ts';

export interface BoardState {
  link: LinkState;
  board?: BoardView;
}

const store = createStore<BoardState>({ link: { kind: 'connecting' } });
let link: Link<never> | undefined;

/** Connects the board's socket; the returned function ends it. */
export const connectBoard = (): (() => void) => {
  link?.close();
  const mine = openLink<BoardEvent, never>({
    path: routes.boardEvents,
    incoming: BoardEvent,
    onMessage: (event) => store.update((state) => {
      const board = reduceBoard(state.board, event);
      return board === undefined ? state : { ...state, board };
    }),
    onState: (next) => store.update((state) => ({ ...state, link: next })),
  });
  link = mine;
  return () => {
    mine.close();
    if (link === mine) {
      link = undefined;
      store.set({ link: { kind: 'connecting' } });
    }
  };
};

/** Reconnects at once. */
export const hurryBoard = (): void => link?.renew();

/** Takes over a board that an HTTP answer brought. */
export const putBoard = (board: BoardView): void => store.update((state) => ({ ...state, board }));

/** The board as this tab knows it. */
export const useBoard = (): BoardState => useStore(store);

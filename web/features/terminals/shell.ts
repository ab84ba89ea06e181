// One shell on screen: xterm, its socket, what was drawn and acknowledged; lives apart from React so that tabs may move.
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import { closeCodes, routes, TerminalServerMessage } from '../../../server/contract/index.ts';
import type { TerminalClientMessage, TerminalView } from '../../../server/contract/index.ts';
import { openLink } from '../../lib/socket.ts';
import type { LinkState } from '../../lib/socket.ts';
import { createStore } from '../../lib/store.ts';
import type { Store } from '../../lib/store.ts';
import { themeStore } from '../../lib/theme.ts';
import { CONTRAST, palettes } from './palette.ts';
import { inputPieces, takeOutput } from './sequence.ts';

// The server keeps 2,000 lines; the page may keep a little more of what it saw itself.
const SCROLLBACK = 5_000;
// Half of the server's patience: one acknowledgement per this many characters drawn.
const ACK_EVERY = 5_000;
// A shell that was just opened has no prompt yet: a run is tried again this long before it is refused.
const FIRST_PROMPT_MS = 6_000;
const FIRST_PROMPT_STEP_MS = 150;
const RUN_ANSWER_MS = 10_000;

/** `exited` is a shell that ended; `gone` one that the server no longer has; `elsewhere` one that another window took. */
export type ShellState =
  | { kind: 'connecting' } | { kind: 'live' } | { kind: 'lost' } | { kind: 'elsewhere' } | { kind: 'gone' }
  | { kind: 'exited'; code: number | null };

export interface RunOutcome {
  accepted: boolean;
  reason?: string;
}

export interface ShellKeys {
  leave(): void;
  search(): void;
}

export interface Shell {
  readonly id: string;
  readonly machine: string;
  readonly state: Store<ShellState>;
  readonly search: SearchAddon;
  readonly terminal: Terminal;
  /** Shows the shell inside `host`; call again after moving. */
  attach(host: HTMLElement): () => void;
  focus(): void;
  setFontSize(pixels: number): void;
  run(command: string): Promise<RunOutcome>;
  reconnect(): void;
  dispose(): void;
}

const createTerminal = (fontSize: number): Terminal => new Terminal({
  allowProposedApi: true,
  fontFamily: "'Cascadia Mono', ui-monospace, Menlo, Consolas, monospace",
  fontSize,
  lineHeight: 1.25,
  fontWeightBold: '600',
  scrollback: SCROLLBACK,
  cursorBlink: false,
  cursorInactiveStyle: 'outline',
  macOptionIsMeta: true,
  minimumContrastRatio: CONTRAST,
  theme: palettes[themeStore.get()],
});

/** The keys that never reach the shell: leave, search, copy, paste. */
const keepKeys = (terminal: Terminal, keys: ShellKeys): void => {
  terminal.attachCustomKeyEventHandler((event) => {
    const chord = event.ctrlKey && event.shiftKey && !event.altKey;
    const is = (key: string): boolean => event.key.toLowerCase() === key;
    if (event.key === 'F6' || (chord && event.key === 'Escape')) {
      if (event.type === 'keydown') { event.preventDefault(); keys.leave(); }
      return false;
    }
    if (chord && is('f')) {
      if (event.type === 'keydown') { event.preventDefault(); keys.search(); }
      return false;
    }
    if (chord && is('c')) {
      if (event.type === 'keydown') {
        event.preventDefault();
        if (terminal.hasSelection()) void navigator.clipboard?.writeText(terminal.getSelection()).catch(() => undefined);
      }
      return false;
    }
    // The browser's own paste follows and reaches xterm as a paste event.
    return !(chord && is('v'));
  });
};

/** Connects a terminal of the server and draws it off screen until it is attached. */
export const createShell = (view: TerminalView, fontSize: number, keys: ShellKeys): Shell => {
  const terminal = createTerminal(fontSize);
  const fit = new FitAddon();
  const search = new SearchAddon();
  const state = createStore<ShellState>({ kind: 'connecting' });
  const element = document.createElement('div');
  element.style.height = '100%';
  const createdAt = Date.now();
  let opened = false;
  let seq: number | undefined;
  let acked = 0;
  let sent = { cols: 0, rows: 0 };
  let runs = 0;
  // Once anything was run or typed, a prompt that is not free is busy and no longer just starting.
  let used = false;
  const answers = new Map<string, (outcome: RunOutcome) => void>();

  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(new WebLinksAddon((_event, uri) => { window.open(uri, '_blank', 'noopener,noreferrer'); }));
  keepKeys(terminal, keys);

  const drawn = (upTo: number): void => {
    if (upTo - acked < ACK_EVERY) return;
    acked = upTo;
    link.send({ type: 'ack', seq: upTo });
  };

  const setLive = (live: boolean): void => {
    terminal.options.disableStdin = !live;
    terminal.options.cursorStyle = live ? 'block' : 'underline';
  };

  const refit = (): void => {
    if (!opened || element.clientWidth === 0 || element.clientHeight === 0) return;
    fit.fit();
    if (terminal.cols === sent.cols && terminal.rows === sent.rows) return;
    sent = { cols: terminal.cols, rows: terminal.rows };
    link.send({ type: 'resize', ...sent });
  };

  const receive = (message: TerminalServerMessage): void => {
    switch (message.type) {
      case 'screen': {
        terminal.reset();
        // Drawn at the size it was made for, or its lines would break elsewhere; then back to the size of this page.
        if (terminal.cols !== message.cols || terminal.rows !== message.rows) terminal.resize(message.cols, message.rows);
        sent = { cols: message.cols, rows: message.rows };
        seq = message.seq;
        acked = message.seq;
        terminal.write(message.data, refit);
        state.set({ kind: 'live' });
        setLive(true);
        return;
      }
      case 'output': {
        const step = takeOutput(seq ?? 0, message.seq, message.data);
        if (step.gap) {
          seq = undefined;
          link.renew();
          return;
        }
        seq = step.seq;
        if (state.get().kind === 'connecting') {
          state.set({ kind: 'live' });
          setLive(true);
        }
        if (step.draw !== '') terminal.write(step.draw, () => drawn(step.seq));
        return;
      }
      case 'ran': {
        answers.get(message.id)?.({ accepted: message.accepted, ...(message.reason === undefined ? {} : { reason: message.reason }) });
        answers.delete(message.id);
        return;
      }
      case 'exit':
        state.set({ kind: 'exited', code: message.code });
        setLive(false);
    }
  };

  const follow = (next: LinkState): void => {
    if (state.get().kind === 'exited') return;
    switch (next.kind) {
      case 'open':
        sent = { cols: terminal.cols, rows: terminal.rows };
        link.send({ type: 'open', ...(seq === undefined ? {} : { since: seq }), ...sent });
        // With `since` there may be nothing to send: the shell is live as soon as the socket is.
        if (seq !== undefined) {
          state.set({ kind: 'live' });
          setLive(true);
        }
        return;
      case 'stopped':
        state.set({ kind: next.code === closeCodes.replaced ? 'elsewhere' : 'gone' });
        break;
      case 'lost':
      case 'draining':
        state.set({ kind: 'lost' });
        break;
      case 'connecting':
        state.set({ kind: 'connecting' });
    }
    setLive(false);
    for (const answer of answers.values()) answer({ accepted: false, reason: 'The connection was lost. Look at the terminal before you run it again.' });
    answers.clear();
  };

  const link = openLink<TerminalServerMessage, TerminalClientMessage>({
    path: routes.terminalSocket(view.id),
    incoming: TerminalServerMessage,
    onMessage: receive,
    // The first state is told before `link` exists; it changes nothing.
    onState: (next) => { if (next.kind !== 'connecting' || state.get().kind !== 'connecting') follow(next); },
  });

  terminal.onData((data) => {
    used = true;
    for (const piece of inputPieces(data)) link.send({ type: 'input', data: piece });
  });
  const unfollowTheme = themeStore.subscribe(() => { terminal.options.theme = palettes[themeStore.get()]; });

  const runOnce = (command: string): Promise<RunOutcome> => new Promise((resolve) => {
    runs += 1;
    const id = `run-${runs}`;
    const timer = setTimeout(() => {
      answers.delete(id);
      resolve({ accepted: false, reason: 'The terminal did not answer. Look at it before you run it again.' });
    }, RUN_ANSWER_MS);
    answers.set(id, (outcome) => { clearTimeout(timer); resolve(outcome); });
    if (!link.send({ type: 'run', id, command })) {
      clearTimeout(timer);
      answers.delete(id);
      resolve({ accepted: false, reason: 'The terminal is reconnecting. Try again in a moment.' });
    }
  });

  return {
    id: view.id,
    machine: view.machine,
    state,
    search,
    terminal,
    attach: (host) => {
      host.append(element);
      if (!opened) {
        opened = true;
        terminal.open(element);
        // xterm draws no cursor before it was first focused, except once another screen was shown.
        terminal.write('\u001b[?47h\u001b[?47l');
      }
      refit();
      // The font may arrive after the first measurement.
      void document.fonts.ready.then(() => { if (element.isConnected) refit(); });
      const observer = new ResizeObserver(() => requestAnimationFrame(refit));
      observer.observe(host);
      return () => {
        observer.disconnect();
        element.remove();
      };
    },
    focus: () => terminal.focus(),
    setFontSize: (pixels) => {
      terminal.options.fontSize = pixels;
      refit();
    },
    run: async (command) => {
      const fresh = (): boolean => !used && Date.now() - createdAt < FIRST_PROMPT_MS;
      for (;;) {
        const kind = state.get().kind;
        if (kind === 'exited' || kind === 'gone') return { accepted: false, reason: 'That shell has ended. Start it again first.' };
        const outcome = kind === 'live' ? await runOnce(command) : { accepted: false, reason: 'The terminal is still connecting. Try again in a moment.' };
        if (outcome.accepted) used = true;
        if (outcome.accepted || !fresh()) return outcome;
        await new Promise((resolve) => { setTimeout(resolve, FIRST_PROMPT_STEP_MS); });
      }
    },
    reconnect: () => link.renew(),
    dispose: () => {
      link.close();
      unfollowTheme();
      element.remove();
      terminal.dispose();
    },
  };
};

// What a command of `patchbay` is: its words, its options, its help, and what it does.
import type { ParseArgsOptionsConfig } from 'node:util';
import { PatchbayError } from '../base/index.ts';

/** Exit codes that scripts can rely on. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, notFound: 3, exists: 4, notReady: 5 } as const;

/** Parsed arguments: `words` after the command's own, and options by long name. */
export interface Invocation {
  words: string[];
  options: Record<string, string | boolean | undefined>;
  json: boolean;
  /** A line for people; silent with --json. */
  say(line: string): void;
  /** The one JSON document of --json. */
  answer(value: unknown): void;
  signal: AbortSignal;
}

/** A command. `name` is its words, such as `cluster up`; `run` resolves with an exit code. */
export interface Command {
  name: string;
  usage: string;
  summary: string;
  /** How many words may follow the name: least and most. */
  words: [number, number];
  options: ParseArgsOptionsConfig;
  optionHelp: Record<string, string>;
  run(invocation: Invocation): Promise<number>;
}

/** A mistake in the words of a call; exits with 2 and shows the usage. */
export class UsageError extends PatchbayError {
  constructor(message: string) {
    super('usage', message);
  }
}

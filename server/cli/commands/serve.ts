// patchbay serve: the server in the foreground, as `npm start` runs it.
import { serveForeground } from '../../main.ts';
import type { Command } from '../command.ts';

export const serve: Command = {
  name: 'serve',
  usage: 'serve',
  summary: 'Runs the server; settings come from the environment (see README).',
  words: [0, 0],
  options: {},
  optionHelp: {},
  run: () => serveForeground(),
};

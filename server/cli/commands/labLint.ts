// patchbay lab lint PATH: every problem of a workshop or lab, with file and line.
import { resolve } from 'node:path';
import { lintPath } from '../../labs/index.ts';
import { exitCodes } from '../command.ts';
import type { Command } from '../command.ts';

export const labLint: Command = {
  name: 'lab lint',
  usage: 'lab lint PATH',
  summary: 'Checks a workshop or lab without a cluster: every problem with file and line.',
  words: [1, 1],
  options: {},
  optionHelp: {},
  async run({ words, say, answer }) {
    const problems = await lintPath(resolve(words[0]!));
    for (const problem of problems) say(`${problem.file}:${problem.line}: ${problem.message}`);
    say(problems.length === 0 ? 'No problems.' : `${problems.length} problem${problems.length === 1 ? '' : 's'}.`);
    answer({ problems });
    return problems.length === 0 ? exitCodes.ok : exitCodes.failed;
  },
};

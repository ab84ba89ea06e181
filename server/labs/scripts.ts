// Solutions and mistakes beside a lab: what their header comments say.
import { MachineName } from '../contract/index.ts';
import type { LabScript, LintProblem } from './types.ts';

/**
 * Reads a script. Its first comment lines may say `# catches: check-id, …` (mistakes) and `# cluster: new` (it changes what start-over
 * does not undo, so it gets an unused cluster). A line `# on: worker` anywhere begins a part that runs on that machine.
 */
export function parseScript(kind: 'solution' | 'mistake', name: string, file: string, text: string, checkIds: readonly string[]): { script: LabScript; problems: LintProblem[] } {
  const problems: LintProblem[] = [];
  const lines = text.split('\n');
  let catches: string[] = [];
  let freshCluster = false;
  lines.forEach((content, index) => {
    const refuse = (message: string) => problems.push({ file, line: index + 1, message });
    const header = /^#\s*(catches|cluster|on):\s*(.*)$/.exec(content);
    if (!header) return;
    if (header[1] === 'on') {
      if (!MachineName.safeParse(header[2]!.trim()).success) refuse(`"${header[2]}" is not a machine's name. Write it like "# on: worker".`);
      return;
    }
    if (header[1] === 'cluster') {
      if (header[2]!.trim() === 'new') freshCluster = true;
      else refuse('After "# cluster:" only "new" may stand.');
      return;
    }
    if (kind === 'solution') return void refuse('A solution catches nothing; remove this line or move the script to mistakes/.');
    catches = header[2]!.split(',').map((id) => id.trim()).filter((id) => id !== '');
    for (const id of catches) if (!checkIds.includes(id)) refuse(`The lab has no check "${id}". Its checks are ${checkIds.join(', ')}.`);
  });
  if (kind === 'mistake' && catches.length === 0) problems.push({ file, line: 1, message: 'The mistake does not say which checks must catch it. Add a line like "# catches: check-id".' });
  if (!lines.some((content) => /^set -\w*e/.test(content))) problems.push({ file, line: 1, message: 'The script goes on after a failed command. Add "set -eu" near the top.' });
  return { script: { name, file, text, catches, freshCluster }, problems };
}

/** The parts of a script in their order, each with the machine it runs on: the workstation until a line `# on: MACHINE` says otherwise. Empty parts are left out. */
export function splitScript(text: string): { machine: string; text: string }[] {
  const [first, ...rest] = text.split(/^#\s*on:\s*(\S+)[^\n]*$/m);
  const parts = [{ machine: 'workstation', text: first! }];
  for (let index = 0; index < rest.length; index += 2) parts.push({ machine: rest[index]!, text: `set -eu\n${rest[index + 1]!.trim()}\n` });
  return parts.filter((part, index) => index > 0 || part.text.split('\n').some((line) => line.trim() !== '' && !line.startsWith('#') && !/^set -\w+$/.test(line.trim())));
}

// Solutions and mistakes beside a lab: what their header comments say.
import type { LabScript, LintProblem } from './types.ts';

/**
 * Reads a script. Its first comment lines may say `# catches: check-id, …` (mistakes) and `# cluster: new` (it changes what start-over
 * does not undo, so it gets an unused cluster).
 */
export function parseScript(kind: 'solution' | 'mistake', name: string, file: string, text: string, checkIds: readonly string[]): { script: LabScript; problems: LintProblem[] } {
  const problems: LintProblem[] = [];
  const lines = text.split('\n');
  let catches: string[] = [];
  let freshCluster = false;
  lines.forEach((content, index) => {
    const refuse = (message: string) => problems.push({ file, line: index + 1, message });
    const header = /^#\s*(catches|cluster):\s*(.*)$/.exec(content);
    if (!header) return;
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

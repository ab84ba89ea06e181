// Scripts beside labs: headers, and parts that run on other machines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseScript, splitScript } from './scripts.ts';

test('a script runs on the workstation until it says otherwise', () => {
  assert.deepEqual(splitScript('# It works.\nset -eu\necho a\n'), [{ machine: 'workstation', text: '# It works.\nset -eu\necho a\n' }]);
  assert.deepEqual(splitScript('set -eu\necho a\n# on: worker\necho b\n# on: workstation\necho c\n').map(({ machine, text }) => [machine, text]), [
    ['workstation', 'set -eu\necho a\n'], ['worker', 'set -eu\necho b\n'], ['workstation', 'set -eu\necho c\n'],
  ]);
  assert.deepEqual(splitScript('# Only there.\nset -eu\n# on: worker2\nls\n').map(({ machine }) => machine), ['worker2']);
});

test('a machine\'s name is checked', () => {
  const { problems } = parseScript('solution', 's.sh', 's.sh', 'set -eu\n# on: The Worker\nls\n', []);
  assert.deepEqual(problems.map(({ line }) => line), [2]);
});

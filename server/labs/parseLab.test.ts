// Lab files: steps and blocks, and every problem with its own line.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseLab } from './parseLab.ts';

const head = ['---', 'title: A lab for tests', 'summary: It exists for the tests alone.', 'minutes: 10', 'objectives: [Parse]', '---', ''];

function parse(...body: string[]) {
  return parseLab({ id: 'one', namespace: 'lab-09', file: 'lab.md', text: [...head, ...body].join('\n'), tryDiagram: () => undefined, hasFile: () => false });
}

/** Problems of a body as `line: message`, the body's first line being 8. */
function problemsOf(...body: string[]): string[] {
  return parse(...body).problems.map((problem) => `${problem.line}: ${problem.message}`);
}

const check = ['```check', 'id: works', 'type: http', 'title: It works', 'from: { machine: worker }', 'to: { pod: web }', '```'];

describe('a good lab', () => {
  test('becomes steps of blocks in order', () => {
    const { lab, problems } = parse('Intro.', '', '## First *step*', '', 'Text.', '', '```bash run', 'ls', '```', '', '```bash run on=worker', 'ip a', '```', '', '```yaml file=web.yaml', 'apiVersion: v1', 'kind: Pod', 'metadata: { name: web }', '```', '', ...check,
      '', '<details><summary>Hint: look <b>there</b></summary>', '', 'Some `code`.', '', '```bash', 'ls', '```', '', '</details>', '', '## Second', '', 'End.');
    assert.deepEqual(problems, []);
    assert.deepEqual(lab!.intro.map((block) => block.type), ['html']);
    assert.deepEqual(lab!.steps.map((step) => [step.id, step.title, step.blocks.map((block) => block.type)]), [
      ['first-step', 'First step', ['html', 'run', 'run', 'file', 'check', 'hint']],
      ['second', 'Second', ['html']],
    ]);
    const [, run, onWorker, file, , hint] = lab!.steps[0]!.blocks;
    assert.ok(run?.type === 'run' && run.machine === 'workstation' && run.code === 'ls');
    assert.ok(onWorker?.type === 'run' && onWorker.machine === 'worker' && onWorker.id !== run.id);
    assert.ok(file?.type === 'file' && file.path === 'web.yaml' && file.code.endsWith('}\n'));
    assert.ok(hint?.type === 'hint' && hint.title === 'Hint: look there' && hint.html.includes('<code>code</code>'));
  });

  test('checks get the lab\'s namespace and a point; guards get none', () => {
    const { lab } = parse('## One', '', ...check, '', '```check', 'id: still', 'type: http', 'title: It still works', 'guard: true', 'namespace: default', 'from: { machine: worker }', 'to: { host: example.org }', '```');
    assert.deepEqual(lab!.checks.map(({ id, namespace, points }) => [id, namespace, points]), [['works', 'lab-09', 1], ['still', 'default', 0]]);
  });

  test('may use CRLF line ends', () => {
    const text = [...head, '## One', '', 'Text.'].join('\r\n');
    const { lab } = parseLab({ id: 'one', namespace: 'lab-09', file: 'lab.md', text, tryDiagram: () => undefined, hasFile: () => false });
    assert.equal(lab?.steps.length, 1);
  });
});

describe('problems', () => {
  const cases: [string, string[], RegExp][] = [
    ['no steps', ['Text.'], /^7: The lab has no steps/],
    ['a title in the body', ['# Title', '', '## One'], /^8: The lab's title belongs into the front matter/],
    ['two steps of one name', ['## One', '', '## One'], /^10: Two steps are called "One"/],
    ['an unknown machine', ['## One', '', '```bash run on=mars', 'ls', '```'], /^10: There is no machine "mars"/],
    ['unknown words after run', ['## One', '', '```bash run fast', 'ls', '```'], /^10: Unknown words "fast"/],
    ['a file outside the folder', ['## One', '', '```yaml file=../x.yaml', 'a: 1', '```'], /^10: "\.\.\/x\.yaml" is not a plain file name/],
    ['a manifest that is none', ['## One', '', '```yaml file=x.yaml', 'kind: Pod', 'metadata: { name: a }', '```'], /^11: This object has no usable apiVersion/],
    ['YAML that is none, with its line', ['## One', '', '```check', 'id: a', 'title: [', '```'], /^1[23]: This is not valid YAML/],
    ['an unknown key in a check', ['## One', '', ...check.slice(0, 6), 'portt: 80', '```'], /^16: unknown key "portt"/],
    ['an unknown key deep in a check', ['## One', '', ...check.slice(0, 5), 'to:', '  pod: web', '  nmespace: a', '```'], /^17: to: unknown key "nmespace"/],
    ['a missing key', ['## One', '', '```check', 'id: a', 'type: command', 'title: Runs', 'on: { machine: worker }', '```'], /argv: is missing/],
    ['an unknown type', ['## One', '', '```check', 'id: a', 'type: magic', 'title: Runs', '```'], /^12: There is no such type of check\. Use one of resource, connects, resolves, http, command, answer, traffic/],
    ['a value out of range', ['## One', '', ...check.slice(0, 6), 'port: 99999', '```'], /^16: port: /],
    ['a bad path', ['## One', '', '```check', 'id: a', 'type: resource', 'title: Runs', 'kind: Pod', 'expect:', '  - path: spec.x', '    exists: true', '```'], /^16: expect\[0\]\.path: The path "spec\.x" is malformed/],
    ['a denial without a control', ['## One', '', '```check', 'id: a', 'type: connects', 'title: Cut off', 'from: [{ pods: a=b }]', 'to: [{ service: web }]', 'ports: [80]', 'expect: denied', '```'], /control: is missing/],
    ['a check that claims nothing', ['## One', '', '```check', 'id: a', 'type: resource', 'title: Is there', 'kind: Pod', 'name: web', '```'], /expect: is empty/],
    ['the same id twice', ['## One', '', ...check, '', ...check], /^19: The id "works" is taken/],
    ['a check before the first step', [...check, '', '## One'], /^8: A check belongs to a step/],
    ['a check inside a condition', ['## One', '', '<!-- when provider=kind -->', '', ...check, '', '<!-- end -->'], /^12: A check cannot stand inside a condition/],
    ['a condition left open', ['## One', '', '<!-- when provider=kind -->', '', 'Text.'], /^10: This condition is not closed/],
    ['a condition on something unknown', ['## One', '', '<!-- when moon=full -->', '', '<!-- end -->'], /^10: A condition cannot ask for "moon"/],
    ['a hint left open', ['## One', '', '<details><summary>Hint</summary>', '', 'Text.'], /^10: This hint is not closed/],
    ['a run block in a hint', ['## One', '', '<details><summary>Hint</summary>', '', '```bash run', 'ls', '```', '', '</details>'], /^12: A run block cannot stand inside a hint/],
    ['a run block in a list', ['## One', '', '- item', '  ```bash run', '  ls', '  ```'], /^10: A run block cannot stand inside a list/],
    ['a value that does not exist', ['## One', '', 'Go to {{ node.wroker.ip }}.'], /^10: There is no value "node\.wroker\.ip"/],
    ['a link that leads nowhere', ['## One', '', '[a](nowhere.md)'], /^10: The link to "nowhere\.md" leads nowhere/],
    ['an image that is not there', ['## One', '', '![a](files/a.png)'], /^10: The image files\/a\.png does not exist/],
    ['raw HTML', ['## One', '', '<div>x</div>'], /^10: Raw HTML/],
    ['a quiz without a right choice', ['## One', '', '```quiz', 'id: q', 'question: What is it?', 'choices:', '  - text: a', '  - text: b', '```'], /^13: choices: has no right choice/],
  ];
  for (const [name, body, expected] of cases) {
    test(name, () => {
      const problems = problemsOf(...body);
      assert.ok(problems.some((problem) => expected.test(problem)), problems.join('\n') || 'no problem was found');
    });
  }

  test('all are told at once, and then there is no lab', () => {
    const { lab, problems } = parse('## One', '', '```bash run on=mars', 'ls', '```', '', '```quiz', 'id: q', '```');
    assert.equal(lab, undefined);
    assert.ok(problems.length >= 3);
  });

  test('front matter is a closed list too', () => {
    const text = ['---', 'title: A lab', 'minuts: 10', '---', '## One'].join('\n');
    const { problems } = parseLab({ id: 'one', namespace: 'lab-09', file: 'lab.md', text, tryDiagram: () => undefined, hasFile: () => false });
    assert.ok(problems.some((problem) => problem.line === 3 && problem.message.includes('unknown key "minuts"')));
    assert.ok(problems.some((problem) => problem.message.startsWith('summary: is missing')));
  });

  test('words in braces that are not ours are left alone', () => {
    assert.deepEqual(problemsOf('## One', '', 'A template: `{{ .Values.name }}` and {{ name }}.'), []);
  });
});

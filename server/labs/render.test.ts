// Pages of a lab: values, conditions, quizzes, files, and nothing of what checks expect.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LabId, LabView } from '../contract/index.ts';
import { parseLab } from './parseLab.ts';
import { judgeQuiz } from './quiz.ts';
import { findFileBlock, renderLab } from './render.ts';
import type { Lab, LabValues } from './types.ts';

const values: LabValues = {
  provider: 'embedded', networkPlugin: 'bridge',
  machines: [{ name: 'control-plane', role: 'control-plane', address: '172.18.0.2' }, { name: 'worker', role: 'worker', address: '172.18.0.3', podCidr: '10.244.1.0/24' }, { name: 'workstation', role: 'workstation', address: '172.18.0.10' }],
};

function labOf(body: string[], needs = '{}'): Lab {
  const text = ['---', 'title: A lab for tests', 'summary: It exists for the tests alone.', 'minutes: 10', 'objectives: [Render]', `needs: ${needs}`, '---', ...body].join('\n');
  const { lab, problems } = parseLab({ id: 'one', namespace: 'lab-09', file: 'lab.md', text, tryDiagram: (name) => (name === 'a.svg' ? '<svg></svg>' : undefined), hasFile: () => true });
  assert.deepEqual(problems, []);
  const { front, ...content } = lab!;
  return { id: LabId.parse('one'), workshopId: 'w', number: 9, ...front, namespace: 'lab-09', folder: '/x', ...content, points: content.checks.reduce((sum, check) => sum + check.points, 0), setup: [], solutions: [], mistakes: [] };
}

describe('rendering', () => {
  test('fills in the listed names, in prose, code and files, and leaves all else in braces', () => {
    const lab = labOf(['## One', '', 'At {{ node.worker.ip }} in {{namespace}}, `{{ node.worker.podCidr }}`, {{ .Values.x }}, {{ node.worker2.ip }}.', '', '```bash run', 'ping {{ workstation.ip }} # {{ .x }}', '```', '', '```text file=a.txt', '{{ networkPlugin }}', '```']);
    const [prose, run] = renderLab(lab, values).steps[0]!.blocks;
    assert.ok(prose?.type === 'html');
    assert.equal(prose.html, '<p>At 172.18.0.3 in lab-09, <code>10.244.1.0/24</code>, {{ .Values.x }}, {{ node.worker2.ip }}.</p>');
    assert.ok(run?.type === 'run');
    assert.equal(run.code, 'ping 172.18.0.10 # {{ .x }}');
    assert.deepEqual(findFileBlock(lab, 'file-a-txt', values), { id: 'file-a-txt', path: 'a.txt', content: 'bridge\n' });
    assert.equal(findFileBlock(lab, 'file-b-txt', values), undefined);
  });

  test('shows text of one provider or plugin only there', () => {
    const lab = labOf(['## One', '', '<!-- when provider=kind,kubernetes -->', '', 'Kind.', '', '<!-- end -->', '', '<!-- when cni!=calico -->', '', 'Not Calico.', '', '<!-- end -->']);
    const shown = (some: LabValues) => renderLab(lab, some).steps[0]!.blocks.map((block) => ('html' in block ? block.html : '')).join('');
    assert.equal(shown(values), '<p>Not Calico.</p>');
    assert.equal(shown({ ...values, provider: 'kind', networkPlugin: 'calico' }), '<p>Kind.</p>');
  });

  test('never tells what a check or a quiz expects', () => {
    const lab = labOf(['## One', '', '```check', 'id: secret', 'type: answer', 'title: Say it', 'label: The word', 'direction: Look at the SECRET-WAY.', 'expect: { values: [SECRET-VALUE] }', '```', '', '```quiz', 'id: q', 'question: Which one?', 'choices:', '  - text: Left', '    correct: true', '  - text: Right', 'explanation: SECRET-BECAUSE', '```']);
    const view = renderLab(lab, values);
    assert.doesNotMatch(JSON.stringify(view), /SECRET|correct/);
    assert.deepEqual(LabView.parse(view), view);
  });

  test('points images, diagrams and links to other labs at our own addresses', () => {
    const lab = labOf(['## One', '', 'An ![icon](files/i.png) and [a lab](../02-reach-a-pod/lab.md).', '', '![A drawing](files/a.svg)']);
    const html = renderLab(lab, values).steps[0]!.blocks.map((block) => ('html' in block ? block.html : '')).join('');
    assert.match(html, /<img src="\/api\/v1\/labs\/one\/assets\/i\.png" alt="icon" \/>/);
    assert.match(html, /<a href="\/labs\/reach-a-pod">a lab<\/a>/);
    assert.match(html, /<figure class="diagram" role="img" aria-label="A drawing"><svg><\/svg><\/figure>/);
  });

  test('says why a cluster cannot run the lab', () => {
    const needy = labOf(['## One'], '{ provider: kind, nodes: 3, ingress: true }');
    assert.equal(renderLab(needy, values).unmetNeeds.length, 3);
    assert.deepEqual(renderLab(labOf(['## One']), values).unmetNeeds, []);
  });
});

describe('quizzes', () => {
  const lab = labOf(['## One', '', '```quiz', 'id: q', 'question: Which ones?', 'choices:', '  - text: A', '    correct: true', '  - text: B', '  - text: C', '    correct: true', 'explanation: Because of it.', '```']);

  test('are right only with exactly the right choices, and explain only then', () => {
    assert.deepEqual(judgeQuiz(lab, 'q', ['c', 'a']), { correct: true, explanation: 'Because of it.' });
    for (const wrong of [['a'], ['a', 'b', 'c'], ['b'], ['z'], []]) assert.deepEqual(judgeQuiz(lab, 'q', wrong), { correct: false });
    assert.equal(judgeQuiz(lab, 'other', ['a']), undefined);
  });
});

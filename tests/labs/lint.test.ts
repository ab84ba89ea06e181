// Every lab that is shipped is free of problems and keeps the rules of the curriculum.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LabView } from '../../server/contract/index.ts';
import { loadWorkshops, renderLab } from '../../server/labs/index.ts';

const root = join(import.meta.dirname, '../../labs');
const { workshops, problems } = await loadWorkshops([root]);
const labs = workshops.flatMap((workshop) => workshop.labs);

test('the shipped workshops have no problem', () => {
  assert.deepEqual(problems.map(({ file, line, message }) => `${file}:${line}: ${message}`), []);
  assert.ok(labs.length >= 2);
});

describe('each lab', () => {
  for (const lab of labs) {
    test(`${lab.number} ${lab.id} renders for a cluster without anything left open`, () => {
      const view = renderLab(lab, {
        provider: 'embedded', networkPlugin: 'bridge', machines: [
          { name: 'control-plane', role: 'control-plane', address: '172.18.0.2', podCidr: '10.244.0.0/24' }, { name: 'worker', role: 'worker', address: '172.18.0.3', podCidr: '10.244.1.0/24' },
          { name: 'worker2', role: 'worker', address: '172.18.0.4', podCidr: '10.244.2.0/24' }, { name: 'workstation', role: 'workstation', address: '172.18.0.10' }, { name: 'outside', role: 'outside', address: '203.0.113.2' },
        ],
      });
      assert.deepEqual(LabView.parse(view), view);
      assert.doesNotMatch(JSON.stringify(view), /\{\{ (node|workstation|outside|namespace|provider|networkPlugin)/);
    });

    test(`${lab.number} ${lab.id} explains, asks and links`, () => {
      const blocks = lab.steps.flatMap((step) => step.blocks);
      const text = JSON.stringify(blocks);
      assert.match(text, /What just happened\?/);
      assert.match(text, /https:\/\/kubernetes\.io\//);
      assert.ok(lab.quizzes.length >= 1, 'it has a quiz');
      assert.ok(blocks.some((block) => block.type === 'hint'), 'it has a hint');
      assert.ok(lab.mistakes.some((mistake) => mistake.name.startsWith('fake')), 'one mistake is a fake of the result (mistakes/fake….sh)');
    });

    test(`${lab.number} ${lab.id} has every check caught by some mistake`, () => {
      const caught = new Set(lab.mistakes.flatMap((mistake) => mistake.catches));
      assert.deepEqual(lab.checks.filter((check) => !check.guard && !caught.has(check.id)).map((check) => check.id), []);
    });
  }
});

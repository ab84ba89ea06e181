// Proving on a cluster in memory: what holds is told, and what does not is named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeCluster, fakePod } from '../checks/fakeCluster.ts';
import type { FakeCluster } from '../checks/fakeCluster.ts';
import { LabId } from '../contract/index.ts';
import { CheckSource, settleCheck } from '../labs/index.ts';
import type { Lab, LabScript } from '../labs/index.ts';
import { satisfies, wantedOf } from './judgeRun.ts';
import { proveLab } from './prove.ts';
import { formatProof } from './results.ts';

const script = (name: string, catches: string[] = []): LabScript => ({ name, file: name, text: name, catches, freshCluster: false });

function labOf(solutions: LabScript[], mistakes: LabScript[]): Lab {
  const checks = [
    settleCheck(CheckSource.parse({ id: 'runs', type: 'resource', title: 'It runs', kind: 'Pod', where: [{ path: '.metadata.name', equals: 'web' }] }), 'lab-09'),
    settleCheck(CheckSource.parse({ id: 'said', type: 'answer', title: 'It is said', label: 'The word', expect: { values: ['yes'] } }), 'lab-09'),
  ];
  return { id: LabId.parse('one'), workshopId: 'w', number: 9, title: 'A lab', summary: '', minutes: 10, objectives: [], needs: {}, namespace: 'lab-09', folder: '/x', intro: [], steps: [], checks, quizzes: [], points: 2, setup: [], solutions, mistakes };
}

/** A cluster whose workstation understands three scripts. */
function worldOf() {
  const made: FakeCluster[] = [];
  let answer = '';
  const newCluster = async () => {
    const cluster: FakeCluster = createFakeCluster({
      run: (_, argv) => {
        const command = argv.join(' ');
        if (command.includes('rm -rf')) answer = '';
        if (command.includes('cat -- ')) return { code: 0, stdout: answer };
        if (argv.includes('solve')) { cluster.put(fakePod('web')); answer = 'yes'; }
        if (argv.includes('lie')) { cluster.put(fakePod('web')); answer = 'no'; }
        return argv.includes('crash') ? { code: 3, stderr: 'it broke' } : { code: 0 };
      },
    });
    made.push(cluster);
    return cluster;
  };
  return { made, clusters: { newCluster, release: async () => {} } };
}

test('a lab that holds is proved, on one cluster started over between runs', async () => {
  const { made, clusters } = worldOf();
  const told: string[] = [];
  const proof = await proveLab(labOf([script('solve')], [script('lie', ['said'])]), clusters, { parallel: 1, onResult: (_, run) => told.push(run.name) });
  assert.equal(proof.ok, true, formatProof(proof));
  assert.deepEqual(told, ['as it opens', 'solve', 'lie']);
  assert.equal(made.length, 1);
});

test('a mistake that nobody catches, a solution that does not solve and a script that fails are named', async () => {
  const { clusters } = worldOf();
  const uncaught = await proveLab(labOf([script('solve')], [script('solve', ['said'])]), clusters, { parallel: 1, settleMs: 0 });
  assert.equal(uncaught.ok, false);
  assert.match(formatProof(uncaught), /FAIL mistake[\s\S]*said: passed, wanted caught/);
  const crashed = await proveLab(labOf([script('crash')], []), clusters, { parallel: 1 });
  assert.match(formatProof(crashed), /The script ended with 3: it broke/);
});

test('what each kind of run asks of a check', () => {
  const check = { id: LabId.parse('a') as never, guard: false };
  assert.equal(wantedOf('untouched', check, []), 'not passed');
  assert.equal(wantedOf('untouched', { ...check, guard: true }, []), 'passed');
  assert.equal(wantedOf('mistake', check, ['a']), 'caught');
  assert.equal(wantedOf('mistake', check, ['b']), 'not broken');
  assert.equal(satisfies('caught', 'waiting'), false);
  assert.equal(satisfies('not passed', 'broken'), false);
  assert.equal(satisfies('not broken', 'passed'), true);
});

// Every shipped lab on live clusters: untouched nothing passes, each solution passes everything, each mistake is caught.
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { loadWorkshops } from '../../server/labs/index.ts';
import { formatProof, proveLab } from '../../server/proving/index.ts';
import { openTestProvider } from '../support/liveProvider.ts';

const { workshops } = await loadWorkshops([join(import.meta.dirname, '../../labs')]);
const live = await openTestProvider();
after(() => live[Symbol.asyncDispose]());

let made = 0;
const clusters = {
  newCluster: () => live.provider.provision({ name: `prove-${(made += 1)}`, nodes: 3, egress: false }, { signal: AbortSignal.timeout(60_000), onStage() {} }),
  release: (cluster: { name: string }) => live.provider.remove(cluster.name),
};

describe('labs are proved', () => {
  for (const lab of workshops.flatMap((workshop) => workshop.labs)) {
    test(`${lab.number} ${lab.id}`, async () => {
      const proof = await proveLab(lab, clusters, { parallel: Math.min(2, availableParallelism()) });
      assert.ok(proof.ok, `\n${formatProof(proof)}`);
      assert.deepEqual(proof.unmetNeeds, []);
      assert.equal(proof.runs.length, 1 + lab.solutions.length + lab.mistakes.length);
    });
  }
});

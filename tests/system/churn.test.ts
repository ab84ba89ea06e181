// Half a minute of everything, after which the cluster holds what it held before; `npm run test:soak` does the same for ten minutes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { churn, complaints, settleHoldings, takeHoldings } from '../support/churn.ts';
import { openFaultyCluster } from '../support/faults.ts';

const seconds = Number(process.env['PATCHBAY_CHURN_SECONDS'] ?? 30);
/** History of the store, compiled code and free lists are filled once; a leak of a class's day would be far above. */
const memoryKiB = 192 * 1024;
const journalBytes = 32 * 1024 * 1024;
/** Connections that this test's own client keeps alive. */
const keptSockets = 24;

test(`${seconds} s of churn leave nothing behind`, { timeout: (seconds + 150) * 1000 }, async () => {
  await using cluster = await openFaultyCluster('churn');
  // Once beforehand, so that what is made on first use counts as there.
  await churn(cluster, 1);
  const before = await takeHoldings(cluster);
  const rounds = await churn(cluster, seconds);
  const { after, differs } = await settleHoldings(cluster, before);
  console.log(`    ${rounds} rounds; ${JSON.stringify({ before: before.sizes, after: after.sizes, complaints: complaints(cluster) })}`);
  assert.ok(rounds > 0);
  assert.deepEqual(differs, {});
  assert.ok(after.sizes.residentKiB - before.sizes.residentKiB < memoryKiB, `memory grew from ${before.sizes.residentKiB} to ${after.sizes.residentKiB} KiB`);
  assert.ok(after.sizes.sockets <= before.sizes.sockets + keptSockets, `sockets grew from ${before.sizes.sockets} to ${after.sizes.sockets}`);
  assert.ok(after.sizes.journalBytes < journalBytes, `the journal has ${after.sizes.journalBytes} bytes`);
});

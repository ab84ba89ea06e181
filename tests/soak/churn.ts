// Ten minutes of everything that a class does (PATCHBAY_CHURN_SECONDS to change), watched minute by minute; prints JSON and fails on whatever is left or grows.
import { churn, complaints, settleHoldings, takeHoldings, takeSizes } from '../support/churn.ts';
import type { Holdings } from '../support/churn.ts';
import { openFaultyCluster } from '../support/faults.ts';

const seconds = Number(process.env['PATCHBAY_CHURN_SECONDS'] ?? 600);
/** History of the store and compiled code are full after the first part; from then on memory may waver by this much. */
const wavering = 24 * 1024;
const settledAfter = 0.4;
/** Connections that this program's own client keeps alive. */
const keptSockets = 24;

await using cluster = await openFaultyCluster('soak');
await churn(cluster, 1);
const before = await takeHoldings(cluster);
const started = Date.now();
const samples: ({ seconds: number; rounds: number } & Holdings['sizes'])[] = [];
let nextSample = 0;
const rounds = await churn(cluster, seconds, async (done) => {
  const at = Math.round((Date.now() - started) / 1000);
  if (at < nextSample) return;
  nextSample = at + Math.max(5, seconds / 20);
  samples.push({ seconds: at, rounds: done, ...(await takeSizes(cluster)) });
});
const { after, differs } = await settleHoldings(cluster, before, 60_000);

/** The least of each half, which is what collections of garbage cannot hide. */
const settled = samples.filter((sample) => sample.seconds >= seconds * settledAfter);
const half = Math.ceil(settled.length / 2);
const least = (part: typeof samples) => Math.min(...part.map(({ residentKiB }) => residentKiB));
const growthKiB = settled.length < 4 ? 0 : least(settled.slice(half)) - least(settled.slice(0, half));
const failures = [
  ...(Object.keys(differs).length ? ['something is left'] : []),
  ...(after.sizes.sockets > before.sizes.sockets + keptSockets ? ['sockets are left'] : []),
  ...(growthKiB > wavering ? [`memory grew by ${growthKiB} KiB in the second half`] : []),
];
console.log(JSON.stringify({ seconds, rounds, before: before.sizes, after: after.sizes, growthKiB, samples, differs, complaints: complaints(cluster), failures }, undefined, 2));
if (failures.length > 0) process.exitCode = 1;

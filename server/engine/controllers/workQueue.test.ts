// The work queue: coalescing, one run at a time per key, back-off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../base/index.ts';
import { ManualClock } from '../registry/testing.ts';
import { StatusError } from '../types/index.ts';
import { WorkQueue } from './workQueue.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

function makeQueue(sync: (key: string) => Promise<void>, concurrency?: number) {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ name: 'test', logger: silentLogger, clock, sync, ...(concurrency === undefined ? {} : { concurrency }) }) };
}

test('a key added many times runs once; added during its run it runs once more, never beside itself', async () => {
  let runs = 0;
  let release = () => {};
  const { queue } = makeQueue(async () => {
    runs += 1;
    if (runs === 1) await new Promise<void>((resolve) => { release = resolve; });
  });
  for (let i = 0; i < 5; i += 1) queue.add('a');
  await turn();
  queue.add('a');
  queue.add('a');
  await turn();
  assert.equal(runs, 1);
  release();
  await turn();
  assert.equal(runs, 2);
});

test('no more keys than allowed run at once', async () => {
  let running = 0;
  let most = 0;
  const done: string[] = [];
  const { queue } = makeQueue(async (key) => {
    most = Math.max(most, ++running);
    await turn();
    running -= 1;
    done.push(key);
  }, 2);
  for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
  while (done.length < 5) await turn();
  assert.equal(most, 2);
});

test('failures are retried after longer and longer pauses; success starts over; conflicts never wait long', async () => {
  const waits: number[] = [];
  for (const [error, longest] of [[new Error('down'), 30_000], [new StatusError('Conflict', 'changed'), 1_000]] as const) {
    let runs = 0;
    const { queue, clock } = makeQueue(async () => {
      runs += 1;
      throw error;
    });
    queue.add('a');
    await turn();
    for (let wait = 5, i = 1; i < 16; i += 1, wait = Math.min(wait * 2, longest)) {
      clock.advance(wait - 1);
      await turn();
      assert.equal(runs, i, `not before ${wait} ms`);
      clock.advance(1);
      await turn();
      assert.equal(runs, i + 1, `at ${wait} ms`);
      waits.push(wait);
    }
    queue.dispose();
    clock.advance(60_000);
    await turn();
    assert.equal(runs, 16);
  }
  assert.equal(Math.max(...waits), 30_000);
});

test('of several times asked for, the earliest holds', async () => {
  let runs = 0;
  const { queue, clock } = makeQueue(async () => { runs += 1; });
  queue.addAfter('a', 100);
  queue.addAfter('a', 10);
  queue.addAfter('a', 50);
  clock.advance(10);
  await turn();
  assert.equal(runs, 1);
  clock.advance(100);
  await turn();
  assert.equal(runs, 1);
});

// A check that a change did not turn green at once is looked at again soon, and not for ever.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger, type Clock } from '../base/index.ts';
import { ClassroomId, LabId, SessionId } from '../contract/index.ts';
import { CheckSource, settleCheck, type Lab } from '../labs/index.ts';
import type { ClusterHandle } from '../ports/index.ts';
import { openStore } from '../store/index.ts';
import { CheckRuns } from './checkRuns.ts';

function fixture(t: { after(work: () => void): void }) {
  const store = openStore({ file: ':memory:' });
  t.after(() => store.dispose());
  const classroomId = ClassroomId.parse('c_0000000000000000');
  const sessionId = SessionId.parse('s_0000000000000000');
  store.classrooms.insert({ id: classroomId, workshopId: 'w', title: 'W', joinCode: 'abcd', provider: 'embedded', createdAt: 1 });
  store.sessions.tryInsert({ id: sessionId, classroomId, name: 'Ada', nameKey: 'ada', joinedAt: 1, lastSeenAt: 1 });
  const spec = settleCheck(CheckSource.parse({ id: 'it', type: 'command', title: 'It answers', on: { machine: 'worker' }, argv: ['answer'] }), 'lab-01');
  const lab = { id: LabId.parse('lab'), number: 1, title: 'A lab', checks: [spec], steps: [] } as unknown as Lab;
  const timers: { ms: number; go: () => void }[] = [];
  const clock: Clock = { now: () => 1, after: (ms, go) => {
    const timer = { ms, go };
    timers.push(timer);
    return { dispose: () => { if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1); } };
  } };
  let code = 1;
  const cluster = { machines: [{ name: 'worker', role: 'worker', address: '172.18.0.3' }], run: async () => ({ code, signal: null, stdout: '', stderr: '' }) } as unknown as ClusterHandle;
  let ran: ((kind: string | undefined) => void) | undefined;
  const checks = new CheckRuns({
    sessionId, lab, store, clock, logger: silentLogger, limiter: (work) => work(), onRun() {}, onTrouble() {},
    onState: (state, change) => { if (change.ran) ran?.(state.verdict?.kind); },
  });
  checks.setPlace({ cluster, namespace: 'lab-01', history: { since: 0, entries: () => [] }, signal: new AbortController().signal });
  /** What the next run found. */
  const next = (act: () => void) => new Promise<string | undefined>((resolve) => {
    ran = resolve;
    act();
  });
  const due = () => timers.splice(0, 1)[0]!;
  return { checks, timers, next, due, answer: () => { code = 0; } };
}

test('a change is followed up until the check is green', async (t) => {
  const { checks, timers, next, due, answer } = fixture(t);
  assert.equal(await next(() => checks.changed(['it'])), 'failed');
  const [first] = timers;
  assert.ok(first && first.ms < 500, 'soon enough to be seen as at once');
  answer();
  assert.equal(await next(() => due().go()), 'passed');
  assert.deepEqual(timers, []);
});

test('following up ends by itself, with the next change it begins anew, and a closed lab has none', async (t) => {
  const { checks, timers, next, due } = fixture(t);
  await next(() => checks.changed(['it']));
  let times = 0;
  for (; timers.length > 0; times++) {
    assert.ok(times < 10, 'it does not end');
    await next(() => due().go());
  }
  assert.ok(times > 1);
  await next(() => checks.trigger(['it']));
  assert.deepEqual(timers, [], 'a look without a change is not followed up');
  await next(() => checks.changed(['it']));
  assert.equal(timers.length, 1);
  checks.setPlace(undefined);
  assert.deepEqual(timers, []);
});

// The store keeps what it was told across reopening, and refuses what it must.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { ClassroomId, SessionId } from '../contract/index.ts';
import { openStore, type Store } from './index.ts';

const classroomId = ClassroomId.parse('c_0000000000000000');
const sessionId = SessionId.parse('s_0000000000000000');

function withStudent(store: Store): void {
  store.classrooms.insert({ id: classroomId, workshopId: 'w', title: 'W', joinCode: 'abcd', provider: 'embedded', createdAt: 1 });
  assert.equal(store.sessions.tryInsert({ id: sessionId, classroomId, name: 'Ada', nameKey: 'ada', joinedAt: 1, lastSeenAt: 1 }), true);
}

const attempt = { sessionId, labId: 'l', checkId: 'c', asked: true, verdict: { kind: 'failed' as const, finding: 'No.' }, observation: { saw: 1 }, ms: 3, at: 5 };

describe('store', () => {
  test('progress and points are there after reopening', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pb-store-'));
    const file = join(folder, 'store.db');
    const store = openStore({ file });
    withStudent(store);
    store.attempts.record({ ...attempt, answer: 'x' });
    store.attempts.record({ ...attempt, verdict: { kind: 'passed', finding: 'Yes.' }, asked: false, at: 6 }, 2);
    store.attempts.record({ ...attempt, at: 7 }, 2);
    store.progress.addTime(sessionId, 'l', 's', 99);
    store.progress.markStepPassed(sessionId, 'l', 's', 9);
    store.progress.addTime(sessionId, 'l', 's', 1200.4);
    store.progress.addTime(sessionId, 'l', 's', 300);
    store.progress.setQuiz(sessionId, 'l', { quizId: 'q', choices: ['a'], correct: true }, 1);
    store.dispose();
    const again = openStore({ file });
    assert.deepEqual({ ...again.attempts.past(sessionId, 'l')[0] }, { checkId: 'c', attempts: 2, verdict: { kind: 'failed', finding: 'No.' }, checkedAt: 7, answer: 'x' });
    assert.deepEqual([...again.attempts.asked(sessionId, 'l')], [['c', 2]]);
    assert.deepEqual(again.attempts.earned(sessionId).map((row) => ({ ...row })), [{ labId: 'l', checkId: 'c', points: 2 }]);
    assert.deepEqual(again.progress.steps(sessionId).map((row) => ({ ...row })), [{ labId: 'l', stepId: 's', passedAt: 9, spentMs: 1500 }]);
    assert.deepEqual(again.progress.quizzes(sessionId, 'l'), [{ quizId: 'q', choices: ['a'], correct: true }]);
    again.attempts.voidAll(sessionId, 10);
    assert.deepEqual(again.attempts.earned(sessionId), []);
    assert.deepEqual(again.attempts.past(sessionId, 'l'), []);
    again.dispose();
    rmSync(folder, { recursive: true });
  });

  test('the pods seen in a lab stay in order, bounded, and apart from other labs', () => {
    const store = openStore({ file: ':memory:' });
    withStudent(store);
    const entry = (uid: string) => ({ at: 1, namespace: 'lab-01', name: 'web', uid, restarts: {}, deleted: false, labels: {} });
    store.podHistory.append(sessionId, 'l', [entry('a'), entry('b')]);
    store.podHistory.append(sessionId, 'other', [entry('c')]);
    assert.deepEqual(store.podHistory.list(sessionId, 'l'), [entry('a'), entry('b')]);
    store.podHistory.append(sessionId, 'l', Array.from({ length: 2000 }, (_, index) => entry(`n${index}`)));
    const kept = store.podHistory.list(sessionId, 'l');
    assert.deepEqual([kept.length, kept[0]?.uid, kept.at(-1)?.uid], [2000, 'n0', 'n1999']);
    store.podHistory.clear(sessionId, 'l');
    assert.deepEqual([store.podHistory.list(sessionId, 'l').length, store.podHistory.list(sessionId, 'other').length], [0, 1]);
    store.dispose();
  });

  test('a name is taken until its student is removed', () => {
    const store = openStore({ file: ':memory:' });
    withStudent(store);
    const second = { id: SessionId.parse('s_1111111111111111'), classroomId, name: 'ADA', nameKey: 'ada', joinedAt: 2, lastSeenAt: 2 };
    assert.equal(store.sessions.tryInsert(second), false);
    store.sessions.remove(sessionId, 3);
    assert.equal(store.sessions.get(sessionId), undefined);
    assert.equal(store.sessions.tryInsert(second), true);
    store.dispose();
  });

  test('tokens are found by secret only, and not after they expire or are removed', () => {
    const store = openStore({ file: ':memory:' });
    withStudent(store);
    store.tokens.insert('one', { kind: 'student', sessionId }, 1);
    store.tokens.insert('two', { kind: 'instructor' }, 1, 100);
    assert.deepEqual({ ...store.tokens.find('one', 1_000) }, { kind: 'student', sessionId });
    assert.equal(store.tokens.find('two', 99)?.kind, 'instructor');
    assert.equal(store.tokens.find('two', 100), undefined);
    assert.equal(store.tokens.find('three', 1), undefined);
    store.tokens.removeOfSession(sessionId);
    assert.equal(store.tokens.find('one', 1), undefined);
    store.dispose();
  });

  test('a transaction that throws leaves nothing', () => {
    const store = openStore({ file: ':memory:' });
    assert.throws(() => store.transaction(() => {
      store.settings.set('a', '1');
      throw new Error('no');
    }), /no/);
    assert.equal(store.settings.get('a'), undefined);
    store.dispose();
  });

  test('a file of a later version is refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pb-store-'));
    const file = join(folder, 'store.db');
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 999');
    database.close();
    assert.throws(() => openStore({ file }), { code: 'store-too-new' });
    rmSync(folder, { recursive: true });
  });
});

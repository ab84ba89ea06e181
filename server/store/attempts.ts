// Recorded runs of checks with their evidence, and the points they earned.
import type { DatabaseSync } from 'node:sqlite';
import type { Verdict } from '../contract/index.ts';

/** One run. `observation` is what the check saw, plain JSON; `asked` tells a run that was asked for from an automatic one. */
export interface NewAttempt {
  sessionId: string; labId: string; checkId: string; asked: boolean; verdict: Verdict; observation: Record<string, unknown>; answer?: string; ms: number; at: number;
}

/** What the page needs of a check's past: attempts that were asked for, the newest recorded verdict, the last answer. */
export interface CheckPast { checkId: string; attempts: number; verdict: Verdict; checkedAt: number; answer: string | null }
export interface EarnedRow { labId: string; checkId: string; points: number }

export interface AttemptsTable {
  /** Records a run and, with `points` given, that it earned them (once); one transaction, on disk when this returns. */
  record(attempt: NewAttempt, points?: number): void;
  past(sessionId: string, labId: string): CheckPast[];
  /** How many runs were asked for, by check id. */
  asked(sessionId: string, labId: string): Map<string, number>;
  earned(sessionId: string): EarnedRow[];
  /** Sets aside every attempt of a session and takes its points back; the evidence stays in the file. */
  voidAll(sessionId: string, at: number): void;
}

export function createAttemptsTable(database: DatabaseSync, transaction: <T>(work: () => T) => T): AttemptsTable {
  const insert = database.prepare('INSERT INTO attempts (session_id, lab_id, check_id, asked, verdict, verdict_json, observation_json, answer, ms, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const earn = database.prepare('INSERT INTO earned (session_id, lab_id, check_id, points, attempt_id, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const past = database.prepare(`
    SELECT newest.check_id AS checkId, totals.attempts, newest.verdict_json AS verdict, newest.at AS checkedAt,
      (SELECT answer FROM attempts a WHERE a.session_id = newest.session_id AND a.lab_id = newest.lab_id AND a.check_id = newest.check_id AND a.voided_at IS NULL AND a.answer IS NOT NULL ORDER BY id DESC LIMIT 1) AS answer
    FROM (SELECT check_id, sum(asked) AS attempts, max(id) AS newest FROM attempts WHERE session_id = ? AND lab_id = ? AND voided_at IS NULL GROUP BY check_id) AS totals
    JOIN attempts AS newest ON newest.id = totals.newest`);
  const asked = database.prepare('SELECT check_id AS checkId, sum(asked) AS attempts FROM attempts WHERE session_id = ? AND lab_id = ? AND voided_at IS NULL GROUP BY check_id');
  const earned = database.prepare('SELECT lab_id AS labId, check_id AS checkId, points FROM earned WHERE session_id = ?');
  const voidAttempts = database.prepare('UPDATE attempts SET voided_at = ? WHERE session_id = ? AND voided_at IS NULL');
  const unearn = database.prepare('DELETE FROM earned WHERE session_id = ?');
  return {
    record: (attempt, points) => transaction(() => {
      const { lastInsertRowid } = insert.run(
        attempt.sessionId, attempt.labId, attempt.checkId, attempt.asked ? 1 : 0, attempt.verdict.kind, JSON.stringify(attempt.verdict),
        JSON.stringify(attempt.observation), attempt.answer ?? null, attempt.ms, attempt.at,
      );
      if (points !== undefined) earn.run(attempt.sessionId, attempt.labId, attempt.checkId, points, lastInsertRowid, attempt.at);
    }),
    past: (sessionId, labId) => (past.all(sessionId, labId) as unknown as (Omit<CheckPast, 'verdict'> & { verdict: string })[])
      .map((row) => ({ ...row, verdict: JSON.parse(row.verdict) as Verdict })),
    asked: (sessionId, labId) => new Map((asked.all(sessionId, labId) as { checkId: string; attempts: number }[]).map((row) => [row.checkId, row.attempts])),
    earned: (sessionId) => earned.all(sessionId) as unknown as EarnedRow[],
    voidAll: (sessionId, at) => transaction(() => {
      voidAttempts.run(at, sessionId);
      unearn.run(sessionId);
    }),
  };
}

// How far a session is in each lab: openings, steps seen and passed, quiz answers.
import type { DatabaseSync } from 'node:sqlite';

/** `clusterUid` tells which cluster the setup was applied to. */
export interface OpeningRow { labId: string; clusterUid: string; openedAt: number }
/** `spentMs` is how long the step was on screen. */
export interface StepRow { labId: string; stepId: string; passedAt: number | null; spentMs: number }
export interface QuizRow { quizId: string; choices: string[]; correct: boolean }

export interface ProgressTable {
  setOpening(sessionId: string, row: OpeningRow): void;
  openings(sessionId: string): OpeningRow[];
  markStepSeen(sessionId: string, labId: string, stepId: string, at: number): void;
  /** Marks it seen too; the first time stays. */
  markStepPassed(sessionId: string, labId: string, stepId: string, at: number): void;
  /** Adds time to a step that was seen; nothing happens for one that was not. */
  addTime(sessionId: string, labId: string, stepId: string, ms: number): void;
  steps(sessionId: string): StepRow[];
  setQuiz(sessionId: string, labId: string, row: QuizRow, at: number): void;
  quizzes(sessionId: string, labId: string): QuizRow[];
  /** Forgets steps and answers; openings stay, since the setup is still on the cluster. */
  clear(sessionId: string): void;
}

export function createProgressTable(database: DatabaseSync): ProgressTable {
  const setOpening = database.prepare('INSERT INTO openings (session_id, lab_id, cluster_uid, opened_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET cluster_uid = excluded.cluster_uid, opened_at = excluded.opened_at');
  const openings = database.prepare('SELECT lab_id AS labId, cluster_uid AS clusterUid, opened_at AS openedAt FROM openings WHERE session_id = ?');
  const seen = database.prepare('INSERT INTO steps (session_id, lab_id, step_id, seen_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const passed = database.prepare('INSERT INTO steps (session_id, lab_id, step_id, seen_at, passed_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET passed_at = coalesce(passed_at, excluded.passed_at)');
  const addTime = database.prepare('UPDATE steps SET spent_ms = spent_ms + ? WHERE session_id = ? AND lab_id = ? AND step_id = ?');
  const steps = database.prepare('SELECT lab_id AS labId, step_id AS stepId, passed_at AS passedAt, spent_ms AS spentMs FROM steps WHERE session_id = ?');
  const setQuiz = database.prepare('INSERT INTO quiz_answers (session_id, lab_id, quiz_id, choices_json, correct, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET choices_json = excluded.choices_json, correct = excluded.correct, at = excluded.at');
  const quizzes = database.prepare('SELECT quiz_id AS quizId, choices_json AS choices, correct FROM quiz_answers WHERE session_id = ? AND lab_id = ?');
  const clear = ['steps', 'quiz_answers'].map((table) => database.prepare(`DELETE FROM ${table} WHERE session_id = ?`));
  return {
    setOpening: (sessionId, row) => void setOpening.run(sessionId, row.labId, row.clusterUid, row.openedAt),
    openings: (sessionId) => openings.all(sessionId) as unknown as OpeningRow[],
    markStepSeen: (sessionId, labId, stepId, at) => void seen.run(sessionId, labId, stepId, at),
    markStepPassed: (sessionId, labId, stepId, at) => void passed.run(sessionId, labId, stepId, at, at),
    addTime: (sessionId, labId, stepId, ms) => void addTime.run(Math.round(ms), sessionId, labId, stepId),
    steps: (sessionId) => steps.all(sessionId) as unknown as StepRow[],
    setQuiz: (sessionId, labId, row, at) => void setQuiz.run(sessionId, labId, row.quizId, JSON.stringify(row.choices), row.correct ? 1 : 0, at),
    quizzes: (sessionId, labId) => (quizzes.all(sessionId, labId) as { quizId: string; choices: string; correct: number }[])
      .map((row) => ({ quizId: row.quizId, choices: JSON.parse(row.choices) as string[], correct: row.correct === 1 })),
    clear(sessionId) {
      for (const statement of clear) statement.run(sessionId);
    },
  };
}

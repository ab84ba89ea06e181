// Everything that other rooms may use of the store.
export * from './errors.ts';
export { openStore } from './openStore.ts';
export type { Store } from './store.ts';
export type { CheckPast, EarnedRow, NewAttempt } from './attempts.ts';
export type { ClassroomRow } from './classrooms.ts';
export type { OpeningRow, QuizRow, StepRow } from './progress.ts';
export type { SessionRow } from './sessions.ts';
export type { TokenRow } from './tokens.ts';

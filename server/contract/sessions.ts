// A student's session: joining, the personal link, and the live events of /api/v1/events.
import { z } from 'zod';
import { CheckState } from './checks.ts';
import { ClusterView } from './clusters.ts';
import { CheckId, LabId, SessionId } from './ids.ts';
import { LabState, WorkshopView } from './labs.ts';

// Two joiners that look like nothing are part of emoji, and of names in Persian and several scripts of India.
const nameText = /^(?:[^\p{C}<>]|[\u200c\u200d])+$/u;
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;
const piledMarks = /\p{M}{5}/u;

/** A student's name as typed: 1 to 60 characters, something of it visible, white space folded. */
export const StudentName = z.string().transform((name) => name.normalize('NFC').replace(/\s+/g, ' ').trim())
  .pipe(z.string().min(1, 'Type your name.').max(60, 'At most 60 characters.').regex(nameText, 'Letters, digits, spaces and common signs only.')
    .regex(visible, 'Type your name.').refine((name) => !piledMarks.test(name), 'Too many accents on one letter.'));

/** POST /api/v1/join */
export const JoinInput = z.object({ code: z.string().trim().max(40), name: StudentName }).strict();
export const Joined = z.object({ sessionId: SessionId, personalLink: z.string() });
export type Joined = z.infer<typeof Joined>;

/** GET /api/v1/me: who this browser is. */
export const Me = z.discriminatedUnion('role', [
  z.object({ role: z.literal('visitor') }),
  z.object({ role: z.literal('student'), sessionId: SessionId, name: z.string(), classroom: z.string(), personalLink: z.string() }),
  z.object({ role: z.literal('instructor') }),
]);
export type Me = z.infer<typeof Me>;

/** GET /api/v1/session */
export const SessionView = z.object({
  sessionId: SessionId, name: z.string(), classroom: z.string(), workshop: WorkshopView, cluster: ClusterView,
});
export type SessionView = z.infer<typeof SessionView>;

/** Server to browser on a student's events socket. After (re)connecting the server first sends `hello` with everything. */
export const SessionEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), session: SessionView }),
  z.object({ type: z.literal('cluster'), cluster: ClusterView }),
  z.object({ type: z.literal('workshop'), workshop: WorkshopView }),
  z.object({ type: z.literal('lab'), lab: LabState }),
  z.object({ type: z.literal('check'), labId: LabId, check: CheckState, passedSteps: z.array(z.string()) }),
  z.object({ type: z.literal('removed'), reason: z.string() }),
]);
export type SessionEvent = z.infer<typeof SessionEvent>;

/** Browser to server on the same socket: which step is on screen, so that its checks run by themselves; none in a lab's introduction. */
export const SessionClientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('watching'), labId: LabId, stepId: z.string().max(120).optional(), checkIds: z.array(CheckId).max(64).optional() }),
  z.object({ type: z.literal('idle') }),
]);
export type SessionClientMessage = z.infer<typeof SessionClientMessage>;

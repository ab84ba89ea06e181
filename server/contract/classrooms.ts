// The instructor's view of the class.
import { z } from 'zod';
import { ClusterView } from './clusters.ts';
import { ClassroomId, LabId, SessionId } from './ids.ts';

/** POST /api/v1/instructor/login */
export const LoginInput = z.object({ password: z.string().min(1).max(200) }).strict();

/** One student on the board: one cell per step, in the order of `labs`. */
export const StudentRow = z.object({
  sessionId: SessionId,
  name: z.string(),
  joinedAt: z.number(),
  lastSeenAt: z.number(),
  online: z.boolean(),
  cluster: ClusterView,
  points: z.number(),
  /**
   * The lab and step on screen now, or last. `spentMs` is how long this step was on screen in all; `since`, while it is, the moment from
   * which that time counts if gaps are left out. `attempts` are the runs that were asked for of the step's checks.
   */
  at: z.object({ labId: LabId, stepId: z.string(), spentMs: z.number(), since: z.number().optional(), attempts: z.number().int() }).optional(),
  /** The newest thing that failed and was not the student's fault: what, in a sentence, and the words of the machine. */
  trouble: z.object({ at: z.number(), what: z.string(), cause: z.string() }).optional(),
  /** By lab id: one entry per step. */
  progress: z.record(z.string(), z.array(z.object({ stepId: z.string(), state: z.enum(['untouched', 'started', 'passed']), earned: z.number(), points: z.number() }))),
});
export type StudentRow = z.infer<typeof StudentRow>;

/** GET /api/v1/classroom */
export const BoardView = z.object({
  classroomId: ClassroomId,
  title: z.string(),
  joinCode: z.string(),
  joinLink: z.string(),
  provider: z.object({ id: z.string(), why: z.string() }),
  points: z.number(),
  labs: z.array(z.object({ id: LabId, number: z.number().int(), title: z.string(), steps: z.array(z.object({ id: z.string(), title: z.string() })) })),
  students: z.array(StudentRow),
});
export type BoardView = z.infer<typeof BoardView>;

/** Server to browser on the instructor's events socket. */
export const BoardEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('board'), board: BoardView }),
  z.object({ type: z.literal('student'), student: StudentRow }),
  z.object({ type: z.literal('left'), sessionId: SessionId }),
]);
export type BoardEvent = z.infer<typeof BoardEvent>;

/** POST /api/v1/classroom/students/:session/reset: what is made anew. */
export const ResetInput = z.object({ cluster: z.boolean(), progress: z.boolean() }).strict();
/** POST /api/v1/classroom/students/:session/link answers a new personal link; the old one stops working. */
export const ReissuedLink = z.object({ personalLink: z.string() });
export type ReissuedLink = z.infer<typeof ReissuedLink>;

// Identifiers that cross the wire; each a branded string so that one is never taken for another.
import { z } from 'zod';

/** A lab's id within its workshop: the folder name without its number, e.g. `reach-a-pod`. */
export const LabId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/).brand<'LabId'>();
export type LabId = z.infer<typeof LabId>;

/** A check's or quiz's id, stable for ever and unique within its lab. */
export const CheckId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/).brand<'CheckId'>();
export type CheckId = z.infer<typeof CheckId>;

/** One student in one classroom. */
export const SessionId = z.string().regex(/^s_[a-z0-9]{16}$/).brand<'SessionId'>();
export type SessionId = z.infer<typeof SessionId>;

export const ClassroomId = z.string().regex(/^c_[a-z0-9]{16}$/).brand<'ClassroomId'>();
export type ClassroomId = z.infer<typeof ClassroomId>;

/** One shell in ptyHost. */
export const TerminalId = z.string().regex(/^t_[a-z0-9]{16}$/).brand<'TerminalId'>();
export type TerminalId = z.infer<typeof TerminalId>;

/** A machine of a cluster as labs and terminals name it. */
export const MachineName = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);

// Everything that other rooms may use of classrooms.
export { instructorSignInMs, type Accounts, type Identity } from './accounts.ts';
export type { Classrooms, Opened, Roster } from './classrooms.ts';
export { createClassrooms, type BoardWorkshop, type ClassroomsOptions } from './createClassrooms.ts';
export { ClassroomError } from './errors.ts';

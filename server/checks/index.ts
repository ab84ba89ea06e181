// Everything of the checks room.
export type { CheckType } from './checkType.ts';
export { CheckError } from './errors.ts';
export { execInContainer } from './exec.ts';
export { follow, whenObjects } from './follow.ts';
export type { FollowListener } from './follow.ts';
export { createPodHistory } from './history.ts';
export { pickPods, seePod, tryPodByAddress } from './pods.ts';
export type { PodSeen } from './pods.ts';
export { isAutomatic, judgeAgain, runCheck, watchedResources } from './runner.ts';
export type { CheckRun } from './runner.ts';
export { ensureSetup, labValues, startOver } from './setup.ts';
export type { SetupOptions } from './setup.ts';
export { labFolder, removeLabFiles, saveLabFile } from './workstation.ts';

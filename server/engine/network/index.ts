// Everything that the network room offers to the engine.
export { createCommandShell } from './commandShell.ts';
export { createMachines } from './machines.ts';
export { readBootReports } from './reports.ts';
export { controlPlaneOf, isNode, planCluster } from './plan.ts';
export { watchMachines } from './machineWatch.ts';

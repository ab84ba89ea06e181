// Everything of the proving room.
export { proveLab, proveWorkshop } from './prove.ts';
export type { ProvingClusters, ProvingOptions } from './prove.ts';
export { formatProof } from './results.ts';
export type { CheckProof, LabProof, RunProof, WorkshopProof } from './results.ts';

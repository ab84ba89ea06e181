// Which kinds the namespace controller empties and the garbage collector follows.
import { resources, type KubeObject, type ResourceRef } from '../types/index.ts';

const known = Object.values(resources) as ResourceRef<KubeObject>[];

/** Every namespaced kind the engine stores. */
export const namespacedKinds: readonly ResourceRef[] = known.filter(({ namespaced }) => namespaced);

/** Kinds with owners or dependents; events never take part, as upstream. */
export const collectedKinds: readonly ResourceRef[] = known.filter(({ resource }) => resource !== 'events');

// Everything that the rest of the engine needs of the kubelet room.
export { createKubelet } from './kubelet.ts';
export type { Kubelet, KubeletOptions } from './kubelet.ts';
export type { KubeletRuntime, TokenIssuer } from './nodeContext.ts';
export { kubeletVersion } from './nodeStatus.ts';

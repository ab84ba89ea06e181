// What every part of one node's kubelet works with.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Logger } from '../../base/index.ts';
import type { EventRecorder } from '../eventRecorder.ts';
import type { Client, ConfigMap, EngineConfig, ImageStore, Informer, Machine, Machines, NodeRuntime, Pod, RuntimeAttach, RuntimeEvents, Secret, Service } from '../types/index.ts';

/** A node's runtime with its notices and attach. */
export type KubeletRuntime = NodeRuntime & RuntimeEvents & RuntimeAttach;

/** Issues tokens for projected service account volumes. `expiresAt` in ms since the epoch. */
export interface TokenIssuer {
  issue(request: { namespace: string; serviceAccount: string; audience?: string; expirationSeconds: number; pod: { name: string; uid: string } }): Promise<{ token: string; expiresAt: number }>;
}

/** Live copies that all nodes share. */
export interface KubeletInformers { pods: Informer<Pod>; services: Informer<Service>; configMaps: Informer<ConfigMap>; secrets: Informer<Secret> }

/** One node's surroundings. */
export interface NodeContext {
  client: Client;
  config: EngineConfig;
  machines: Machines;
  machine: Machine;
  runtime: KubeletRuntime;
  images: ImageStore;
  informers: KubeletInformers;
  events: EventRecorder;
  tokens?: TokenIssuer;
  allocatable: Record<string, string>;
  logger: Logger;
  clock: Clock;
}

/** A path of the node as the engine reaches it. */
export function nodePath(context: Pick<NodeContext, 'machine'>, path: string): string {
  return join(context.machine.root, path);
}

/** A small file of the node; empty when it is not there. */
export function readNodeFile(context: Pick<NodeContext, 'machine'>, path: string): string {
  try {
    return readFileSync(nodePath(context, path), 'utf8');
  } catch {
    return '';
  }
}

/** Where a pod's volumes and files lie on its node. */
export function podDirectory(uid: string): string {
  return `/var/lib/kubelet/pods/${uid}`;
}

/** Where a pod's logs lie on its node. */
export function podLogDirectory(pod: Pod): string {
  return `/var/log/pods/${pod.metadata.namespace}_${pod.metadata.name}_${pod.metadata.uid}`;
}

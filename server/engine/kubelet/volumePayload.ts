// The files of configMap, secret, downwardAPI and projected volumes: pure, from objects to paths and contents.
import type { ConfigMap, Pod, Secret, Volume } from '../types/index.ts';
import { readField, readResource } from './env.ts';
import { VolumeError } from './errors.ts';

/** Files by path relative to the volume. */
export type Payload = Map<string, { data: Buffer; mode: number }>;

/** What the files are made from. `token` answers for a projected token by audience and seconds. */
export interface PayloadSources {
  pod: Pod;
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
  podIP: string;
  hostIP: string;
  allocatable: Record<string, string>;
  token(source: TokenSource): string | undefined;
}

/** A projected service account token. */
export interface TokenSource { audience?: string; expirationSeconds?: number; path: string }

type Item = { key: string; path: string; mode?: number };
type DownwardItem = { path: string; mode?: number; fieldRef?: { fieldPath: string }; resourceFieldRef?: { containerName?: string; resource: string; divisor?: string } };
interface ProjectedSource {
  configMap?: { name: string; optional?: boolean; items?: Item[] };
  secret?: { name: string; optional?: boolean; items?: Item[] };
  downwardAPI?: { items?: DownwardItem[] };
  serviceAccountToken?: TokenSource;
}

const defaultMode = 0o644;

/** The files of a volume; undefined when the volume is not one of files. Throws VolumeError with kubelet's words for what is missing. */
export function planPayload(volume: Volume, sources: PayloadSources): Payload | undefined {
  const payload: Payload = new Map();
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) addConfigMap(payload, volume.name, configMap, configMap.defaultMode ?? defaultMode, sources);
  else if (secret) addSecret(payload, volume.name, { ...secret, name: secret.secretName }, secret.defaultMode ?? defaultMode, sources);
  else if (downwardAPI) addDownward(payload, volume.name, downwardAPI.items, downwardAPI.defaultMode ?? defaultMode, sources);
  else if (projected) {
    const mode = projected.defaultMode ?? defaultMode;
    for (const source of (projected.sources ?? []) as ProjectedSource[]) {
      if (source.configMap) addConfigMap(payload, volume.name, source.configMap, mode, sources);
      if (source.secret) addSecret(payload, volume.name, source.secret, mode, sources);
      if (source.downwardAPI) addDownward(payload, volume.name, source.downwardAPI.items, mode, sources);
      if (source.serviceAccountToken) addToken(payload, volume.name, source.serviceAccountToken, mode, sources);
    }
  } else return undefined;
  return payload;
}

/** All token sources of a volume. */
export function tokenSources(volume: Volume): TokenSource[] {
  return ((volume.projected?.sources ?? []) as ProjectedSource[]).flatMap((source) => (source.serviceAccountToken ? [source.serviceAccountToken] : []));
}

function addItems(payload: Payload, volume: string, data: ReadonlyMap<string, Buffer>, items: Item[] | undefined, mode: number, optional: boolean): void {
  if (!items) {
    for (const [key, value] of data) payload.set(key, { data: value, mode });
    return;
  }
  for (const item of items) {
    const value = data.get(item.key);
    if (value) payload.set(safePath(volume, item.path), { data: value, mode: item.mode ?? mode });
    else if (!optional) throw new VolumeError(volume, `references non-existent config key: ${item.key}`);
  }
}

function addConfigMap(payload: Payload, volume: string, ref: { name: string; optional?: boolean; items?: Item[] }, mode: number, sources: PayloadSources): void {
  const object = sources.configMap(ref.name);
  if (!object && !ref.optional) throw new VolumeError(volume, `configmap "${ref.name}" not found`);
  const data = new Map([
    ...Object.entries(object?.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const),
    ...Object.entries(object?.binaryData ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const),
  ]);
  addItems(payload, volume, data, ref.items, mode, ref.optional ?? false);
}

function addSecret(payload: Payload, volume: string, ref: { name: string; optional?: boolean; items?: Item[] }, mode: number, sources: PayloadSources): void {
  const object = sources.secret(ref.name);
  if (!object && !ref.optional) throw new VolumeError(volume, `secret "${ref.name}" not found`);
  const data = new Map(Object.entries(object?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const));
  addItems(payload, volume, data, ref.items, mode, ref.optional ?? false);
}

function addDownward(payload: Payload, volume: string, items: DownwardItem[] | undefined, mode: number, sources: PayloadSources): void {
  for (const item of items ?? []) {
    const { fieldRef, resourceFieldRef } = item;
    const container = sources.pod.spec.containers.find((candidate) => candidate.name === resourceFieldRef?.containerName);
    const text = fieldRef ? readField(fieldRef.fieldPath, sources)
      : resourceFieldRef && container ? readResource(container, resourceFieldRef.resource, resourceFieldRef.divisor, sources.allocatable) : '';
    payload.set(safePath(volume, item.path), { data: Buffer.from(text), mode: item.mode ?? mode });
  }
}

function addToken(payload: Payload, volume: string, source: TokenSource, mode: number, sources: PayloadSources): void {
  const token = sources.token(source);
  if (token === undefined) throw new VolumeError(volume, `failed to fetch token: no token for service account "${sources.pod.spec.serviceAccountName ?? 'default'}"`);
  // As kubelet: only a group of the pod's own narrows it; otherwise any user of the containers may read it.
  payload.set(safePath(volume, source.path), { data: Buffer.from(token), mode: sources.pod.spec.securityContext?.fsGroup === undefined ? mode : 0o600 });
}

function safePath(volume: string, path: string): string {
  if (path.startsWith('/') || path.split('/').includes('..') || path === '') throw new VolumeError(volume, `invalid path: ${path}`);
  return path;
}

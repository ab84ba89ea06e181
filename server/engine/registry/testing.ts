// A registry in memory whose clock tests move, and the objects they start from.
import type { Clock } from '../../base/index.ts';
import { createStore } from '../storage/index.ts';
import type { Storage } from '../storage/index.ts';
import { StatusError } from '../types/index.ts';
import { resources } from '../types/index.ts';
import type { Deployment, KubeObject, Pod, ResourceRef, Service } from '../types/index.ts';
import { createRegistry } from './index.ts';
import type { Registry, Target, WatchEvent, WatchQuery } from './index.ts';

/** A clock that stands still until `advance`; due timers run then, in order. */
export class ManualClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z');
  readonly #timers: { due: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): { dispose(): void } {
    const timer = { due: this.#now + ms, callback };
    this.#timers.push(timer);
    return { dispose: () => { const at = this.#timers.indexOf(timer); if (at >= 0) this.#timers.splice(at, 1); } };
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.due <= end).sort((a, b) => a.due - b.due)[0];
      if (!next) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.#now = next.due;
      next.callback();
    }
    this.#now = end;
  }
}

/** A registry with namespace `default`. */
export interface TestBed { registry: Registry; storage: Storage; clock: ManualClock }

export function makeTestBed(): TestBed {
  const storage = createStore();
  const clock = new ManualClock();
  const registry = createRegistry({ storage, clock });
  registry.create({ resource: resources.namespaces }, { metadata: { name: 'default' } });
  return { registry, storage, clock };
}

/** A target in `default`, or outside of namespaces for cluster-scoped kinds. */
export function at(ref: ResourceRef, name?: string, subresource?: string): Target {
  return { resource: ref, ...(ref.namespaced ? { namespace: 'default' } : {}), ...(name ? { name } : {}), ...(subresource ? { subresource } : {}) };
}

/** What `action` is refused with; fails when it is not refused with a StatusError. */
export function refusal(action: () => unknown): StatusError {
  try {
    action();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** Events of a watch as `TYPE name@resourceVersion`, and the events. */
export function record(registry: Registry, target: Target, query: WatchQuery = {}): { lines: string[]; events: WatchEvent[]; dispose(): void } {
  const lines: string[] = [], events: WatchEvent[] = [];
  const watch = registry.watch(target, query, (event) => {
    events.push(event);
    lines.push(`${event.type} ${event.object.metadata.name ?? ''}@${event.object.metadata.resourceVersion}`);
  });
  return { lines, events, dispose: () => watch.dispose() };
}

export function pod(name: string, labels: Record<string, string> = {}, spec: Partial<Pod['spec']> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }], ...spec } } as Pod;
}

export function service(name: string, spec: Partial<Service['spec']> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec } } as Service;
}

export function deployment(name: string, spec: Partial<Deployment['spec']> = {}): KubeObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 80 }] }] } }, ...spec },
  } as Deployment;
}

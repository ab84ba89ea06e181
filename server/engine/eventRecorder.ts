// Records Events about objects as client-go does: equal ones within ten minutes become one with a count.
import { randomBytes } from 'node:crypto';
import { messageOf, systemClock, type Clock, type Logger } from '../base/index.ts';
import { formatTime, resources, type Client, type KubeObject } from './types/index.ts';

const correlationMs = 10 * 60_000;
const rememberedEvents = 1024;

/** Writes events in the background; a failure is logged and never reaches the caller. */
export interface EventRecorder {
  /** `reason` is one CamelCase word, `message` one sentence of at most 1,024 characters; `fieldPath` a part of the object, e.g. spec.containers{web}. */
  record(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void;
}

interface CoreEvent extends KubeObject {
  involvedObject: object; type: string; reason: string; message: string; count: number;
  firstTimestamp: string; lastTimestamp: string; source: { component: string; host?: string };
  reportingComponent: string; reportingInstance: string; eventTime: null;
}

interface Remembered { name: Promise<string | undefined>; count: number; at: number }

/** A recorder that names `component` (and `host`, for node agents) as the source; events of cluster-scoped objects live in `default`. */
export function createEventRecorder(
  client: Client, component: string, options: { logger: Logger; host?: string; clock?: Clock },
): EventRecorder {
  const clock = options.clock ?? systemClock;
  const remembered = new Map<string, Remembered>();

  const failed = (error: unknown): undefined => {
    options.logger.debug({ component, error: messageOf(error) }, 'an event was not recorded');
    return undefined;
  };

  const repeat = (known: Remembered, namespace: string, now: number, again: () => void): void => {
    known.count += 1;
    known.at = now;
    const patch = { count: known.count, lastTimestamp: formatTime(now) };
    known.name = known.name.then(async (name) => {
      if (name === undefined) return undefined;
      try {
        await client.patch(resources.events, { namespace, name }, patch);
        return name;
      } catch (error) {
        failed(error);
        again();
        return undefined;
      }
    });
  };

  return {
    record(object, type, reason, message, fieldPath) {
      const { name, namespace = 'default', uid, resourceVersion } = object.metadata;
      const text = message.slice(0, 1024);
      const key = JSON.stringify([object.kind, namespace, name, uid, type, reason, text, fieldPath]);
      const now = clock.now();
      const known = remembered.get(key);
      if (known && now - known.at < correlationMs) {
        repeat(known, namespace, now, () => remembered.delete(key));
        return;
      }
      const time = formatTime(now);
      const event: CoreEvent = {
        apiVersion: 'v1', kind: 'Event',
        metadata: { name: `${name}.${BigInt(now).toString(16)}${randomBytes(3).toString('hex')}`, namespace },
        involvedObject: { apiVersion: object.apiVersion, kind: object.kind, name, namespace: object.metadata.namespace, uid, resourceVersion, ...(fieldPath !== undefined && { fieldPath }) },
        type, reason, message: text, count: 1, firstTimestamp: time, lastTimestamp: time, eventTime: null,
        source: options.host === undefined ? { component } : { component, host: options.host },
        reportingComponent: component, reportingInstance: options.host ?? '',
      };
      const created = client.create(resources.events, event as KubeObject).then((made) => made.metadata.name, failed);
      remembered.delete(key);
      remembered.set(key, { name: created, count: 1, at: now });
      if (remembered.size > rememberedEvents) remembered.delete(remembered.keys().next().value!);
    },
  } satisfies EventRecorder;
}

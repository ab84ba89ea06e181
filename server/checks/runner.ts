// Runs one check: observe, judge, and never throw.
import { messageOf } from '../base/index.ts';
import type { Verdict } from '../contract/index.ts';
import { tryKind } from '../labs/index.ts';
import type { CheckSpec, Place, PodPick, Target } from '../labs/index.ts';
import type { CheckContext, KubeResource, Observation } from '../ports/index.ts';
import { resourceOf } from './objects.ts';
import { checkTypeOf } from './types/index.ts';
import { broken } from './verdicts.ts';

/** A check that has run: what it saw, what that means, and how many milliseconds it took. */
export interface CheckRun { observation: Observation; verdict: Verdict; ms: number }

/** No check takes longer. */
const limitMs = 25_000;
const maxObservationBytes = 64 * 1024;

/** Runs a check. A failure of the cluster or of the check itself is the verdict `broken`; this never rejects. */
export async function runCheck(spec: CheckSpec, context: CheckContext): Promise<CheckRun> {
  const started = context.clock.now();
  const type = checkTypeOf(spec);
  const limit = AbortSignal.timeout(limitMs);
  const signal = AbortSignal.any([context.signal, limit]);
  const done = (observation: Observation, verdict: Verdict): CheckRun => ({ observation, verdict, ms: context.clock.now() - started });
  const notRun = (why: string) => done({ notRun: why }, notRunVerdict(why));
  const stopped = abortOf(signal);
  try {
    const observation = await Promise.race([type.observe(spec, { ...context, signal }), stopped.promise]);
    const text = JSON.stringify(observation);
    if (Buffer.byteLength(text) > maxObservationBytes) return notRun('there is too much in the cluster for it to look at');
    // What is judged is what is stored, so that an attempt judged again later gives the same verdict.
    const plain = JSON.parse(text) as Observation;
    return done(plain, type.judge(spec, plain));
  } catch (error) {
    const why = limit.aborted ? `it took longer than ${limitMs / 1000} seconds` : context.signal.aborted ? 'it was interrupted' : messageOf(error).replace(/[.\s]+$/, '');
    return notRun(why.slice(0, 2000));
  } finally {
    stopped.release();
  }
}

// What is told as it is; anything else is the machine's own words, kept in the observation and left out of the verdict.
const ownWords = ['it took longer than', 'it was interrupted', 'there is too much in the cluster'];

function notRunVerdict(why: string): Verdict {
  return broken(ownWords.some((words) => why.startsWith(words)) ? `The check could not run: ${why}.` : 'The check could not look at your cluster.');
}

function abortOf(signal: AbortSignal): { promise: Promise<never>; release(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
  promise.catch(() => {}); // released without having been awaited
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  return { promise, release: () => signal.removeEventListener('abort', stop) };
}

/** Judges a stored observation again, with the rules of today. */
export function judgeAgain(spec: CheckSpec, observation: Observation): Verdict {
  if (typeof observation.notRun === 'string') return notRunVerdict(observation.notRun);
  return checkTypeOf(spec).judge(spec, observation);
}

/** True for checks that may run by themselves; an `answer` needs someone who types. */
export function isAutomatic(spec: CheckSpec): boolean {
  return spec.type !== 'answer';
}

/** The resources whose changes may change this check's verdict. */
export function watchedResources(spec: CheckSpec): KubeResource[] {
  const found = new Map<string, KubeResource>();
  const add = (resource: KubeResource) => found.set(JSON.stringify(resource), resource);
  const kind = (name: string, namespace: string) => {
    const info = tryKind(name)!;
    add({ apiVersion: info.apiVersion, resource: info.resource, ...(info.namespaced ? { namespace } : {}) });
  };
  const end = (pick: Place | Target | PodPick) => {
    const home = pick.namespace ?? spec.namespace;
    if (pick.pod !== undefined || pick.pods !== undefined) kind('Pod', home);
    if ('service' in pick && pick.service !== undefined) for (const name of ['Service', 'EndpointSlice', 'Pod']) kind(name, home);
  };
  switch (spec.type) {
    case 'resource':
      add(resourceOf(spec, spec.namespace));
      break;
    case 'connects':
      for (const one of [...spec.from, ...spec.to, ...(spec.control ? [spec.control] : [])]) {
        end(one);
        kind('NetworkPolicy', one.namespace ?? spec.namespace);
      }
      break;
    case 'http':
      end(spec.from);
      end(spec.to);
      if (typeof spec.expect.servedBy === 'object') end(spec.expect.servedBy);
      break;
    case 'traffic':
      end(spec.from);
      end(spec.to);
      for (const pick of [spec.expect.answeredBy, spec.expect.silent]) if (typeof pick === 'object') end(pick);
      break;
    case 'resolves':
      end(spec.from);
      for (const { expect, addressOf } of spec.questions) {
        for (const one of [expect, addressOf]) {
          if (one?.pods) end(one.pods);
          if (one?.service) kind('Service', one.service.namespace ?? spec.namespace);
        }
      }
      break;
    case 'command':
      end(spec.on);
      break;
    case 'answer':
      if (spec.expect.resource) add(resourceOf(spec.expect.resource, spec.namespace));
      if (spec.expect.command?.on) end(spec.expect.command.on);
      break;
  }
  return [...found.values()];
}

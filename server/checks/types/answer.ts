// Check type `answer`: what the student typed, compared with what the cluster says at this moment.
import type { CheckContext, Observation } from '../../ports/index.ts';
import { selectPath } from '../../labs/index.ts';
import type { SpecOf } from '../../labs/index.ts';
import type { CheckType } from '../checkType.ts';
import { execInContainer } from '../exec.ts';
import { pickObjects } from '../objects.ts';
import { pickPods } from '../pods.ts';
import { broken, failed, passed, quote, waiting } from '../verdicts.ts';

type Spec = SpecOf<'answer'>;
/** `accepted` are the right values as the cluster gave them; `earlier` addresses of pods that are gone. `settling`: the truth is on its way. */
type Seen = Observation & { answer: string; accepted: string[]; earlier: string[]; settling: boolean; unknown?: string };

const maxContainers = 12;

/** Folds a value to the form in which answers are compared. */
export function normalise(text: string, form: Spec['form']): string {
  const folded = text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
  const bare = folded.replace(/^["'`<([]+|["'`>)\]]+$/g, '');
  switch (form) {
    case 'text': return folded;
    case 'word': return bare.replace(/\.$/, '');
    case 'address': return bare.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '').replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1').replace(/\.$/, '');
    case 'namespace': return /^(?:[a-z]+:)?\[?(\d+)$/.exec(bare)?.[1] ?? bare;
    case 'cidr': return bare.replace(/\s/g, '');
    case 'number': {
      const digits = bare.replace(/[\s_,']/g, '');
      return /^[+-]?\d+(\.\d+)?$/.test(digits) ? String(Number(digits)) : bare;
    }
  }
}

async function truth(spec: Spec, context: CheckContext): Promise<Pick<Seen, 'accepted' | 'settling' | 'unknown'>> {
  const { resource, machine, command, values } = spec.expect;
  if (values) return { accepted: values.map(String), settling: false };
  if (machine) {
    const value = context.cluster.machines.find((one) => one.name === machine.name)?.[machine.field];
    return value === undefined ? { accepted: [], settling: false, unknown: `This cluster does not say the ${machine.field} of ${machine.name}.` } : { accepted: [value], settling: false };
  }
  if (command) {
    const captured = (stdout: string) => (command.capture === undefined ? stdout.trim() : new RegExp(command.capture, 'um').exec(stdout)?.[1] ?? '');
    const options = { timeoutMs: 8000, signal: context.signal };
    if (command.machine !== undefined) {
      const found = captured((await context.cluster.run(command.machine, command.argv, options)).stdout);
      return { accepted: found === '' ? [] : [found], settling: false };
    }
    const pods = (await pickPods(command.on!, context, spec.namespace)).filter((pod) => pod.condition !== 'leaving');
    const targets = pods.flatMap((pod) => pod.containers.filter((one) => one.running && ['*', one.name].includes(command.container)).map((one) => ({ namespace: pod.namespace, pod: pod.name, container: one.name })));
    const said = await Promise.allSettled(targets.slice(0, maxContainers).map((target) => execInContainer(context.cluster, target, command.argv, options)));
    const accepted = [...new Set(said.flatMap((one) => (one.status === 'fulfilled' && one.value.code === 0 ? [captured(one.value.stdout)] : [])))].filter((value) => value !== '');
    // A container that ends while it is asked is asked again at the next submission.
    return { accepted, settling: accepted.length === 0 && pods.length > 0 };
  }
  const objects = await pickObjects(resource!, context, spec.namespace);
  const staying = objects.filter((object) => object.metadata.deletionTimestamp === undefined);
  const accepted = staying.flatMap((object) => selectPath(object, resource!.path)).filter((value) => value !== null && typeof value !== 'object').map(String);
  return { accepted: accepted.slice(0, 100), settling: accepted.length === 0 && objects.length > 0 };
}

async function observe(spec: Spec, context: CheckContext): Promise<Seen> {
  const known = await truth(spec, context);
  const current = new Set(known.accepted);
  const earlier = spec.expect.resource?.kind === 'Pod' ? context.history.entries({ namespace: spec.namespace }).flatMap((entry) => (entry.podIP !== undefined && !current.has(entry.podIP) ? [entry.podIP] : [])) : [];
  return { answer: (context.answer ?? '').slice(0, 4000), ...known, earlier: [...new Set(earlier)].slice(-50) };
}

function judge(spec: Spec, seen: Seen) {
  if (seen.unknown !== undefined) return broken(seen.unknown);
  const given = normalise(seen.answer, spec.form);
  if (given === '') return failed(spec, 'Nothing is typed yet.', 'Find the answer in your cluster and type it here.');
  if (seen.accepted.some((value) => normalise(value, spec.form) === given)) return passed(spec, `${quote(seen.answer)} is right.`);
  if (seen.accepted.length === 0) {
    return seen.settling ? waiting('The cluster does not know the answer yet.', 'Submit again in a moment.') : failed(spec, 'Right now nothing in the cluster has this answer.', 'Do the exercise first, then look again.');
  }
  if (seen.earlier.some((value) => normalise(value, spec.form) === given)) return failed({}, `${quote(seen.answer)} belonged to a pod that is gone.`, 'Look again: what is true now?');
  return failed(spec, spec.finding ?? `${quote(seen.answer)} is not what the cluster says.`, 'Look it up in the cluster once more.');
}

export const answer = { observe, judge } satisfies CheckType<Spec, Seen>;

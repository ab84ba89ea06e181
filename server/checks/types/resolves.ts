// Check type `resolves`: sets of DNS records as the source's own name server gives them, compared with what the cluster holds.
import type { CheckContext, Observation } from '../../ports/index.ts';
import type { SpecOf } from '../../labs/index.ts';
import type { CheckType } from '../checkType.ts';
import { endMissing, enterable, findSource } from '../endpoints.ts';
import type { SourceSeen } from '../endpoints.ts';
import { pickPods, unreadySentence } from '../pods.ts';
import type { PodSeen } from '../pods.ts';
import { failed, listOf, passed, waiting } from '../verdicts.ts';

type Spec = SpecOf<'resolves'>;
type Question = Spec['questions'][number];
type AddressPick = Pick<Question['expect'], 'pods' | 'service'>;

/** One question as asked: `expected` is the right set when it was asked, `missing` says what it should have come from, `pods` those that it did. */
type Asked = { name: string; type: Question['type']; expected: string[]; contains: boolean; pods: PodSeen[]; missing?: string };
/** What one source was told, in the order of `asked`. */
type Told = { from: string; answers: { rcode: string; values: string[] }[] };
type Seen = Observation & { source: SourceSeen; asked: Asked[]; told: Told[] };

const maxSources = 10;
const maxAddresses = 20;

/** Folds record data to the form in which sets are compared: small letters, no final dot, SRV as `PORT TARGET`. */
export function foldRecord(type: string, data: string): string {
  const text = data.trim().toLowerCase().replace(/\.$/, '');
  return type === 'SRV' ? text.split(/\s+/).slice(-2).join(' ') : text;
}

async function addressesOf(pick: AddressPick, context: CheckContext, namespace: string): Promise<{ addresses: string[]; pods: PodSeen[]; missing?: string }> {
  if (pick.service) {
    const home = pick.service.namespace ?? namespace;
    const service = await context.cluster.kube.get({ apiVersion: 'v1', resource: 'services', namespace: home }, pick.service.name);
    const address = (service as { spec?: { clusterIP?: string } } | undefined)?.spec?.clusterIP;
    if (!service) return { addresses: [], pods: [], missing: `There is no Service ${pick.service.name} in ${home}.` };
    return address && address !== 'None' ? { addresses: [address], pods: [] } : { addresses: [], pods: [], missing: `Service ${pick.service.name} has no cluster address.` };
  }
  const pods = (await pickPods(pick.pods!, context, namespace)).filter((pod) => pod.condition !== 'leaving');
  return { addresses: pods.flatMap((pod) => (pod.ip === undefined ? [] : [pod.ip])), pods, ...(pods.length === 0 ? { missing: `There is no pod ${pick.pods!.pod ?? `with ${pick.pods!.pods}`} in ${pick.pods!.namespace ?? namespace}.` } : {}) };
}

async function plan(spec: Spec, question: Question, context: CheckContext): Promise<Asked[]> {
  const { expect, type } = question;
  const truth = expect.pods || expect.service ? await addressesOf(expect, context, spec.namespace) : { addresses: (expect.values ?? []).map((value) => inNamespace(value, spec.namespace)), pods: [] };
  const base = { type, contains: expect.contains, expected: truth.addresses.map((value) => foldRecord(type, value)), pods: truth.pods };
  const missing = 'missing' in truth && truth.missing !== undefined ? { missing: truth.missing } : {};
  if (question.name !== undefined) return [{ ...base, ...missing, name: inNamespace(question.name, spec.namespace) }];
  const about = await addressesOf(question.addressOf!, context, spec.namespace);
  if (about.missing !== undefined) return [{ ...base, name: 'in-addr.arpa', missing: about.missing }];
  return about.addresses.slice(0, maxAddresses).map((address) => ({ ...base, ...missing, name: `${address.split('.').toReversed().join('.')}.in-addr.arpa` }));
}

function inNamespace(text: string, namespace: string): string {
  return text.replace(/\{\{\s*namespace\s*\}\}/g, namespace);
}

async function observe(spec: Spec, context: CheckContext): Promise<Seen> {
  const source = await findSource(spec.from, context, spec.namespace);
  const asked = (await Promise.all(spec.questions.map((question) => plan(spec, question, context)))).flat();
  const questions = asked.map(({ name, type }, index) => ({ id: String(index), name, type }));
  const told = questions.length === 0 ? [] : await Promise.all(enterable(source).slice(0, maxSources).map(async (member): Promise<Told> => {
    const answers = await context.cluster.prober.resolve(member.probe, questions, context.signal);
    return {
      from: member.name,
      answers: asked.map(({ type }, index) => {
        const answer = answers.find((one) => one.id === String(index));
        return { rcode: answer?.rcode ?? 'MISSING', values: (answer?.records ?? []).filter((record) => record.type === type).map((record) => foldRecord(type, record.data)).slice(0, 100) };
      }),
    };
  }));
  return { source, asked, told };
}

/** The first thing wrong in what one source was told. */
function wrongIn(spec: Spec, told: Told, asked: readonly Asked[]): [finding: string, direction: string] | undefined {
  for (const [index, question] of asked.entries()) {
    const { rcode, values } = told.answers[index]!;
    const what = `${question.name} (${question.type})`;
    const has = new Set(values);
    if (rcode === 'TIMEOUT') return [`${told.from} gets no answer from its name server.`, 'Look at whether anything keeps it from reaching DNS.'];
    if (question.expected.length === 0) {
      if (has.size > 0) return [spec.finding ?? `For ${told.from} ${what} resolves, but should not.`, 'Look at what the name belongs to.'];
      continue;
    }
    if (has.size === 0) return [spec.finding ?? `For ${told.from} ${what} does not resolve (${rcode}).`, 'Look at the name, the namespace in it, and what should stand behind it.'];
    const lacks = question.expected.some((value) => !has.has(value));
    const over = !question.contains && has.size > new Set(question.expected).size;
    if (lacks || over) return [spec.finding ?? `For ${told.from} ${what} resolves to ${listOf([...has].toSorted())}.`, 'Compare these records one by one with what the cluster runs.'];
  }
  return undefined;
}

function judge(spec: Spec, seen: Seen) {
  const missing = endMissing(seen.source, 'ask from');
  if (missing) return missing;
  const nothing = seen.asked.find((question) => question.missing !== undefined);
  if (nothing) return failed(spec, nothing.missing!, 'Create it, or compare its name and namespace with the text.');
  const pods = seen.source.members.flatMap((member) => (member.pod && member.pod.condition !== 'leaving' ? [member.pod] : []));
  const wrong = seen.told.map((told) => wrongIn(spec, told, seen.asked));
  const complete = seen.told.length > 0 && (spec.from.any || pods.length === 0 || seen.told.length >= Math.min(pods.length, maxSources));
  if (complete && (spec.from.any ? wrong.includes(undefined) : wrong.every((one) => one === undefined))) {
    const told = seen.told[wrong.indexOf(undefined)]!;
    return passed(spec, seen.asked.length === 1 ? `${told.from} resolves ${seen.asked[0]!.name} as it should.` : `${told.from} resolves all ${seen.asked.length} names as it should.`);
  }
  // Names follow pods as they become ready, so an unready one explains a set that is not whole yet.
  const unready = unreadySentence([...pods, ...seen.asked.flatMap((question) => question.pods)]);
  if (unready?.kind === 'waiting') return waiting(unready.finding);
  const first = wrong.find((one) => one !== undefined);
  if (first) return failed(spec, ...first);
  return unready ? failed(spec, unready.finding, unready.direction) : waiting('No pod could be asked from yet.');
}

export const resolves = { observe, judge } satisfies CheckType<Spec, Seen>;

// Check type `traffic`: many requests to one address, and which pods answered them.
import type { Verdict } from '../../contract/index.ts';
import type { CheckContext, Observation, ProbeResult, ProbeTarget } from '../../ports/index.ts';
import type { SpecOf } from '../../labs/index.ts';
import type { CheckType } from '../checkType.ts';
import { endMissing, enterable, findSource, findTarget } from '../endpoints.ts';
import type { SourceSeen, TargetSeen } from '../endpoints.ts';
import { pickPods, unreadySentence } from '../pods.ts';
import type { PodSeen } from '../pods.ts';
import { findServicePods } from '../servicePods.ts';
import type { Behind, ServiceSeen } from '../servicePods.ts';
import { judgeTraffic } from '../trafficRules.ts';
import { failed, passed, waiting } from '../verdicts.ts';

type Spec = SpecOf<'traffic'>;

/** Equal answers, counted. `by` is the pod that answered, by its name and address both; `said` is the name that the answer gave, whoever sent it. */
export type AnswersSeen = { outcome: ProbeResult['outcome']; status?: number; by?: string; said?: string; clientAddress?: string; count: number };
/** All requests of one source. */
export type RoundSeen = { from: string; address?: string; answers: AnswersSeen[] };
/** `allowed` are the pods that may answer; `silent` those that must not, `direct` what they said when asked at their own address. */
export type TrafficSeen = Observation & {
  source: SourceSeen; target: TargetSeen; service?: ServiceSeen; allowed: Behind[]; silent: (Behind & { selected: boolean; direct?: ProbeResult['outcome'] })[]; rounds: RoundSeen[];
};

const timeoutMs = 2000;
const maxSources = 5;

async function observe(spec: Spec, context: CheckContext): Promise<TrafficSeen> {
  const home = spec.to.namespace ?? spec.namespace;
  const { answeredBy = 'selected', silent: silentPick } = spec.expect;
  const [source, target, service, picked, quiet] = await Promise.all([
    findSource(spec.from, context, spec.namespace), findTarget(spec.to, context, spec.namespace),
    spec.to.service === undefined ? undefined : findServicePods(context, { name: spec.to.service, namespace: home, port: spec.port }),
    answeredBy === 'selected' ? undefined : pickPods(answeredBy, context, spec.namespace),
    silentPick ? pickPods(silentPick, context, spec.namespace) : [],
  ]);
  const behind = service?.behind ?? [];
  const known = new Map([...behind, ...(picked ?? []), ...quiet].map((pod) => [pod.uid, pod]));
  const listening = (pod: PodSeen): Behind => ({ ...pod, ...behind.find((one) => one.uid === pod.uid) });
  const allowed = picked ? picked.map(listening) : behind.filter((pod) => pod.condition === 'ready');
  const silent: TrafficSeen['silent'] = quiet.map((pod) => ({ ...listening(pod), selected: behind.some((one) => one.uid === pod.uid) }));
  const sources = enterable(source).slice(0, maxSources);
  const [rounds] = await Promise.all([
    Promise.all(sources.map((member) => sendRound(spec, member, target, [...known.values()], context))),
    askDirectly(spec, sources[0], silent, context),
  ]);
  return { source, target, ...(service ? { service } : {}), allowed, silent, rounds: target.members.length === 0 ? [] : rounds };
}

const httpOf = (spec: Spec) => ({ path: spec.path, ...(spec.hostHeader === undefined ? {} : { hostHeader: spec.hostHeader }) });

async function sendRound(spec: Spec, member: ReturnType<typeof enterable>[number], target: TargetSeen, pods: readonly PodSeen[], context: CheckContext): Promise<RoundSeen> {
  const tries = target.members.slice(0, 5).flatMap((one, index) => Array.from({ length: spec.requests }, (_, request): ProbeTarget => ({
    id: `${index}/${request}`, host: one.host, port: spec.port, protocol: 'tcp', timeoutMs, http: httpOf(spec),
  })));
  const results = tries.length === 0 ? [] : await context.cluster.prober.connect(member.probe, tries, context.signal);
  const folded = new Map<string, AnswersSeen>();
  for (const { outcome, http } of results) {
    const said = http?.headers['x-served-by'];
    const clientAddress = http?.headers['x-client-address'];
    // The page also names the server's address; a pod that only borrows another's host name is found out by it.
    const address = /^served by \S+ \((\d+\.\d+\.\d+\.\d+)\)/.exec(http?.body ?? '')?.[1];
    const by = pods.find((pod) => said !== undefined && pod.hostname === said && (address === undefined || address === pod.ip))?.name;
    const one = { outcome, ...(http ? { status: http.status } : {}), ...(by === undefined ? {} : { by }), ...(said === undefined ? {} : { said: said.slice(0, 63) }), ...(clientAddress === undefined ? {} : { clientAddress: clientAddress.slice(0, 45) }) };
    const key = JSON.stringify(one);
    folded.set(key, { ...one, count: (folded.get(key)?.count ?? 0) + 1 });
  }
  return { from: member.name, ...(member.address ? { address: member.address } : {}), answers: [...folded.values()].sort((a, b) => b.count - a.count).slice(0, 60) };
}

async function askDirectly(spec: Spec, from: ReturnType<typeof enterable>[number] | undefined, silent: TrafficSeen['silent'], context: CheckContext): Promise<void> {
  const asked = silent.filter((pod) => pod.ip !== undefined && pod.listensOn !== undefined);
  if (!from || asked.length === 0) return;
  const tries = asked.map((pod): ProbeTarget => ({ id: pod.uid, host: pod.ip!, port: pod.listensOn!, protocol: 'tcp', timeoutMs, http: httpOf(spec) }));
  for (const { id, outcome } of await context.cluster.prober.connect(from.probe, tries, context.signal)) asked.find((pod) => pod.uid === id)!.direct = outcome;
}

/** Who answered whom how often. */
function tableOf(seen: TrafficSeen): Verdict['table'] {
  const pods = [...new Set([...seen.allowed, ...seen.silent].filter((pod) => pod.condition !== 'leaving').map((pod) => pod.name))].slice(0, 12);
  const allowed = new Set(seen.allowed.map((pod) => pod.name));
  const counted = (round: RoundSeen, name: string) => round.answers.filter((one) => one.by === name).reduce((sum, one) => sum + one.count, 0);
  return {
    columns: pods,
    rows: seen.rounds.map((round) => ({
      label: round.from,
      cells: pods.map((name) => ({ kind: counted(round, name) > 0 === allowed.has(name) ? 'passed' as const : 'failed' as const, text: String(counted(round, name)) })),
    })),
  };
}

function judge(spec: Spec, seen: TrafficSeen) {
  const missing = endMissing(seen.source, 'start from') ?? endMissing(seen.target, 'reach');
  if (missing) return missing;
  const table = seen.rounds.length > 0 && (seen.allowed.length > 0 || seen.silent.length > 0) ? tableOf(seen) : undefined;
  const wrong = judgeTraffic(spec, seen);
  if (!wrong) {
    const names = [...new Set(seen.rounds.flatMap((round) => round.answers.flatMap((one) => one.by ?? [])))];
    return passed(spec, `${spec.requests} requests were answered by ${names.length === 1 ? names[0]! : `${names.length} pods`}.`, table);
  }
  const quiet = new Set(seen.silent.map((pod) => pod.uid));
  const pods = [...seen.source.members.flatMap((member) => (member.pod ? [member.pod] : [])), ...seen.allowed, ...(seen.service?.behind ?? [])];
  const unready = unreadySentence(pods.filter((pod) => pod.condition === 'settling' && !quiet.has(pod.uid)));
  if (unready) return waiting(unready.finding, unready.direction, table);
  const stuck = unreadySentence(pods.filter((pod) => pod.condition === 'stuck' && !quiet.has(pod.uid)));
  if (wrong.weak && stuck) return failed(spec, stuck.finding, stuck.direction, table);
  return failed(spec, wrong.finding, wrong.direction, table);
}

export const traffic = { observe, judge } satisfies CheckType<Spec, TrafficSeen>;

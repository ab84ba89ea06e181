// The rules of check type `traffic`, from what was counted to the first thing that is wrong.
import type { SpecOf } from '../labs/index.ts';
import type { RoundSeen, TrafficSeen } from './types/traffic.ts';
import { listOf } from './verdicts.ts';

type Spec = SpecOf<'traffic'>;
/** `weak`: a pod that cannot run explains it better. */
type Wrong = { finding: string; direction: string; weak?: true };

/** The first rule that does not hold; undefined when all do. */
export function judgeTraffic(spec: Spec, seen: TrafficSeen): Wrong | undefined {
  return judgeService(spec, seen) ?? judgeRounds(spec, seen) ?? judgeSilent(spec, seen);
}

function judgeService(spec: Spec, { service, allowed }: TrafficSeen): Wrong | undefined {
  const selected = spec.expect.answeredBy === undefined || spec.expect.answeredBy === 'selected';
  if (service && !service.hasPort) return { finding: `Service ${service.name} has no port ${spec.port}.`, direction: 'Compare the ports of the Service with the text.' };
  if (service && !service.hasSelector) return { finding: `Service ${service.name} selects no pods: it has no selector.`, direction: 'The pods behind a Service should be found by their labels.' };
  if (service && selected && service.behind.length === 0) return { finding: `No pod has the labels that Service ${service.name} asks for.`, direction: 'Compare the selector of the Service with the labels of the pods.' };
  if (allowed.length === 0) return { finding: selected ? `None of the pods that Service ${service!.name} selects is ready.` : (spec.finding ?? 'There is no pod that could answer.'), direction: 'List the pods with their labels and their state.', weak: true };
  return undefined;
}

function judgeRounds(spec: Spec, seen: TrafficSeen): Wrong | undefined {
  const sources = seen.source.members.filter((member) => member.pod?.condition !== 'leaving');
  const judged = seen.rounds.map((round) => judgeRound(spec, round, seen));
  if (spec.from.any ? judged.includes(undefined) : judged.length > 0 && judged.length >= Math.min(sources.length, 5) && judged.every((one) => one === undefined)) return undefined;
  return judged.find((one) => one !== undefined) ?? { finding: 'No pod could be started from yet.', direction: 'Look at the state of the pods.', weak: true };
}

function judgeRound(spec: Spec, round: RoundSeen, seen: TrafficSeen): Wrong | undefined {
  const there = `${seen.target.label}:${spec.port}`;
  const { expect } = spec;
  const total = round.answers.reduce((sum, one) => sum + one.count, 0);
  const lost = round.answers.find((one) => one.outcome !== 'open');
  if (lost) {
    const part = lost.count === total ? '' : ` for ${lost.count} of ${total} requests`;
    switch (lost.outcome) {
      case 'refused': return { finding: `${there} refuses connections from ${round.from}${part}.`, direction: 'Either no ready pod stands behind it, or one that does listens on another port.', weak: true };
      case 'dns': return { finding: `${round.from} cannot resolve ${seen.target.label}.`, direction: 'Look at the name and at the namespace in it.' };
      case 'error': return { finding: `${there} answers ${round.from}${part}, but not in HTTP.`, direction: 'Look at what listens behind it.', weak: true };
      default: return { finding: `${there} does not answer ${round.from}${part}: packets get lost.`, direction: 'Something on the way drops them, or a pod behind it is gone.', weak: true };
    }
  }
  const odd = round.answers.find((one) => !expect.status.includes(one.status ?? 0));
  if (odd) return { finding: `${there} answers ${round.from} with status ${odd.status}.`, direction: 'The server is reached; look at which server it is and what was asked of it.' };
  const allowed = seen.allowed.filter((pod) => pod.condition !== 'leaving');
  const stranger = round.answers.find((one) => !seen.allowed.some((pod) => pod.name === one.by));
  if (stranger) return { finding: spec.finding ?? (stranger.said === undefined ? `Something answers on ${there}, but not a web server of this lab.` : `${there} is answered by ${stranger.by ?? `something that calls itself ${stranger.said}`}, which should not.`), direction: 'Look at which pods stand behind the address.' };
  const shares = new Map(allowed.map((pod) => [pod.name, round.answers.filter((one) => one.by === pod.name).reduce((sum, one) => sum + one.count, 0)]));
  const heard = [...shares].filter(([, count]) => count > 0);
  if (expect.affinity && heard.length > 1) return { finding: `${heard.length} pods answered ${round.from} in ${total} requests.`, direction: 'One client should stay with one pod.' };
  if (heard.length < expect.min) return { finding: spec.finding ?? `Only ${listOf(heard.map(([name]) => name))} answered ${round.from} in ${total} requests.`, direction: 'Look at which pods stand behind the address, and whether they are ready.', weak: true };
  const quiet = [...shares].filter(([, count]) => count === 0);
  if (expect.everyOne && quiet.length > 0) return { finding: spec.finding ?? `${listOf(quiet.map(([name]) => name))} never answered ${round.from} in ${total} requests.`, direction: 'Look at which pods stand behind the address, and whether they are ready.', weak: true };
  const starved = heard.find(([, count]) => count / total < (expect.share ?? 0));
  if (starved) return { finding: `${starved[0]} answered only ${starved[1]} of ${total} requests.`, direction: 'Look at what decides who gets a request.' };
  if (expect.portNumbers !== undefined) {
    const numbers = new Set(allowed.filter((pod) => (shares.get(pod.name) ?? 0) > 0).map((pod) => pod.listensOn));
    if (numbers.size < expect.portNumbers) return { finding: `All pods that answer listen on ${listOf([...numbers].map(String))}.`, direction: 'The number that a Service forwards to may differ from pod to pod.' };
  }
  if (expect.clientAddress !== undefined) {
    const wrong = round.answers.find((one) => (one.clientAddress === round.address) !== (expect.clientAddress === 'own'));
    if (wrong) return { finding: `${there} saw ${round.from} coming from ${wrong.clientAddress ?? 'an unknown address'}.`, direction: 'Look at what rewrites the source address on the way, and when.' };
  }
  return undefined;
}

function judgeSilent(spec: Spec, seen: TrafficSeen): Wrong | undefined {
  if (!spec.expect.silent) return undefined;
  const wrongs = seen.silent.filter((pod) => pod.condition !== 'leaving').map((pod): Wrong | undefined => {
    if (!pod.selected) return { finding: `Pod ${pod.name} does not carry the labels that Service ${spec.to.service} asks for, so it gets nothing anyway.`, direction: 'Its labels should not be the reason.' };
    if (!pod.containers.some((one) => one.running)) return { finding: `Pod ${pod.name} does not run, so it gets nothing anyway.`, direction: 'It should run and be left out all the same.' };
    if (seen.rounds.some((round) => round.answers.some((one) => one.by === pod.name))) return { finding: `Pod ${pod.name} still gets requests.`, direction: 'Look at the column READY, and at the events of the pod.' };
    if (pod.condition === 'ready') return { finding: `Pod ${pod.name} is ready.`, direction: 'Look at the column READY, and at the events of the pod.' };
    if (pod.direct !== 'open') return { finding: `Pod ${pod.name} does not answer at its own address either.`, direction: 'Only its readiness should keep requests away, not a server that is down.' };
    return undefined;
  });
  if (wrongs.includes(undefined)) return undefined;
  return wrongs[0] ?? { finding: spec.finding ?? 'There is no pod that is kept out.', direction: 'Look at the pods behind the Service and at their column READY.' };
}

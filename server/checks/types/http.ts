// Check type `http`: a request from a source to a target answers as expected.
import type { CheckContext, Observation, ProbeTarget } from '../../ports/index.ts';
import type { SpecOf } from '../../labs/index.ts';
import type { CheckType } from '../checkType.ts';
import { endMissing, enterable, findSource, findTarget } from '../endpoints.ts';
import type { SourceSeen, TargetSeen } from '../endpoints.ts';
import { pickPods, unreadySentence } from '../pods.ts';
import { textFits } from '../textClaims.ts';
import { failed, listOf, passed, quote, waiting } from '../verdicts.ts';

type Spec = SpecOf<'http'>;

/** One request. `body` is bounded to 500 characters. */
type Answer = { outcome: string; status?: number; servedBy?: string; clientAddress?: string; body?: string; detail?: string };
/** All requests of one source to one target member. */
type Pair = { from: string; address?: string; sourceHostname?: string; to: string; targetHostname?: string; answers: Answer[] };
type Seen = Observation & { source: SourceSeen; target: TargetSeen; pairs: Pair[]; servers?: { name: string; hostname: string }[] };

const timeoutMs = 2000;
const maxPairs = 40;

async function observe(spec: Spec, context: CheckContext): Promise<Seen> {
  const [source, target, servers] = await Promise.all([
    findSource(spec.from, context, spec.namespace),
    findTarget(spec.to, context, spec.namespace),
    typeof spec.expect.servedBy === 'object' ? pickPods(spec.expect.servedBy, context, spec.namespace) : undefined,
  ]);
  const pairs: Pair[] = [];
  for (const member of enterable(source)) {
    const wanted = target.members.filter((one) => one.pod?.uid === undefined || one.pod.uid !== member.pod?.uid).slice(0, maxPairs - pairs.length);
    const tries = wanted.flatMap((one, index) => Array.from({ length: spec.requests }, (_, request): ProbeTarget => ({
      id: `${index}/${request}`, host: one.host, port: spec.port, protocol: 'tcp', timeoutMs,
      http: { path: spec.path, ...(spec.hostHeader === undefined ? {} : { hostHeader: spec.hostHeader }) },
    })));
    if (tries.length === 0) continue;
    const results = await context.cluster.prober.connect(member.probe, tries, context.signal);
    wanted.forEach((one, index) => pairs.push({
      from: member.name, to: one.name,
      ...(member.address ? { address: member.address } : {}), ...(member.pod ? { sourceHostname: member.pod.hostname } : {}), ...(one.pod ? { targetHostname: one.pod.hostname } : {}),
      answers: results.filter((result) => result.id.startsWith(`${index}/`)).map(({ outcome, http, detail }): Answer => ({
        outcome,
        ...(http ? { status: http.status, servedBy: http.headers['x-served-by'], clientAddress: http.headers['x-client-address'], body: http.body.slice(0, 500) } : {}),
        ...(detail === undefined ? {} : { detail }),
      })),
    }));
  }
  return { source, target, pairs, ...(servers ? { servers: servers.map(({ name, hostname }) => ({ name, hostname })) } : {}) };
}

/** The first thing wrong with one answer: finding and direction; undefined when it is right. */
function wrongWith(spec: Spec, pair: Pair, answer: Answer, seen: Seen): [string, string] | undefined {
  const there = `${pair.to}:${spec.port}`;
  switch (answer.outcome) {
    case 'refused': return [`${there} refuses connections from ${pair.from}.`, 'The address is reached, but nothing listens on this port there.'];
    case 'dropped': return [`${there} does not answer ${pair.from}: packets get lost.`, 'Something on the way drops them, or nobody has this address any more.'];
    case 'dns': return [`${pair.from} cannot resolve ${pair.to}.`, 'Look at the name and at the namespace in it.'];
    case 'error': return [`${there} answers ${pair.from}, but not in HTTP.`, 'Look at what listens on this port.'];
    default:
  }
  if (!spec.expect.status.includes(answer.status ?? 0)) return [`${there} answers ${pair.from} with status ${answer.status}.`, 'The server is reached; look at which server it is and what was asked of it.'];
  if (!textFits(answer.body ?? '', spec.expect.body)) return [`${there} answers ${quote(answer.body ?? '', 60)}.`, 'The server is reached, but its page is not the expected one.'];
  const { servedBy } = spec.expect;
  if (servedBy !== undefined) {
    const allowed = servedBy === 'target' ? [pair.targetHostname] : servedBy === 'source' ? [pair.sourceHostname] : seen.servers!.map((one) => one.hostname);
    if (!allowed.includes(answer.servedBy)) return [answer.servedBy === undefined ? `Something answers on ${there}, but not the web server of this lab.` : `${there} is answered by ${answer.servedBy}.`, 'Look at which process or pod answers there.'];
  }
  if (spec.expect.clientAddress === 'own' && answer.clientAddress !== pair.address) return [`${there} saw ${pair.from} coming from ${answer.clientAddress ?? 'an unknown address'}, not from ${pair.address}.`, 'Something on the way rewrites the source address.'];
  return undefined;
}

function judge(spec: Spec, seen: Seen) {
  const missing = endMissing(seen.source, 'start from') ?? endMissing(seen.target, 'reach');
  if (missing) return missing;
  const wrong = (pair: Pair) => pair.answers.map((answer) => wrongWith(spec, pair, answer, seen)).find((one) => one !== undefined);
  const right = seen.pairs.filter((pair) => pair.answers.length > 0 && wrong(pair) === undefined);
  const across = (any: boolean, names: readonly string[], test: (name: string) => boolean) => names.length > 0 && (any ? names.some(test) : names.every(test));
  const sources = seen.source.members.filter((member) => member.pod?.condition !== 'leaving').map((member) => member.name);
  const targetsOf = (from: string) => (seen.target.pods.length > 0 ? seen.target.pods.filter((pod) => pod.condition !== 'leaving').map((pod) => pod.name) : seen.target.members.map((member) => member.name)).filter((to) => to !== from || seen.pairs.some((pair) => pair.from === from && pair.to === to));
  const good = across(seen.source.any, sources, (from) => across(seen.target.any, targetsOf(from), (to) => right.some((pair) => pair.from === from && pair.to === to)));
  if (good) {
    const answered = new Set(seen.pairs.flatMap((pair) => pair.answers.map((answer) => answer.servedBy)));
    const silent = spec.expect.everyPod ? seen.servers!.filter((server) => !answered.has(server.hostname)) : [];
    if (silent.length > 0) return failed(spec, `${listOf(silent.map((one) => one.name))} never answered in ${spec.requests} requests.`, 'Look at which pods stand behind the address, and whether they are ready.');
    const first = right[0]!;
    return passed(spec, `${first.from} reaches ${first.to} on port ${spec.port}.`);
  }
  const pods = [...seen.source.members.flatMap((member) => (member.pod ? [member.pod] : [])), ...seen.target.pods];
  const unready = unreadySentence(pods.filter((pod) => pod.condition !== 'leaving'));
  if (unready?.kind === 'waiting') return waiting(unready.finding);
  const bad = seen.pairs.find((pair) => wrong(pair) !== undefined);
  if (bad) return failed(spec, ...wrong(bad)!);
  if (unready) return failed(spec, unready.finding, unready.direction);
  return waiting('No pod has an address to try yet.');
}

export const http = { observe, judge } satisfies CheckType<Spec, Seen>;

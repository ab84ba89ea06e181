// Check type `resource`: objects in the cluster are as claimed.
import type { CheckContext, Observation } from '../../ports/index.ts';
import type { SpecOf } from '../../labs/index.ts';
import { firstMiss } from '../assertions.ts';
import type { Miss } from '../assertions.ts';
import type { CheckType } from '../checkType.ts';
import { lifeOf, lifeShortfall } from '../lives.ts';
import type { Life } from '../lives.ts';
import { pickObjects } from '../objects.ts';
import { seePod, unreadySentence } from '../pods.ts';
import type { PodSeen } from '../pods.ts';
import { failed, listOf, passed, waiting } from '../verdicts.ts';

type Spec = SpecOf<'resource'>;

/** An earlier pod of the selection, from the history. */
type Earlier = { name: string; uid: string; ip?: string; deleted: boolean };
/** One object: the first claim that it misses, and for pods its state, forerunners and own past. */
type Item = { name: string; leaving: boolean; miss?: Miss; pod?: PodSeen; earlier?: Earlier[]; life?: Life };
type Seen = Observation & { items: Item[]; total: number };

const maxItems = 60;

async function observe(spec: Spec, context: CheckContext): Promise<Seen> {
  const objects = await pickObjects(spec, context, spec.namespace);
  const now = context.clock.now();
  const items = await Promise.all(objects.slice(0, maxItems).map(async (object): Promise<Item> => {
    const miss = firstMiss(object, spec.expect);
    return {
      name: object.metadata.name, leaving: object.metadata.deletionTimestamp !== undefined, ...(miss ? { miss } : {}),
      ...(spec.kind === 'Pod' ? { pod: seePod(object, now) } : {}),
      ...(spec.history?.replaced ? { earlier: forerunners(spec, context, object.metadata.uid ?? '', object.metadata.name, object.metadata.labels ?? {}) } : {}),
      ...(spec.history?.restarted || spec.history?.sandboxChanged ? { life: await lifeOf(object, context) } : {}),
    };
  }));
  return { items, total: objects.length };
}

/** Pods of the history that this one replaces: there before it, with the same name or (without a name in the spec) the same application labels. */
function forerunners(spec: Spec, context: CheckContext, uid: string, name: string, labels: Record<string, string>): Earlier[] {
  const same = (entry: { name: string; labels: Record<string, string> }) => entry.name === name
    || (spec.name === undefined && ['app', 'run', 'app.kubernetes.io/name'].some((key) => labels[key] !== undefined && entry.labels[key] === labels[key]));
  const byUid = new Map<string, Earlier>();
  const entries = context.history.entries({ namespace: spec.namespace });
  const firstOf = (id: string) => entries.findIndex((entry) => entry.uid === id);
  const appeared = firstOf(uid);
  for (const entry of entries) {
    if (entry.uid === uid || !same(entry) || (appeared !== -1 && firstOf(entry.uid) > appeared)) continue;
    const known = byUid.get(entry.uid);
    const ip = entry.podIP ?? known?.ip;
    byUid.set(entry.uid, { name: entry.name, uid: entry.uid, ...(ip === undefined ? {} : { ip }), deleted: entry.deleted || (known?.deleted ?? false) });
  }
  return [...byUid.values()].slice(-20);
}

type Shortfall = { finding: string; direction: string; settling: boolean };

/** What keeps one object from satisfying the check; undefined when it does. */
function shortfall(spec: Spec, item: Item): Shortfall | undefined {
  const unready = item.pod && unreadySentence([item.pod]);
  const settling = unready?.kind === 'waiting';
  if (item.miss) {
    return { finding: item.miss.finding ?? spec.finding ?? `${item.miss.path} of ${spec.kind} ${item.name} is ${item.miss.actual}.`, direction: unready && !settling ? unready.direction : `Look at ${spec.kind} ${item.name} with kubectl describe.`, settling };
  }
  if (spec.steadySeconds !== undefined && item.pod) {
    if (unready) return { finding: unready.finding, direction: unready.direction, settling };
    const young = item.pod.containers.find((container) => (container.runningSeconds ?? 0) < spec.steadySeconds!);
    if (young) return { finding: `Container ${young.name} of pod ${item.name} has only just started; it must keep running.`, direction: 'Nothing to do: this runs again by itself.', settling: true };
  }
  if (spec.history && item.life) {
    const short = lifeShortfall(spec.history, item.name, item.life);
    if (short) return { ...short, settling: short.settling || settling };
  }
  if (spec.history?.replaced) {
    const gone = (item.earlier ?? []).filter((one) => one.deleted && one.ip !== undefined);
    if (gone.length === 0) return { finding: `Pod ${item.name} is the first of its kind: no pod was deleted before it.`, direction: 'Look at the age of the pod: it must be younger than its predecessor\'s deletion.', settling: false };
    if (item.pod?.ip === undefined) return { finding: `Pod ${item.name} has no address yet.`, direction: 'Nothing to do: this runs again by itself.', settling: item.pod?.condition === 'settling' };
    if (spec.history.addressChanged && gone.every((one) => one.ip === item.pod!.ip)) return { finding: `Pod ${item.name} has the address of the pod before it.`, direction: 'Compare the addresses before and after.', settling: false };
  }
  return undefined;
}

function judge(spec: Spec, seen: Seen) {
  const staying = seen.items.filter((item) => !item.leaving);
  const leaving = seen.items.filter((item) => item.leaving);
  const falls = staying.map((item) => ({ item, fall: shortfall(spec, item) }));
  const good = falls.filter(({ fall }) => fall === undefined);
  const { min, max } = spec.count;
  const enough = good.length >= min && (max === undefined || good.length <= max) && (!spec.every || good.length === staying.length);
  if (enough && !(max !== undefined && good.length + leaving.length > max)) {
    return passed(spec, good.length === 0 ? `There is no such ${spec.kind}, as it should be.` : `${spec.kind} ${listOf(good.map(({ item }) => item.name))} ${good.length === 1 ? 'is' : 'are'} as wanted.`);
  }
  if (leaving.length > 0 && (enough || good.length < min)) {
    if (enough || staying.length === 0) return waiting(`${spec.kind} ${leaving[0]!.name} is being deleted.`);
  }
  if (max !== undefined && good.length > max) return failed(spec, spec.finding ?? `There are ${good.length} such objects (${listOf(good.map(({ item }) => item.name))}), more than wanted.`, `Look at each ${spec.kind} and decide which one is too many.`);
  const wrong = falls.find(({ fall }) => fall?.settling) ?? falls.find(({ fall }) => fall !== undefined);
  if (wrong) return wrong.fall!.settling ? waiting(wrong.fall!.finding) : failed(spec, wrong.fall!.finding, wrong.fall!.direction);
  const name = spec.name === undefined ? '' : ` ${spec.name}`;
  return failed(spec, spec.finding ?? (good.length > 0 ? `There ${good.length === 1 ? 'is' : 'are'} only ${good.length} of ${min}.` : `There is no ${spec.kind}${name} of this kind in ${spec.namespace}.`), `List what is there (kubectl get) and compare it with the text.`);
}

export const resource = { observe, judge } satisfies CheckType<Spec, Seen>;

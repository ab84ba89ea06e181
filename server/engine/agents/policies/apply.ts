// Brings a machine's ipsets and policy chains to the plan: sets that rules need first, then the rules at once, then what is left over.
import type { Machines } from '../../types/index.ts';
import { planChanges, planFromScratch } from '../ruleSet.ts';
import { isPolicyName, policyJumps, type PlannedSet, type PolicyPlan } from './plan.ts';

const commandMs = 10_000;
const temporary = 'NETPOL-TMP';

function create(name: string, type: string): string {
  return `create ${name} ${type} family inet hashsize 64 maxelem 65536`;
}

function isSame(a: PlannedSet | undefined, b: PlannedSet): boolean {
  return a !== undefined && a.type === b.type && a.members.length === b.members.length && a.members.every((member, i) => member === b.members[i]);
}

/** Text for `ipset restore` that makes new sets and replaces changed ones in one step each; '' when nothing differs. */
export function planSetChanges(before: ReadonlyMap<string, PlannedSet>, after: ReadonlyMap<string, PlannedSet>): string {
  const lines: string[] = [];
  for (const [name, set] of after) {
    const known = before.get(name);
    if (isSame(known, set)) continue;
    const target = known ? temporary : name;
    lines.push(create(target, set.type), ...set.members.map((member) => `add ${target} ${member}`));
    if (known) lines.push(`swap ${temporary} ${name}`, `destroy ${temporary}`);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Text for `iptables-restore --noflush` on a machine that never had policies; undefined when the plan needs sets. */
export function tryPlanFirstPolicies(plan: PolicyPlan): string | undefined {
  return plan.sets.size > 0 ? undefined : planFromScratch('', plan.rules, policyJumps, isPolicyName);
}

/** Applies plans to one machine; calls must not overlap. A failure is thrown, and the next call starts afresh. */
export class PolicyApplier {
  readonly #machines: Machines;
  readonly #machine: string;
  #applied: PolicyPlan | undefined;

  constructor(machines: Machines, machine: string) {
    this.#machines = machines;
    this.#machine = machine;
  }

  /** The plan is what the machine has now; the caller has applied its first rules. */
  assume(applied: PolicyPlan): void {
    this.#applied = applied;
  }

  async apply(next: PolicyPlan): Promise<void> {
    const before = this.#applied;
    this.#applied = undefined;
    await (before ? this.#change(before, next) : this.#start(next));
    this.#applied = next;
  }

  async #change(before: PolicyPlan, next: PolicyPlan): Promise<void> {
    const sets = planSetChanges(before.sets, next.sets);
    if (sets !== '') await this.#run(['ipset', 'restore'], sets);
    const rules = planChanges(before.rules, next.rules);
    if (rules !== '') await this.#run(['iptables-restore', '--noflush'], rules);
    await this.#destroy([...before.sets.keys()].filter((name) => !next.sets.has(name)));
  }

  async #start(next: PolicyPlan): Promise<void> {
    const [listed, saved] = await Promise.all([this.#run(['ipset', 'list', '-n']), this.#run(['iptables-save', '-t', 'filter'])]);
    const present = listed.split('\n').filter(isPolicyName);
    // A known name with no known contents: every wanted one of them is replaced by swapping.
    const known = new Map(present.filter((name) => name !== temporary).map((name) => [name, { type: 'hash:ip' as const, members: ['?'] }]));
    await this.#destroy(present.filter((name) => name === temporary));
    const sets = planSetChanges(known, next.sets);
    if (sets !== '') await this.#run(['ipset', 'restore'], sets);
    await this.#run(['iptables-restore', '--noflush'], planFromScratch(saved, next.rules, policyJumps, isPolicyName));
    await this.#destroy([...known.keys()].filter((name) => !next.sets.has(name)));
  }

  async #destroy(names: readonly string[]): Promise<void> {
    if (names.length > 0) await this.#run(['ipset', 'restore'], names.map((name) => `destroy ${name}\n`).join(''));
  }

  #run(argv: readonly string[], input?: string): Promise<string> {
    return this.#machines.run(this.#machine, argv, { netOnly: true, timeoutMs: commandMs, ...(input === undefined ? {} : { input }) });
  }
}

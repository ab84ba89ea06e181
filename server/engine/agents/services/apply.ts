// Brings a machine's Service chains to the plan with one iptables-restore of only what changed.
import { CommandError, type Logger } from '../../../base/index.ts';
import type { Machines } from '../../types/index.ts';
import { planChanges, planFromScratch, type RuleSet } from '../ruleSet.ts';
import { isServiceChain, serviceJumps } from './chains.ts';

const commandMs = 10_000;

/** Text for `iptables-restore --noflush` on a machine that never had Service rules. */
export function planFirstServices(rules: RuleSet): string {
  return planFromScratch('', rules, serviceJumps, isServiceChain);
}

/** Applies plans to one machine; calls must not overlap. A failure is thrown, and the next call starts from the machine's real state. */
export class ServiceApplier {
  readonly #machines: Machines;
  readonly #machine: string;
  readonly #logger: Logger;
  #applied: RuleSet | undefined;
  #hasConntrack = true;

  constructor(machines: Machines, machine: string, logger: Logger) {
    this.#machines = machines;
    this.#machine = machine;
    this.#logger = logger;
  }

  /** The rules are what the machine has now; the caller has applied its first rules. */
  assume(applied: RuleSet): void {
    this.#applied = applied;
  }

  async apply(next: RuleSet): Promise<void> {
    const before = this.#applied;
    const text = before ? planChanges(before, next) : planFromScratch(await this.#run(['iptables-save']), next, serviceJumps, isServiceChain);
    if (text === '') return;
    this.#applied = undefined;
    await this.#run(['iptables-restore', '--noflush'], text);
    this.#applied = next;
    if (before) await this.#forgetDatagrams(before, next);
  }

  /** UDP has no connections to end: entries that lead to endpoints now gone would live as long as the client keeps sending. */
  async #forgetDatagrams(before: RuleSet, next: RuleSet): Promise<void> {
    const targets = (rules: RuleSet) => new Set([...rules.nat.values()].flat().filter((rule) => rule.includes('-p udp'))
      .flatMap((rule) => / --to-destination ([0-9.]+):/.exec(rule)?.[1] ?? []));
    const kept = targets(next);
    for (const address of targets(before)) {
      if (kept.has(address) || !this.#hasConntrack) continue;
      try {
        await this.#run(['conntrack', '-D', '-p', 'udp', '--dst-nat', address]);
      } catch (error) {
        // Exit code 1 means that nothing matched; anything else that the tool is not there.
        if (error instanceof CommandError && error.result?.code === 1) continue;
        this.#hasConntrack = false;
        this.#logger.debug({ machine: this.#machine }, 'conntrack is not there; old UDP flows end by their own time-out');
      }
    }
  }

  #run(argv: readonly string[], input?: string): Promise<string> {
    return this.#machines.run(this.#machine, argv, { netOnly: true, timeoutMs: commandMs, ...(input === undefined ? {} : { input }) });
  }
}

// iptables chains as data, and the text for iptables-restore --noflush that turns one set of chains into another.

export type Table = 'filter' | 'nat';

/** Rules per chain, per table; a rule is everything after `-A CHAIN `. Only chains listed here are ever touched. */
export type RuleSet = Readonly<Record<Table, ReadonlyMap<string, readonly string[]>>>;

/** A rule in a built-in chain that leads to one of ours: at its end, or with `first` ahead of every other rule. */
export interface Jump { table: Table; from: string; match: string; to: string; first?: boolean }

const tables: readonly Table[] = ['filter', 'nat'];

/**
 * Rules in one COMMIT. Without the host's CAP_NET_ADMIN a netlink message is bounded by net.core.wmem_default
 * (212,992 bytes), into which at least 230 of the longest rules were found to fit.
 */
const rulesPerCommit = 150;
const chainWeight = 0.25;

/** One line of a section; `declare` creates the chain or empties it. */
type Step = { declare: string } | { line: string };

/** What a node has now, read from `iptables-save`: rules per chain in its own words. */
export function parseSaved(saved: string): Record<Table, Map<string, string[]>> {
  const result = { filter: new Map<string, string[]>(), nat: new Map<string, string[]>() };
  let current: Map<string, string[]> | undefined;
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) current = result[line.slice(1) as Table];
    else if (line.startsWith(':')) current?.set(line.slice(1, line.indexOf(' ')), []);
    else if (line.startsWith('-A ')) {
      const [, chain, rule] = /^-A (\S+) ?(.*)$/.exec(line)!;
      current?.get(chain!)?.push(rule!);
    }
  }
  return result;
}

/** The steps as sections of bounded size, each committed at once; one section for all but very large changes. */
function render(table: Table, steps: readonly Step[]): string {
  const sections: string[] = [];
  let weight = Infinity;
  let declared: string[] = [];
  let lines: string[] = [];
  const close = () => {
    if (declared.length + lines.length > 0) sections.push([`*${table}`, ...declared, ...lines, 'COMMIT', ''].join('\n'));
    [declared, lines, weight] = [[], [], 0];
  };
  for (const step of steps) {
    if (weight >= rulesPerCommit) close();
    weight += 'declare' in step ? chainWeight : 1;
    if ('declare' in step) declared.push(`:${step.declare} - [0:0]`);
    else lines.push(step.line);
  }
  close();
  return sections.join('');
}

/** Chains in an order in which each comes after those that its rules lead to. */
function leavesFirst(chains: ReadonlyMap<string, readonly string[]>): string[] {
  const ordered = new Set<string>();
  const visit = (chain: string) => {
    if (ordered.has(chain)) return;
    for (const rule of chains.get(chain) ?? []) {
      const target = rule.slice(rule.lastIndexOf(' ') + 1);
      if (target !== chain && chains.has(target)) visit(target);
    }
    ordered.add(chain);
  };
  for (const chain of chains.keys()) visit(chain);
  return [...ordered];
}

function isSame(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((rule, i) => rule === b[i]);
}

/** Edits one existing chain: rule by rule when that is less than writing it anew. */
function editChain(chain: string, old: readonly string[], next: readonly string[]): Step[] {
  let head = 0;
  while (head < Math.min(old.length, next.length) && old[head] === next[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(old.length, next.length) - head && old.at(-1 - tail) === next.at(-1 - tail)) tail += 1;
  const removed = old.slice(head, old.length - tail);
  const added = next.slice(head, next.length - tail);
  if (removed.length + added.length >= next.length) {
    return [{ declare: chain }, ...next.map((rule) => ({ line: `-A ${chain} ${rule}` }))];
  }
  // Removed by what they say, not by number: if someone else changed the chain this fails, and all is written anew.
  return [
    ...removed.map((rule) => ({ line: `-D ${chain} ${rule}` })),
    ...added.map((rule, i) => ({ line: tail === 0 ? `-A ${chain} ${rule}` : `-I ${chain} ${head + i + 1} ${rule}` })),
  ];
}

function removal(chains: readonly string[]): Step[] {
  return [...chains.map((chain) => ({ declare: chain })), ...chains.map((chain) => ({ line: `-X ${chain}` }))];
}

/** Touches only chains that differ and removes those no longer there; the empty string when nothing differs. */
export function planChanges(before: RuleSet, after: RuleSet): string {
  return tables.map((table) => {
    const [old, next] = [before[table], after[table]];
    const changed = leavesFirst(next).filter((chain) => !isSame(old.get(chain), next.get(chain)!));
    const created = changed.filter((chain) => !old.has(chain)).map((chain) => ({ declare: chain }));
    const edits = changed.flatMap((chain) => {
      const known = old.get(chain);
      return known ? editChain(chain, known, next.get(chain)!) : next.get(chain)!.map((rule) => ({ line: `-A ${chain} ${rule}` }));
    });
    return render(table, [...created, ...edits, ...removal([...old.keys()].filter((chain) => !next.has(chain)))]);
  }).join('');
}

function jumpSteps({ from, match, to, first }: Jump, existing: readonly string[]): Step[] {
  const leads = (rule: string | undefined) => rule !== undefined && (rule.endsWith(` -j ${to}`) || rule === `-j ${to}`);
  if (existing.some(leads) && (!first || leads(existing[0]))) return [];
  const drop = existing.filter(leads).map((rule) => ({ line: `-D ${from} ${rule}` }));
  return [...drop, { line: `${first ? '-I' : '-A'} ${from} ${match} -j ${to}` }];
}

/**
 * Text for a node whose state is not known: every chain anew, stale chains that `owns` claims removed, jumps added
 * where they are missing. `saved` is the node's own `iptables-save`.
 */
export function planFromScratch(saved: string, after: RuleSet, jumps: readonly Jump[], owns: (chain: string) => boolean): string {
  const present = parseSaved(saved);
  return tables.map((table) => {
    const next = after[table];
    const stale = [...present[table].keys()].filter((chain) => owns(chain) && !next.has(chain));
    const rules = leavesFirst(next).flatMap((chain) => next.get(chain)!.map((rule) => ({ line: `-A ${chain} ${rule}` })));
    const entries = jumps.filter((jump) => jump.table === table).flatMap((jump) => jumpSteps(jump, present[table].get(jump.from) ?? []));
    return render(table, [...[...next.keys()].map((chain) => ({ declare: chain })), ...rules, ...entries, ...removal(stale)]);
  }).join('');
}

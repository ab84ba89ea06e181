// iptables chains as data, and the text for iptables-restore --noflush that turns one set of chains into another.

export type Table = 'filter' | 'nat';

/** Rules per chain, per table; a rule is everything after `-A CHAIN `. Only chains listed here are ever touched. */
export type RuleSet = Readonly<Record<Table, ReadonlyMap<string, readonly string[]>>>;

/** A rule in a built-in chain that leads to one of ours: at its end, or with `first` ahead of every other rule. */
export interface Jump { table: Table; from: string; match: string; to: string; first?: boolean }

const tables: readonly Table[] = ['filter', 'nat'];

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

function section(table: Table, declared: readonly string[], lines: readonly string[]): string {
  if (declared.length + lines.length === 0) return '';
  return [`*${table}`, ...declared.map((chain) => `:${chain} - [0:0]`), ...lines, 'COMMIT', ''].join('\n');
}

/** Rewrites only chains that differ and removes those no longer there; the empty string when nothing differs. */
export function planChanges(before: RuleSet, after: RuleSet): string {
  return tables.map((table) => {
    const [old, next] = [before[table], after[table]];
    const changed = [...next].filter(([chain, rules]) => {
      const known = old.get(chain);
      return !known || known.length !== rules.length || known.some((rule, i) => rule !== rules[i]);
    });
    const gone = [...old.keys()].filter((chain) => !next.has(chain));
    const lines = changed.flatMap(([chain, rules]) => rules.map((rule) => `-A ${chain} ${rule}`));
    return section(table, [...changed.map(([chain]) => chain), ...gone], [...lines, ...gone.map((chain) => `-X ${chain}`)]);
  }).join('');
}

function jumpLines({ from, match, to, first }: Jump, existing: readonly string[]): string[] {
  const leads = (rule: string | undefined) => rule !== undefined && (rule.endsWith(`-j ${to}`) || rule === `-j ${to}`);
  const present = existing.some(leads);
  if (present && (!first || leads(existing[0]))) return [];
  const drop = existing.filter(leads).map((rule) => `-D ${from} ${rule}`);
  return [...drop, `${first ? '-I' : '-A'} ${from} ${match} -j ${to}`];
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
    const lines = [...next].flatMap(([chain, rules]) => rules.map((rule) => `-A ${chain} ${rule}`));
    const entries = jumps.filter((jump) => jump.table === table)
      .flatMap((jump) => jumpLines(jump, present[table].get(jump.from) ?? []));
    return section(table, [...next.keys(), ...stale], [...entries, ...lines, ...stale.map((chain) => `-X ${chain}`)]);
  }).join('');
}

// For tests: follows a packet through planned chains, knowing exactly the matches that the planner writes and refusing all others.
import type { Connection } from './evaluate.ts';
import type { PolicyPlan } from './plan.ts';

function inSet(plan: PolicyPlan, name: string, direction: string, packet: Connection): boolean {
  const set = plan.sets.get(name);
  if (!set) throw new Error(`a rule names ${name}, which is no set`);
  const address = direction.startsWith('src') ? packet.from : packet.to;
  if (set.type === 'hash:ip,port') return set.members.includes(`${address},${packet.protocol.toLowerCase()}:${packet.port}`);
  const value = (text: string) => text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  return set.members.some((member) => {
    const [network, prefix = '32'] = member.split('/');
    const shift = 32n - BigInt(prefix);
    if (shift === 32n) throw new Error('hash:net takes no /0');
    return value(address) >> shift === value(network!) >> shift;
  });
}

/** The verdict for a new connection entering `NETPOL`; `pass` means that it returns to FORWARD. */
export function runPacket(plan: PolicyPlan, packet: Connection): 'pass' | 'drop' {
  let mark = 0;

  function matches(words: string[]): boolean {
    let verdict = true;
    let negated = false;
    const take = () => words.shift()!;
    while (words.length > 0 && words[0] !== '-j') {
      const word = take();
      if (word === '!') { negated = true; continue; }
      let matched: boolean;
      if (word === '-m') { take(); continue; }
      if (word === '--comment') { take(); continue; }
      if (word === '-s') matched = packet.from === take();
      else if (word === '-d') matched = packet.to === take();
      else if (word === '-p') matched = packet.protocol.toLowerCase() === take();
      else if (word === '--ctstate') { take(); matched = false; }
      else if (word === '--dport') {
        const [low, high = low] = take().split(':').map(Number);
        matched = packet.port >= low! && packet.port <= high!;
      } else if (word === '--match-set') matched = inSet(plan, take(), take(), packet);
      else if (word === '--mark') {
        const [value, mask] = take().split('/').map(Number);
        matched = (mark & mask!) === value;
      } else throw new Error(`unknown match ${word}`);
      verdict &&= matched !== negated;
      negated = false;
    }
    return verdict;
  }

  function walk(chain: string): 'pass' | 'drop' {
    const rules = plan.rules.filter.get(chain);
    if (!rules) throw new Error(`a rule leads to ${chain}, which is no chain`);
    for (const rule of rules) {
      const words = rule.match(/"[^"]*"|\S+/g)!;
      if (!matches(words)) continue;
      const [, target, option, argument] = words;
      if (target === 'DROP') return 'drop';
      if (target === 'RETURN') return 'pass';
      if (target === 'MARK') {
        if (option !== '--set-xmark') throw new Error(`unknown option ${option}`);
        const [value, mask] = argument!.split('/').map(Number);
        mark = (mark & ~mask!) ^ value!;
      } else if (walk(target!) === 'drop') return 'drop';
    }
    return 'pass';
  }

  return walk('NETPOL');
}

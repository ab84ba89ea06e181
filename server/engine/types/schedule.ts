// Cron schedules as Kubernetes takes them (robfig/cron's standard parser): five fields, names, steps, ranges, and @words.

/** A parsed schedule: field masks in local time of a zone, or a fixed interval. */
export type Schedule =
  | { everyMs: number }
  | { minutes: ReadonlySet<number>; hours: ReadonlySet<number>; days: ReadonlySet<number>; months: ReadonlySet<number>; weekdays: ReadonlySet<number>; anyDay: boolean; anyWeekday: boolean };

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const words: Record<string, string> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
};
const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Upstream gives up on schedules that do not come true within this time. */
const searchYears = 5;

class FieldProblem extends Error {}

function parseNumber(text: string, names: readonly string[], firstName: number): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + firstName;
  if (!/^\d+$/.test(text)) throw new FieldProblem(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function parseField(text: string, low: number, high: number, names: readonly string[] = []): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', stepText, ...more] = part.split('/');
    if (more.length > 0) throw new FieldProblem(`too many slashes: ${part}`);
    const [from = '', to, ...rest] = range.split('-');
    if (rest.length > 0) throw new FieldProblem(`too many hyphens: ${part}`);
    const any = from === '*' || from === '?';
    const start = any ? low : parseNumber(from, names, low);
    const step = stepText === undefined ? 1 : parseNumber(stepText, [], 0);
    const end = any ? high : to === undefined ? (stepText === undefined ? start : high) : parseNumber(to, names, low);
    if (start < low) throw new FieldProblem(`beginning of range (${start}) below minimum (${low}): ${part}`);
    if (end > high) throw new FieldProblem(`end of range (${end}) above maximum (${high}): ${part}`);
    if (start > end) throw new FieldProblem(`beginning of range (${start}) beyond end of range (${end}): ${part}`);
    if (step === 0) throw new FieldProblem(`step of range should be a positive number: ${part}`);
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

/** The schedule, or what is wrong with it in one sentence. */
export function trySchedule(text: string): Schedule | string {
  if (/^(CRON_)?TZ=/.test(text)) return 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  if (text.startsWith('@every ')) {
    const parts = [...text.slice(7).trim().matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    const everyMs = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0);
    const whole = parts.map(([part]) => part).join('') === text.slice(7).trim();
    return whole && everyMs > 0 ? { everyMs: Math.max(1_000, Math.floor(everyMs / 1_000) * 1_000) } : `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(text.slice(7))}`;
  }
  if (text.startsWith('@') && !words[text]) return `unrecognized descriptor: ${text}`;
  const fields = (words[text] ?? text).trim().split(/\s+/);
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  try {
    const days = parseField(weekday, 0, 6, weekdays);
    return {
      minutes: parseField(minute, 0, 59), hours: parseField(hour, 0, 23), days: parseField(day, 1, 31), months: parseField(month, 1, 12, months), weekdays: days,
      anyDay: /^[*?]/.test(day), anyWeekday: /^[*?]/.test(weekday),
    };
  } catch (error) {
    if (error instanceof FieldProblem) return error.message;
    throw error;
  }
}

/** True for a zone of the time zone database. */
export function isTimeZone(zone: string): boolean {
  if (zone === '' || zone.toLowerCase() === 'local') return false;
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  let known = formatters.get(zone);
  if (!known) formatters.set(zone, known = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }));
  return known;
}

/** Milliseconds that the zone's clocks are ahead of UTC at `at`. */
function offsetOf(zone: string, at: number): number {
  if (zone === 'UTC' || zone === 'Etc/UTC') return 0;
  const part = Object.fromEntries(formatterOf(zone).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute'], part['second']) - Math.floor(at / 1000) * 1000;
}

/** The first time after `after` (ms since the epoch) that the schedule names; undefined when there is none in five years. */
export function nextTime(schedule: Schedule, after: number, zone = 'UTC'): number | undefined {
  if ('everyMs' in schedule) return Math.floor(after / 1000) * 1000 + schedule.everyMs;
  const { minutes, hours, days, weekdays: wanted, anyDay, anyWeekday } = schedule;
  const fits = (local: Date): boolean => {
    const byDay = days.has(local.getUTCDate()), byWeekday = wanted.has(local.getUTCDay());
    return anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday;
  };
  // Walks the zone's wall clock as if it were UTC, and asks the zone for the true time of each candidate.
  const start = after + offsetOf(zone, after);
  let local = Math.floor(start / 60_000) * 60_000 + 60_000;
  const end = local + searchYears * 366 * 86_400_000;
  while (local < end) {
    const date = new Date(local);
    if (!schedule.months.has(date.getUTCMonth() + 1)) local = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    else if (!fits(date)) local = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
    else if (!hours.has(date.getUTCHours())) local = Math.floor(local / 3_600_000) * 3_600_000 + 3_600_000;
    else if (!minutes.has(date.getUTCMinutes())) local += 60_000;
    else {
      const guess = local - offsetOf(zone, local);
      const time = local - offsetOf(zone, guess);
      // A wall-clock time that a change of the clocks skips or repeats behind `after` does not count.
      if (time > after && time + offsetOf(zone, time) === local) return time;
      local += 60_000;
    }
  }
  return undefined;
}

// Cron schedules: what is refused in which words, and when the next start is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTimeZone, nextTime, trySchedule } from './schedule.ts';

const next = (schedule: string, after: string, zone?: string): string | undefined => {
  const parsed = trySchedule(schedule);
  assert.ok(typeof parsed !== 'string', String(parsed));
  const time = nextTime(parsed, Date.parse(after), zone);
  return time === undefined ? undefined : new Date(time).toISOString().replace('.000Z', 'Z');
};

test('the next start of a schedule', () => {
  const cases: [string, string, string | undefined, string?][] = [
    ['* * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z'],
    ['*/15 * * * *', '2026-01-01T00:14:59Z', '2026-01-01T00:15:00Z'],
    ['5/20 3 * * *', '2026-01-01T03:06:00Z', '2026-01-01T03:25:00Z'],
    ['0 9-17/4 * * mon-fri', '2026-01-02T17:00:00Z', '2026-01-05T09:00:00Z'],
    ['30 4 1,15 * 5', '2026-01-02T04:30:00Z', '2026-01-09T04:30:00Z'],
    ['0 0 29 feb *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['0 0 31 2 *', '2026-01-01T00:00:00Z', undefined],
    ['@weekly', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00Z'],
    ['@every 1h30m', '2026-01-01T00:00:10Z', '2026-01-01T01:30:10Z'],
    ['0 9 * * *', '2026-07-01T00:00:00Z', '2026-07-01T07:00:00Z', 'Europe/Berlin'],
    ['0 9 * * *', '2026-01-01T09:00:00Z', '2026-01-02T08:00:00Z', 'Europe/Berlin'],
    // The clocks skip 02:30 on that day.
    ['30 2 * * *', '2026-03-28T12:00:00Z', '2026-03-30T00:30:00Z', 'Europe/Berlin'],
  ];
  for (const [schedule, after, wanted, zone] of cases) assert.equal(next(schedule, after, zone), wanted, `${schedule} after ${after}`);
});

test('what is no schedule is told in upstream words', () => {
  const cases: [string, string][] = [
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@often', 'unrecognized descriptor: @often'],
    ['TZ=UTC * * * * *', 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
  ];
  for (const [schedule, wanted] of cases) assert.equal(trySchedule(schedule), wanted);
  assert.deepEqual([isTimeZone('Europe/Berlin'), isTimeZone('Mars/Base'), isTimeZone('')], [true, false, false]);
});

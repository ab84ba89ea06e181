// What a table of one kind is made of, and the texts that several tables share.
import type { KubeObject, LabelSelector } from '../../types/index.ts';
import { ageOf } from './duration.ts';

/** One column; priority 1 is shown only by `-o wide`. */
export interface Column { name: string; type: 'string' | 'integer' | 'date'; format: '' | 'name'; priority: 0 | 1; description: string }

/** A condition of a row, by which kubectl hides finished pods. */
export interface RowCondition { type: string; status: string; reason: string; message: string }

/** The cells of one object, as many as there are columns. */
export interface Cells { cells: (string | number)[]; conditions?: RowCondition[] }

/** How one kind is shown. `now` in milliseconds. */
export interface Printer { columns: Column[]; row(object: KubeObject, now: number): Cells }

/** A column; a leading `+` in the name makes it wide-only. */
export function column(name: string, type: Column['type'] = 'string'): Column {
  const wide = name.startsWith('+');
  const title = wide ? name.slice(1) : name;
  return { name: title, type, format: title === 'Name' ? 'name' : '', priority: wide ? 1 : 0, description: '' };
}

/** A printer from column names and a function from object to cells. */
export function printer<T extends KubeObject>(columns: (string | Column)[], cells: (object: T, now: number) => (string | number)[]): Printer {
  return {
    columns: columns.map((one) => (typeof one === 'string' ? column(one) : one)),
    row: (object, now) => ({ cells: cells(object as T, now) }),
  };
}

/** Name and age, for kinds without columns of their own. */
export const genericPrinter: Printer = printer(['Name', 'Age'], (object, now) => [object.metadata.name, ageOf(object.metadata.creationTimestamp, now)]);

/** `a=1,b=2` sorted by key; `<none>` when empty. */
export function labelsText(labels: Record<string, string> | undefined): string {
  const text = Object.keys(labels ?? {}).sort().map((key) => `${key}=${labels![key]}`).join(',');
  return text === '' ? '<none>' : text;
}

/** A label selector in query syntax, requirements sorted by key; `<none>` when empty. */
export function selectorText(selector: LabelSelector | undefined): string {
  const requirements: [string, string][] = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => [key, `${key}=${value}`]);
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    const list = [...(values ?? [])].sort().join(',');
    requirements.push([key, { In: `${key} in (${list})`, NotIn: `${key} notin (${list})`, Exists: key, DoesNotExist: `!${key}` }[operator]]);
  }
  const text = requirements.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, one]) => one).join(',');
  return text === '' ? '<none>' : text;
}

/** The first three of a list joined by commas, and how many more there are; `empty` when there are none. */
export function firstThree(list: readonly string[], empty: string): string {
  if (list.length === 0) return empty;
  return list.length <= 3 ? list.join(',') : `${list.slice(0, 3).join(',')} + ${list.length - 3} more...`;
}

/** Names and images of a pod template's containers, for wide columns. */
export function containersText(spec: { containers?: { name: string; image?: string }[] } | undefined): [string, string] {
  const containers = spec?.containers ?? [];
  return [containers.map(({ name }) => name).join(','), containers.map(({ image }) => image ?? '').join(',')];
}

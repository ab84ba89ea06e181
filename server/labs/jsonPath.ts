// Paths into objects, as kubectl's jsonpath writes them, for checks: `.spec.containers[*].image`, `.metadata.labels["a/b"]`.
import { LabError } from './errors.ts';

/** One part of a parsed path: a key, an index (negative from the end), or every element. */
export type PathPart = { key: string } | { index: number } | { every: true };

const part = /\.([A-Za-z_$][\w$-]*)|\["([^"\]]+)"\]|\['([^'\]]+)'\]|\[(-?\d+)\]|\[\*\]|\.\*/y;

/** Parses a path. `.` alone is the object itself. Throws LabError `bad-path`. */
export function parsePath(text: string): PathPart[] {
  if (text === '.') return [];
  const parts: PathPart[] = [];
  part.lastIndex = 0;
  let position = 0;
  while (position < text.length) {
    part.lastIndex = position;
    const match = part.exec(text);
    if (!match) throw new LabError('bad-path', `The path "${text}" is malformed at "${text.slice(position)}".`, { hint: 'Write it like .spec.containers[*].image or .metadata.labels["app"].' });
    const key = match[1] ?? match[2] ?? match[3];
    if (key !== undefined) parts.push({ key });
    else if (match[4] !== undefined) parts.push({ index: Number(match[4]) });
    else parts.push({ every: true });
    position = part.lastIndex;
  }
  if (parts.length === 0) throw new LabError('bad-path', 'The path is empty.');
  return parts;
}

/** Every value at `path` in `object`; what is not there yields nothing. Throws LabError `bad-path`. */
export function selectPath(object: unknown, path: string): unknown[] {
  let values: unknown[] = [object];
  for (const step of parsePath(path)) values = values.flatMap((value) => take(value, step));
  return values;
}

function take(value: unknown, step: PathPart): unknown[] {
  if (value === null || typeof value !== 'object') return [];
  if ('every' in step) return Object.values(value);
  if ('index' in step) {
    const element = Array.isArray(value) ? value.at(step.index) : undefined;
    return element === undefined ? [] : [element];
  }
  if (!Object.hasOwn(value, step.key)) return [];
  const found = (value as Record<string, unknown>)[step.key];
  return found === undefined || found === null ? [] : [found];
}

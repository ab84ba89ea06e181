// Label selectors: the query syntax and the LabelSelector object, both as predicates.
import { badRequest } from '../errors.ts';
import { labelValue, qualifiedName } from '../names.ts';
import type { LabelSelector } from '../../types/index.ts';

type Labels = Readonly<Record<string, string>> | undefined;

/** True when the labels fit. */
export type LabelPredicate = (labels: Labels) => boolean;

/** Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>5`; throws BadRequest. Empty matches everything. */
export function parseLabelSelector(text: string): LabelPredicate {
  const requirements = splitRequirements(text).map((part) => parseRequirement(part, text));
  return (labels) => requirements.every((fits) => fits(labels));
}

/** The predicate of a LabelSelector object; an empty one matches everything, an absent one nothing. */
export function selectorPredicate(selector: LabelSelector | undefined): LabelPredicate {
  if (!selector) return () => false;
  const exact = Object.entries(selector.matchLabels ?? {});
  const expressions = selector.matchExpressions ?? [];
  return (labels) => exact.every(([key, value]) => labels?.[key] === value) && expressions.every(({ key, operator, values = [] }) => {
    const value = labels?.[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    if (operator === 'In') return value !== undefined && values.includes(value);
    return value === undefined || !values.includes(value);
  });
}

/** A LabelSelector in query syntax, keys sorted, as Scale's status.selector shows it. */
export function formatSelector(selector: LabelSelector | undefined): string {
  const parts = Object.entries(selector?.matchLabels ?? {}).map(([key, value]): [string, string] => [key, `${key}=${value}`]);
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const list = [...values].sort().join(',');
    const text = { In: `${key} in (${list})`, NotIn: `${key} notin (${list})`, Exists: key, DoesNotExist: `!${key}` }[operator];
    parts.push([key, text]);
  }
  return parts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, text]) => text).join(',');
}

/** Splits at commas outside parentheses. */
function splitRequirements(text: string): string[] {
  const parts: string[] = [];
  let depth = 0, start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return text.trim() === '' ? [] : parts.map((part) => part.trim());
}

function parseRequirement(part: string, whole: string): LabelPredicate {
  const fail = (why: string): never => { throw badRequest(`unable to parse requirement: ${why}`); };
  const checkedKey = (key: string): string => {
    const problems = qualifiedName(key);
    if (problems.length > 0) fail(`<nil>: Invalid value: ${JSON.stringify(key)}: ${problems.join('; ')}`);
    return key;
  };
  const checkedValue = (value: string): string => {
    const problems = labelValue(value);
    if (problems.length > 0) fail(`values[0][${part}]: Invalid value: ${JSON.stringify(value)}: ${problems.join('; ')}`);
    return value;
  };
  const set = /^([^\s!=<>()]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
  if (set) {
    const key = checkedKey(set[1]!);
    const values = new Set(set[3]!.split(',').map((value) => checkedValue(value.trim())));
    return set[2] === 'in'
      ? (labels) => labels?.[key] !== undefined && values.has(labels[key])
      : (labels) => labels?.[key] === undefined || !values.has(labels[key]);
  }
  const comparison = /^([^\s!=<>()]+)\s*(==|=|!=|<|>)\s*([^\s!=<>()]*)$/.exec(part);
  if (comparison) {
    const [, rawKey, operator, rawValue] = comparison as unknown as [string, string, string, string];
    const key = checkedKey(rawKey), value = checkedValue(rawValue);
    if (operator === '!=') return (labels) => labels?.[key] !== value;
    if (operator === '=' || operator === '==') return (labels) => labels?.[key] === value;
    if (!/^-?\d+$/.test(value)) fail(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`);
    const bound = Number(value);
    return (labels) => {
      const actual = labels?.[key];
      return actual !== undefined && /^-?\d+$/.test(actual) && (operator === '>' ? Number(actual) > bound : Number(actual) < bound);
    };
  }
  const presence = /^(!?)\s*([^\s!=<>()]+)$/.exec(part);
  if (!presence) return fail(`found '${part}', expected: a key, an operator and its values in ${JSON.stringify(whole)}`);
  const key = checkedKey(presence[2]!);
  return presence[1] === '!' ? (labels) => labels?.[key] === undefined : (labels) => labels?.[key] !== undefined;
}

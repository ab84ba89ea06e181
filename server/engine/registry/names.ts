// Rules for names, labels and annotations, with upstream's sentences (apimachinery util/validation).
import { invalidValue, required, tooLong } from './fieldErrors.ts';
import type { FieldError } from './fieldErrors.ts';

const labelPattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainPattern = `${labelPattern}(\\.${labelPattern})*`;
const label1035Pattern = '[a-z]([-a-z0-9]*[a-z0-9])?';
const namePattern = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const valuePattern = `(${namePattern})?`;

const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const labelExpression = whole(labelPattern);
const subdomainExpression = whole(subdomainPattern);
const label1035Expression = whole(label1035Pattern);
const nameExpression = whole(namePattern);
const valueExpression = whole(valuePattern);

function regexHint(sentence: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}'`).join(',  or ');
  return `${sentence} (e.g. ${shown}, regex used for validation is '${pattern}')`;
}

/** Sentences on what is wrong with a name; none when it is right. */
export type NameRule = (name: string) => string[];

/** DNS-1123 label, at most 63 characters. */
export const dnsLabel: NameRule = (name) => [
  ...(name.length > 63 ? ['must be no more than 63 bytes'] : []),
  ...(labelExpression.test(name) ? [] : [regexHint("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character", labelPattern, 'my-name', '123-abc')]),
];

/** DNS-1123 subdomain, at most 253 characters. */
export const dnsSubdomain: NameRule = (name) => [
  ...(name.length > 253 ? ['must be no more than 253 bytes'] : []),
  ...(subdomainExpression.test(name) ? [] : [regexHint("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character", subdomainPattern, 'example.com')]),
];

/** DNS-1035 label, as Services need. */
export const dns1035Label: NameRule = (name) => [
  ...(name.length > 63 ? ['must be no more than 63 bytes'] : []),
  ...(label1035Expression.test(name) ? [] : [regexHint("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character", label1035Pattern, 'my-name', 'abc-123')]),
];

/** A port's name: IANA service name. */
export const portName: NameRule = (name) => [
  ...(name.length > 15 ? ['must be no more than 15 characters'] : []),
  ...(/^[-a-z0-9]+$/.test(name) ? [] : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
  ...(/[a-z]/.test(name) ? [] : ['must contain at least one letter (a-z)']),
  ...(name.includes('--') ? ["must not contain consecutive hyphens"] : []),
  ...(/^-|-$/.test(name) ? ['must not begin or end with a hyphen'] : []),
];

/** A label or annotation key: optional DNS prefix, slash, name. */
export const qualifiedName: NameRule = (key) => {
  const parts = key.split('/');
  const name = parts.at(-1)!;
  const problems: string[] = [];
  const hint = regexHint("a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", namePattern, 'MyName', 'my.name', '123-abc')
    + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
  if (parts.length > 2) return [hint];
  if (parts.length === 2) {
    if (parts[0] === '') problems.push('prefix part must be non-empty');
    else problems.push(...dnsSubdomain(parts[0]!).map((text) => `prefix part ${text}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push('name part must be no more than 63 bytes');
  if (!nameExpression.test(name)) {
    problems.push(`name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${namePattern}')`);
  }
  return problems;
};

/** A label's value: at most 63 characters, may be empty. */
export const labelValue: NameRule = (value) => [
  ...(value.length > 63 ? ['must be no more than 63 bytes'] : []),
  ...(valueExpression.test(value) ? [] : [regexHint("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", valuePattern, 'MyValue', 'my_value', '12345')]),
];

/** Field errors for a name under a rule. */
export function checkName(field: string, name: string | undefined, rule: NameRule): FieldError[] {
  if (name === undefined || name === '') return [required(field)];
  return rule(name).map((text) => invalidValue(field, name, text));
}

/** Field errors for a map of labels. */
export function checkLabels(field: string, labels: Record<string, string> | undefined): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedName(key).map((text) => invalidValue(field, key, text)),
    ...labelValue(value).map((text) => invalidValue(field, value, text)),
  ]);
}

/** Field errors for annotations: keys, and 256 KiB in total. */
export function checkAnnotations(field: string, annotations: Record<string, string> | undefined): FieldError[] {
  const problems: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    problems.push(...qualifiedName(key.toLowerCase()).map((text) => invalidValue(field, key, text)));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > 262_144) problems.push(tooLong(field, 262_144));
  return problems;
}

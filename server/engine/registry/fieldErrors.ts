// Problems of single fields, in upstream's words; a list of them makes a 422.

/** One problem: `field` is a path such as `spec.ports[0].port`, `reason` a StatusCause type, `message` the sentence behind the path. */
export interface FieldError { field: string; reason: string; message: string }

/** The field must be set. */
export function required(field: string, detail = ''): FieldError {
  return { field, reason: 'FieldValueRequired', message: detail === '' ? 'Required value' : `Required value: ${detail}` };
}

/** The value breaks a rule. */
export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${show(value)}: ${detail}` };
}

/** The value is none of a closed list. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const names = [...supported].sort().map((name) => JSON.stringify(name)).join(', ');
  return { field, reason: 'FieldValueNotSupported', message: `Unsupported value: ${show(value)}: supported values: ${names}` };
}

/** The value is there already. */
export function duplicate(field: string, value: unknown): FieldError {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${show(value)}` };
}

/** The value names something that is not there. */
export function fieldNotFound(field: string, value: unknown): FieldError {
  return { field, reason: 'FieldValueNotFound', message: `Not found: ${show(value)}` };
}

/** The field must not be set or changed. */
export function forbiddenField(field: string, detail: string): FieldError {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${detail}` };
}

/** The value is longer than `limit` bytes. */
export function tooLong(field: string, limit: number): FieldError {
  return { field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${limit} bytes` };
}

/** Nothing when `value` is in the closed list or unset. */
export function oneOf(field: string, value: unknown, supported: readonly string[]): FieldError[] {
  return value === undefined || supported.includes(String(value)) ? [] : [notSupported(field, value, supported)];
}

/** One problem per item whose key an earlier item has. */
export function repeated<T>(items: readonly T[], field: (at: number) => string, keyOf: (item: T) => unknown): FieldError[] {
  const seen = new Set<string>();
  return items.flatMap((item, at) => {
    const key = JSON.stringify(keyOf(item));
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [duplicate(field(at), keyOf(item))];
  });
}

function show(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

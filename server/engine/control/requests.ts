// Parses what comes over the control socket; every refusal names the field.
import type { ControlProbeSource, ControlProbeTarget, ControlResolveQuestion, ProbeRequest, ResolveRequest } from '../types/control.ts';
import { ControlRequestError } from './errors.ts';

const maxItems = 500;
const maxTimeoutMs = 60_000;

type Fields = Record<string, unknown>;

function refuse(what: string): never {
  throw new ControlRequestError('engine-bad-request', 400, `Bad request: ${what}.`);
}

function fields(value: unknown, at: string): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : refuse(`${at} is no object`);
}

function text(value: unknown, at: string): string {
  return typeof value === 'string' && value.length > 0 && value.length <= 1024 ? value : refuse(`${at} is no text of 1 to 1024 characters`);
}

function whole(value: unknown, at: string, least: number, most: number): number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most ? (value as number) : refuse(`${at} is no whole number from ${least} to ${most}`);
}

function oneOf<const T extends string>(value: unknown, at: string, choices: readonly T[]): T {
  return choices.includes(value as T) ? (value as T) : refuse(`${at} is none of ${choices.join(', ')}`);
}

function items(value: unknown, at: string): unknown[] {
  return Array.isArray(value) && value.length <= maxItems ? value : refuse(`${at} is no list of at most ${maxItems}`);
}

function parseSource(value: unknown): ControlProbeSource {
  const source = fields(value, 'source');
  return oneOf(source['kind'], 'source.kind', ['pod', 'machine']) === 'pod'
    ? { kind: 'pod', namespace: text(source['namespace'], 'source.namespace'), pod: text(source['pod'], 'source.pod') }
    : { kind: 'machine', name: text(source['name'], 'source.name') };
}

function parseTarget(value: unknown, at: string): ControlProbeTarget {
  const target = fields(value, at);
  const http = target['http'] === undefined ? undefined : fields(target['http'], `${at}.http`);
  const path = http && text(http['path'], `${at}.http.path`);
  if (path !== undefined && !/^\/[\x21-\x7e]*$/.test(path)) refuse(`${at}.http.path is no path`);
  const hostHeader = http?.['hostHeader'] === undefined ? undefined : text(http['hostHeader'], `${at}.http.hostHeader`);
  if (hostHeader !== undefined && !/^[\x21-\x7e]+$/.test(hostHeader)) refuse(`${at}.http.hostHeader is no host`);
  return {
    id: text(target['id'], `${at}.id`),
    host: text(target['host'], `${at}.host`),
    port: whole(target['port'], `${at}.port`, 1, 65_535),
    protocol: oneOf(target['protocol'], `${at}.protocol`, ['tcp', 'udp']),
    timeoutMs: whole(target['timeoutMs'], `${at}.timeoutMs`, 1, maxTimeoutMs),
    ...(path === undefined ? {} : { http: { path, ...(hostHeader === undefined ? {} : { hostHeader }) } }),
  };
}

/** Throws ControlRequestError `engine-bad-request`. */
export function parseProbeRequest(value: unknown): ProbeRequest {
  const body = fields(value, 'the body');
  return { source: parseSource(body['source']), targets: items(body['targets'], 'targets').map((target, index) => parseTarget(target, `targets[${index}]`)) };
}

/** Throws ControlRequestError `engine-bad-request`. */
export function parseResolveRequest(value: unknown): ResolveRequest {
  const body = fields(value, 'the body');
  const questions = items(body['questions'], 'questions').map((value, index): ControlResolveQuestion => {
    const question = fields(value, `questions[${index}]`);
    return { id: text(question['id'], `questions[${index}].id`), name: text(question['name'], `questions[${index}].name`), type: oneOf(question['type'], `questions[${index}].type`, ['A', 'CNAME', 'SRV', 'PTR']) };
  });
  return { source: parseSource(body['source']), questions };
}

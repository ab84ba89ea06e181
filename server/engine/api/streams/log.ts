// Serves pods/log: the container's log as plain text, followed when asked.
import { pipeline } from 'node:stream/promises';
import { StatusError, type LogOptions } from '../../types/index.ts';
import { sendText } from '../answers.ts';
import type { Exchange } from '../exchange.ts';
import { flag, integer } from '../query.ts';
import type { ResourcePath } from '../requestInfo.ts';
import { containerOf, podOf } from './podTarget.ts';

/** Answers with the log; errors of the node come before the first byte. Throws StatusError. */
export async function handleLog(exchange: Exchange, path: ResourcePath): Promise<void> {
  const { context, request, response, info: { query } } = exchange;
  const pod = podOf(context.registry, path);
  const options = logOptions(query, pod.metadata.name);
  const ref = containerOf(pod, query.get('container') ?? undefined, true);
  if (!pod.spec.nodeName) return sendText(exchange, 200, '');
  const log = await context.streams.logs(ref, options);
  const stop = () => log.destroy();
  context.closing.addEventListener('abort', stop, { once: true });
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-cache, private' });
  response.flushHeaders();
  request.resume();
  try {
    await pipeline(log, response);
  } catch (thrown) {
    context.logger.debug({ path: exchange.info.path, cause: String(thrown) }, 'a log stream ended early');
    response.destroy();
  } finally {
    context.closing.removeEventListener('abort', stop);
  }
}

/** PodLogOptions from the query. Throws BadRequest for what is no number or time, Invalid for what makes no sense. */
export function logOptions(query: URLSearchParams, pod: string): LogOptions {
  const positive = (field: string, least: number) => {
    const value = integer(query, field);
    if (value !== undefined && value < least) throw invalid(pod, field, value, `must be greater than ${least === 0 ? 'or equal to 0' : '0'}`);
    return value;
  };
  const tailLines = positive('tailLines', 0);
  const limitBytes = positive('limitBytes', 1);
  const sinceSeconds = positive('sinceSeconds', 1);
  const since = query.get('sinceTime');
  if (since && sinceSeconds !== undefined) throw invalid(pod, 'sinceSeconds', sinceSeconds, 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  const sinceTime = since ? new Date(since) : sinceSeconds !== undefined ? new Date(Date.now() - sinceSeconds * 1000) : undefined;
  if (sinceTime && Number.isNaN(sinceTime.getTime())) throw new StatusError('BadRequest', `parsing time "${since}": not an RFC 3339 time`);
  return {
    follow: flag(query, 'follow'), previous: flag(query, 'previous'), timestamps: flag(query, 'timestamps'),
    ...(sinceTime && { sinceTime }), ...(tailLines !== undefined && { tailLines }), ...(limitBytes !== undefined && { limitBytes }),
  };
}

function invalid(pod: string, field: string, value: number, why: string): StatusError {
  const message = `Invalid value: ${value}: ${why}`;
  return new StatusError('Invalid', `PodLogOptions "${pod}" is invalid: ${field}: ${message}`, { name: pod, kind: 'PodLogOptions', causes: [{ reason: 'FieldValueInvalid', message, field }] });
}

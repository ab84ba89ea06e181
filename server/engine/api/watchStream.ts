// A watch over HTTP: one JSON event per line, as the registry reports them, until the client, the timeout or the server ends it.
import type { ResourceInfo, Target, WatchEvent } from '../registry/registry.ts';
import { isStatus } from '../types/index.ts';
import { includeObject, jsonOf } from './answers.ts';
import type { Exchange } from './exchange.ts';
import type { AnswerForm } from './negotiation.ts';
import { integer, watchQuery } from './query.ts';
import { failureStatus } from './status.ts';
import { partialObject, tableOf } from './tables/index.ts';

/** A client may be this far behind, beyond the initial events, before its watch is cut; it then lists again. In bytes. */
export const maxBacklogBytes = 8 * 1024 * 1024;
/** Without timeoutSeconds a watch ends after upstream's least default, in seconds. */
const defaultTimeoutSeconds = 1800;

/** Streams a watch; returns once the initial events are written. Throws StatusError before anything is sent. */
export function streamWatch(exchange: Exchange, resource: ResourceInfo, target: Target, form: AnswerForm): void {
  const { context, request, response, info } = exchange;
  const query = watchQuery(info.query);
  const seconds = integer(info.query, 'timeoutSeconds') || defaultTimeoutSeconds;
  const encode = eventEncoder(resource, form, info.query);
  let backlog: string[] | undefined = [];
  let allowance = maxBacklogBytes;
  const write = (line: string) => {
    if (backlog) backlog.push(line);
    else if (!response.destroyed && !response.writableEnded && !response.write(line) && response.writableLength > allowance) {
      context.logger.warn({ path: info.path, user: exchange.user?.username }, 'a watch fell too far behind and was cut');
      response.destroy();
    }
  };
  let subscription: { dispose(): void } | undefined;
  let expired: object | undefined;
  try {
    subscription = context.registry.watch(target, query, (event) => write(encode(event)));
  } catch (thrown) {
    if (!isStatus(thrown, 'Expired') && !isStatus(thrown, 'Gone')) throw thrown;
    expired = failureStatus(thrown);
  }
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
  response.flushHeaders();
  if (expired) {
    response.end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`);
    return;
  }
  const initial = backlog.join('');
  backlog = undefined;
  allowance += initial.length;
  if (initial !== '') response.write(initial);
  const release = () => {
    clearTimeout(timer);
    context.closing.removeEventListener('abort', end);
    subscription?.dispose();
  };
  const end = () => {
    release();
    response.end();
  };
  const timer = setTimeout(end, Math.min(seconds, 86_400) * 1000);
  timer.unref();
  context.closing.addEventListener('abort', end, { once: true });
  if (response.destroyed || response.closed) release(); // the client left while its request was being looked at
  else response.once('close', release);
  request.resume();
}

/** A function from events to lines in the accepted form; a Table's columns come with the first event only. */
function eventEncoder(resource: ResourceInfo, form: AnswerForm, query: URLSearchParams): (event: WatchEvent) => string {
  if (form.as === undefined) return ({ type, object }) => `{"type":"${type}","object":${jsonOf(object)}}\n`;
  const { version } = form;
  if (form.as === 'PartialObjectMetadata') return ({ type, object }) => `${JSON.stringify({ type, object: partialObject(object, version) })}\n`;
  const include = includeObject(query);
  let headers = true;
  return ({ type, object }) => {
    const rows = type === 'BOOKMARK' ? [] : [object];
    const metadata = type === 'BOOKMARK' ? object.metadata : { resourceVersion: object.metadata.resourceVersion ?? '' };
    const table = tableOf(resource, rows, metadata, { version, include, headers });
    headers = false;
    return `${JSON.stringify({ type, object: table })}\n`;
  };
}

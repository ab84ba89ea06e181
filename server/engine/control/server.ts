// The control socket: plain HTTP for the host alone, over a Unix socket below a folder that only the host's user may enter.
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf, PatchbayError } from '../../base/errors.ts';
import type { Disposable } from '../../base/disposable.ts';
import type { Logger } from '../../base/logger.ts';
import type { ControlProbeResult, ControlResolveAnswer, ProbeRequest, ResolveRequest, StatusResponse } from '../types/control.ts';
import { ControlRequestError } from './errors.ts';
import { parseProbeRequest, parseResolveRequest } from './requests.ts';

/** What the socket offers. `stop` is answered before it is called. */
export interface ControlHandlers {
  status(): StatusResponse;
  probe(request: ProbeRequest): Promise<ControlProbeResult[]>;
  resolve(request: ResolveRequest): Promise<ControlResolveAnswer[]>;
  stop(): void;
}

const maxBytes = 1024 * 1024;

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new ControlRequestError('engine-bad-request', 413, 'The request is larger than 1 MiB.');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  } catch (cause) {
    throw new ControlRequestError('engine-bad-request', 400, 'The body is not JSON.', { cause });
  }
}

/** GET /status; POST /probe, /resolve, /stop with the shapes of types/control.ts. Resolves when it listens; a stale socket is replaced. */
export async function startControlServer(path: string, handlers: ControlHandlers, logger: Logger): Promise<Disposable> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<object> => {
    switch (`${request.method} ${request.url}`) {
      case 'GET /status': return handlers.status();
      case 'POST /probe': return { results: await handlers.probe(parseProbeRequest(await readJson(request))) };
      case 'POST /resolve': return { answers: await handlers.resolve(parseResolveRequest(await readJson(request))) };
      case 'POST /stop':
        response.once('finish', () => handlers.stop());
        return {};
      default: throw new ControlRequestError('engine-bad-request', 404, `There is no ${request.method} ${request.url}.`);
    }
  };
  const send = (response: ServerResponse, status: number, body: object) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    answer(request, response).then((body) => send(response, 200, body), (error: unknown) => {
      const known = error instanceof PatchbayError;
      if (!(error instanceof ControlRequestError)) logger.error({ err: messageOf(error) }, 'a control request failed');
      send(response, error instanceof ControlRequestError ? error.status : 500, { code: known ? error.code : 'engine-internal', message: messageOf(error) });
    });
  });
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  // Its owner is the sandbox's root; who may reach it is decided by the folder above.
  chmodSync(path, 0o666);
  return { dispose: () => { server.close(); server.closeAllConnections(); } };
}

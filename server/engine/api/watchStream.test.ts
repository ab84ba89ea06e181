// Watches over HTTP with a registry that does what the test says: initial events, expiry, timeouts, clients that do not read.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { silentLogger } from '../../base/index.ts';
import type { Registry, ResourceInfo, WatchEvent } from '../registry/registry.ts';
import { StatusError } from '../types/index.ts';
import type { Exchange } from './exchange.ts';
import { parseAnswerForm } from './negotiation.ts';
import { tryRequestInfo } from './requestInfo.ts';
import { streamWatch } from './watchStream.ts';

const resource: ResourceInfo = { group: '', version: 'v1', kind: 'Thing', resource: 'things', singular: 'thing', namespaced: true, shortNames: [], categories: [], verbs: [], subresources: [], virtual: false };
const event = (name: string, type: WatchEvent['type'] = 'ADDED'): WatchEvent => ({ type, object: { apiVersion: 'v1', kind: 'Thing', metadata: { name, resourceVersion: '7' } } });

/** Serves one watch whose registry is `watch`; resolves with the client's response. */
async function open(query: string, accept: string, watch: Registry['watch'], closing = new AbortController()): Promise<{ response: IncomingMessage; stop(): void }> {
  const server = createServer((request, response) => {
    const context = { registry: { watch } as Registry, logger: silentLogger, closing: closing.signal } as Exchange['context'];
    streamWatch({ context, request, response, info: tryRequestInfo(request.url!)!, user: undefined }, resource, { resource }, parseAnswerForm(accept, true));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: `/api/v1/things?watch=true${query}`, agent: false });
  const [response] = await once(request, 'response') as [IncomingMessage];
  return { response, stop: () => { server.closeAllConnections(); server.close(); } };
}

async function lines(response: IncomingMessage): Promise<{ type: string; object: Record<string, unknown> }[]> {
  let text = '';
  for await (const chunk of response) text += chunk;
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
}

describe('a watch', () => {
  test('answers at once, streams, and ends when the server closes', async () => {
    const closing = new AbortController();
    let listener: (event: WatchEvent) => void = () => {};
    let disposed = () => {};
    const released = new Promise<void>((resolve) => { disposed = resolve; });
    const { response, stop } = await open('', '*/*', (_target, _query, listen) => {
      listen(event('first'));
      listener = listen;
      return { dispose: disposed };
    }, closing);
    listener(event('second'));
    closing.abort();
    listener(event('too late'));
    assert.deepEqual((await lines(response)).map(({ object }) => (object['metadata'] as { name: string }).name), ['first', 'second']);
    await released;
    stop();
  });

  test('a Table carries its columns once, and timeoutSeconds ends the watch', async () => {
    const { response, stop } = await open('&timeoutSeconds=1', 'application/json;as=Table;v=v1;g=meta.k8s.io', (_target, _query, listen) => {
      for (const one of [event('a'), event('b'), event('', 'BOOKMARK')]) listen(one);
      return { dispose() {} };
    });
    const events = await lines(response);
    assert.deepEqual(events.map(({ object }) => [object['columnDefinitions'] !== null, (object['rows'] as unknown[]).length]), [[true, 1], [false, 1], [false, 0]]);
    stop();
  });

  test('an expired version is an ERROR event, then the end', async () => {
    const { response, stop } = await open('', '*/*', () => { throw new StatusError('Expired', 'too old resource version: 1 (2)'); });
    assert.equal(response.statusCode, 200);
    const [error, ...rest] = await lines(response);
    assert.deepEqual([error!.type, error!.object['code'], error!.object['reason'], rest.length], ['ERROR', 410, 'Expired', 0]);
    stop();
  });

  test('a client that does not read is cut, and its subscription released', async () => {
    let listener: (event: WatchEvent) => void = () => {};
    let released = 0;
    const { response, stop } = await open('', '*/*', (_target, _query, listen) => {
      listener = listen;
      return { dispose: () => { released += 1; } };
    });
    response.on('error', () => {});
    const large = event('x'.repeat(1024 * 1024));
    for (let i = 0; i < 64; i += 1) {
      listener(large);
      if (released) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(released, 1);
    stop();
  });
});

// One raw HTTPS request to the API under test, as whom the test says.
import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ApiFixture } from './apiFixture.ts';

/** An answer; `body` is parsed when it is one JSON document, `text` is uncompressed. */
export interface Answer { code: number; headers: Record<string, string | string[] | undefined>; text: string; body: { reason?: string; message?: string; kind?: string } & Record<string, unknown> }

/** `as` names a certificate of the fixture ('' for none; admin unless a token is given); `socket` goes over the Unix socket. */
export interface AskOptions { as?: string; token?: string; headers?: Record<string, string>; body?: string | Buffer; socket?: boolean }

export type AskArguments = [method: string, path: string, options?: AskOptions];

/** Asks and resolves with the whole answer. */
export function askApi(api: ApiFixture, ...[method, path, options = {}]: AskArguments): Promise<Answer> {
  const as = options.as ?? (options.token === undefined ? 'admin' : '');
  const certificate = as ? { cert: readFileSync(join(api.folder, `${as}.crt`)), key: readFileSync(join(api.folder, `${as}.key`)) } : {};
  const where = options.socket ? { socketPath: api.socket, servername: 'kubernetes' } : { host: '127.0.0.1', port: api.port };
  return new Promise((resolve, reject) => {
    // Node gives a DELETE's body no length by itself.
    const length = options.body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(options.body)) };
    const headers = { ...(options.token && { Authorization: `Bearer ${options.token}` }), ...length, ...options.headers };
    const request = httpsRequest({ method, path, ca: api.ca, ...certificate, agent: false, ...where, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = (response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
        resolve({ code: response.statusCode!, headers: response.headers, text, body: tryJson(text) });
      });
    });
    request.on('error', reject);
    request.end(options.body);
  });
}

function tryJson(text: string): Answer['body'] {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

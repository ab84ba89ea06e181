// The engine's control socket: plain HTTP over a Unix socket that only this host can reach.
import { request } from 'node:http';
import { ClusterError } from '../../errors.ts';

const TIMEOUT_MS = 30_000;

/** POSTs (or GETs, without a body) JSON and resolves with the JSON answer. Throws ClusterError `control-unreachable` or the code that the engine names. */
export function callControl<T>(socketPath: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const outgoing = request({
      socketPath, path, method: payload ? 'POST' : 'GET', timeout: TIMEOUT_MS, signal,
      headers: payload ? { 'content-type': 'application/json', 'content-length': payload.length } : {},
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const answer = text ? (JSON.parse(text) as { message?: string; code?: string }) : {};
        if ((response.statusCode ?? 500) < 400) resolve(answer as T);
        else reject(new ClusterError(answer.code ?? 'probe-failed', answer.message ?? `The engine answered ${response.statusCode}.`));
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', (error) => reject(new ClusterError('control-unreachable', `The cluster's engine does not answer: ${error.message}`, { cause: error })));
    outgoing.end(payload);
  });
}

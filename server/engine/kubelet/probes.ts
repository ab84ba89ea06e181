// One run of a probe: HTTP, TCP or a command, answering success or kubelet's words for the failure.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Container, ExecSession, Probe } from '../types/index.ts';

/** What a probe said. */
export type ProbeResult = { ok: true } | { ok: false; message: string };

/** How a probe reaches its container. `localAddress` is the source of connections. */
export interface ProbeTarget {
  address: string;
  container: Container;
  localAddress?: string;
  exec(command: string[]): Promise<ExecSession>;
}

const maxOutput = 10 * 1024;

/** The number behind a port or its name; undefined when the container has no port of that name. */
export function tryPort(container: Container, port: number | string): number | undefined {
  if (typeof port === 'number') return port;
  return container.ports?.find((candidate) => candidate.name === port)?.containerPort ?? (/^\d+$/.test(port) ? Number(port) : undefined);
}

/** Runs a probe or hook action once; never rejects. */
export async function runProbe(probe: Partial<Probe>, target: ProbeTarget): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return runExec(probe.exec.command ?? [], target, timeoutMs);
  const named = probe.httpGet?.port ?? probe.tcpSocket?.port ?? probe.grpc?.port;
  const port = named === undefined ? undefined : tryPort(target.container, named);
  if (port === undefined) return { ok: false, message: named === undefined ? 'missing probe handler' : `couldn't find port: ${named}` };
  if (probe.httpGet) return getHttp(probe.httpGet, probe.httpGet.host || target.address, port, target.localAddress, timeoutMs);
  return connectTcp(probe.tcpSocket?.host || target.address, port, target.localAddress, timeoutMs);
}

function dialMessage(error: NodeJS.ErrnoException, host: string, port: number): string {
  const words: Record<string, string> = { ECONNREFUSED: 'connection refused', EHOSTUNREACH: 'no route to host', ENETUNREACH: 'network is unreachable', ECONNRESET: 'connection reset by peer' };
  return `dial tcp ${host}:${port}: connect: ${words[error.code ?? ''] ?? error.message}`;
}

function connectTcp(host: string, port: number, localAddress: string | undefined, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, localAddress });
    const finish = (result: ProbeResult) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs, () => finish({ ok: false, message: `dial tcp ${host}:${port}: i/o timeout` }));
    socket.once('connect', () => finish({ ok: true }));
    socket.once('error', (error) => finish({ ok: false, message: dialMessage(error, host, port) }));
  });
}

/** As net/http: after this many redirects the last answer counts as a failure. */
const maxRedirects = 10;

/** Where a redirect leads when it stays on `host`; undefined when it leaves it, which upstream counts as an answer. */
function tryRedirect(from: string, location: string, host: string): Pick<NonNullable<Probe['httpGet']>, 'scheme' | 'path'> & { port: number } | undefined {
  const url = URL.parse(location, from);
  if (!url || url.hostname !== host) return undefined;
  const tls = url.protocol === 'https:';
  return { scheme: tls ? 'HTTPS' : 'HTTP', path: url.pathname + url.search, port: Number(url.port) || (tls ? 443 : 80) };
}

function getHttp(action: NonNullable<Probe['httpGet']>, host: string, port: number, localAddress: string | undefined, timeoutMs: number, redirects = 0): Promise<ProbeResult> {
  const started = performance.now();
  const tls = action.scheme === 'HTTPS';
  const path = action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`;
  const url = `${tls ? 'https' : 'http'}://${host}:${port}${path}`;
  const headers = { 'User-Agent': 'kube-probe/1.32', Accept: '*/*', Connection: 'close', ...Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value])) };
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const failed = (error: NodeJS.ErrnoException) => resolve({
      ok: false,
      message: signal.aborted ? `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
        : error.code?.startsWith('E') ? `Get "${url}": ${dialMessage(error, host, port)}` : `Get "${url}": ${error.message}`,
    });
    try {
      const request = (tls ? https : http).request({ host, port, path, localAddress, headers, agent: false, signal, ...(tls && { rejectUnauthorized: false }) }, (response) => {
        const status = response.statusCode ?? 0;
        response.destroy();
        const next = [301, 302, 303, 307, 308].includes(status) && response.headers.location !== undefined ? tryRedirect(url, response.headers.location, host) : undefined;
        if (next && redirects >= maxRedirects) return resolve({ ok: false, message: `Get "${response.headers.location}": stopped after ${maxRedirects} redirects` });
        if (next) return resolve(getHttp({ ...action, ...next }, host, next.port, localAddress, Math.max(1, Math.ceil(timeoutMs - (performance.now() - started))), redirects + 1));
        resolve(status >= 200 && status < 400 ? { ok: true } : { ok: false, message: `HTTP probe failed with statuscode: ${status}` });
      });
      request.on('error', failed);
      request.end();
    } catch (error) {
      failed(error as NodeJS.ErrnoException); // a header or path that HTTP does not allow
    }
  });
}

async function runExec(command: string[], target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  let session: ExecSession;
  try {
    session = await target.exec(command);
  } catch (error) {
    return { ok: false, message: `rpc error: code = Unknown desc = ${(error as Error).message}` };
  }
  let output = '';
  for (const stream of [session.stdout, session.stderr]) stream.on('data', (chunk: Buffer) => {
    if (output.length < maxOutput) output += chunk.toString('utf8');
  });
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    session.kill();
  }, timeoutMs);
  const { exitCode } = await session.done;
  clearTimeout(timer);
  if (expired) return { ok: false, message: `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s` };
  return exitCode === 0 ? { ok: true } : { ok: false, message: output.trim().slice(0, maxOutput) || `command "${command.join(' ')}" exited with ${exitCode}` };
}

// One connection tried and judged: open, refused, dropped, dns or error.
import { createSocket } from 'node:dgram';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import type { ControlProbeResult, ControlProbeTarget } from '../types/control.ts';
import { NameError } from './resolver.ts';
import type { Resolver } from './resolver.ts';

/** Bodies of HTTP answers are cut here. */
const maxBody = 16 * 1024;

type Finding = Omit<ControlProbeResult, 'id' | 'ms' | 'address'>;

/** Tries one target; never rejects. Name resolution counts towards `timeoutMs`. */
export async function probeTarget(target: ControlProbeTarget, resolver: Resolver): Promise<ControlProbeResult> {
  const started = performance.now();
  const deadline = started + target.timeoutMs;
  const finish = (finding: Finding, address?: string): ControlProbeResult =>
    ({ id: target.id, ...finding, ms: Math.round((performance.now() - started) * 10) / 10, ...(address === undefined ? {} : { address }) });
  let address: string;
  try {
    address = await resolver.resolveHost(target.host, target.timeoutMs);
  } catch (error) {
    return finish({ outcome: 'dns', detail: error instanceof NameError ? error.message : String(error) });
  }
  const left = Math.max(1, deadline - performance.now());
  return finish(await (target.protocol === 'udp' ? tryUdp(address, target.port, left) : tryTcp(address, target, left)), address);
}

/** Errors by which a connection was refused with an answer; everything else that answers is `error`. */
function judge(error: NodeJS.ErrnoException): Finding {
  if (error.code === 'ECONNREFUSED') return { outcome: 'refused' };
  if (error.code === 'ETIMEDOUT') return { outcome: 'dropped' };
  return { outcome: 'error', detail: sentences[error.code ?? ''] ?? error.message };
}

const sentences: Record<string, string> = {
  EHOSTUNREACH: 'No machine answers at this address.',
  ENETUNREACH: 'There is no route to this address.',
  ECONNRESET: 'The connection was reset.',
};

/** Calls `silent` after `ms`, but not before everything has been heard that had arrived by then: on a busy machine timers come first. */
function afterSilence(ms: number, silent: () => void): { cancel(): void } {
  let last: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => { last = setImmediate(silent); }, ms);
  return {
    cancel() {
      clearTimeout(timer);
      clearImmediate(last);
    },
  };
}

function tryTcp(address: string, target: ControlProbeTarget, timeoutMs: number): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port: target.port });
    const timer = afterSilence(timeoutMs, () => settle({ outcome: 'dropped' }));
    const settle = (finding: Finding) => {
      timer.cancel();
      socket.destroy();
      resolve(finding);
    };
    socket.once('error', (error) => settle(judge(error)));
    socket.once('connect', () => {
      if (!target.http) settle({ outcome: 'open' });
      else void get(socket, target).then(settle, (error: Error) => settle({ outcome: 'error', detail: `Connected, but no HTTP answer: ${error.message}.` }));
    });
  });
}

function get(socket: Socket, target: ControlProbeTarget): Promise<Finding> {
  // Most probes are done without it, and loading it takes a third of the program's start.
  const { request } = process.getBuiltinModule('node:http');
  return new Promise((resolve, reject) => {
    const host = target.http!.hostHeader ?? (target.port === 80 ? target.host : `${target.host}:${target.port}`);
    const outgoing = request({ createConnection: () => socket, path: target.http!.path, headers: { host, connection: 'close', 'user-agent': 'patchbay-prober' } });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = () => resolve({
        outcome: 'open',
        http: {
          status: response.statusCode!,
          headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value ?? ''])),
          body: Buffer.concat(chunks).toString('utf8'),
        },
      });
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk.subarray(0, maxBody - size));
        size += chunk.length;
        if (size >= maxBody) done();
      });
      response.once('end', done);
      response.once('error', reject);
    });
    outgoing.end();
  });
}

/** UDP: an answer is open, an ICMP refusal refused, silence dropped. */
function tryUdp(address: string, port: number, timeoutMs: number): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const timer = afterSilence(timeoutMs, () => settle({ outcome: 'dropped' }));
    let settled = false;
    const settle = (finding: Finding) => {
      if (settled) return;
      settled = true;
      timer.cancel();
      socket.close();
      resolve(finding);
    };
    socket.once('error', (error) => settle(judge(error)));
    socket.once('message', () => settle({ outcome: 'open' }));
    // Only a connected socket is told of a refusal.
    socket.connect(port, address, () => socket.send('patchbay\n'));
  });
}

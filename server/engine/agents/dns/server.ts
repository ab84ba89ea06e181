// The DNS server: UDP and TCP sockets around the zone, with truncation, EDNS sizes and limits on slow clients.
import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import * as packet from 'dns-packet';
import { DisposableStack, messageOf, toDisposable, type Disposable, type Logger } from '../../../base/index.ts';
import { resolveQuestion, type ZoneView } from './zone.ts';

const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
const plainUdpBytes = 512;
const largestUdpBytes = 1232;
const idleMs = 10_000;
const maxTcpClients = 64;

/** A server that answers; `ready` rejects when the address cannot be bound. */
export interface DnsServer extends Disposable { readonly ready: Promise<{ port: number }> }

/** A bare answer when nothing else can be said; undefined for packets that deserve silence. */
function tryRefuse(query: Buffer, rcode: number): Buffer | undefined {
  const isQuery = query.length >= 12 && (query[2]! & 0x80) === 0;
  return isQuery ? packet.encode({ type: 'response', id: query.readUInt16BE(0), flags: rcode }) : undefined;
}

/** The response to one query packet; undefined for what is no query (such packets are dropped). `limit` bytes lead to truncation. Never throws. */
export function tryAnswer(view: ZoneView, query: Buffer, limit: number | undefined): Buffer | undefined {
  try {
    return answer(view, query, limit);
  } catch {
    return tryRefuse(query, rcodes.SERVFAIL); // a name that cannot be written down again
  }
}

function answer(view: ZoneView, query: Buffer, limit: number | undefined): Buffer | undefined {
  let request: packet.DecodedPacket;
  try {
    request = packet.decode(query);
  } catch {
    return tryRefuse(query, rcodes.FORMERR);
  }
  if (request.type !== 'query') return undefined;
  const questions = request.questions ?? [];
  const edns = request.additionals?.find((record) => record.type === 'OPT') as { udpPayloadSize?: number } | undefined;
  const opt = edns ? [{ type: 'OPT', name: '.', udpPayloadSize: largestUdpBytes, flags: 0, options: [] } as unknown as packet.Answer] : [];
  const desired = (request.flags ?? 0) & packet.RECURSION_DESIRED;
  const base = { type: 'response' as const, id: request.id, questions };
  const standard = (((request.flags ?? 0) >> 11) & 0xf) === 0;
  if (questions.length !== 1 || !standard) {
    return packet.encode({ ...base, flags: desired | (standard ? rcodes.FORMERR : rcodes.NOTIMP), additionals: opt });
  }
  const [question] = questions;
  const name = question!.name.replace(/\.$/, '');
  const { rcode, authoritative, answers, authority, additional } = resolveQuestion(view, name, question!.type);
  const flags = desired | rcodes[rcode] | (authoritative ? packet.AUTHORITATIVE_ANSWER : 0);
  const asAnswers = (records: unknown[]) => records as packet.Answer[];
  const full = packet.encode({ ...base, flags, answers: asAnswers(answers), authorities: asAnswers(authority), additionals: [...asAnswers(additional), ...opt] });
  const allowed = limit === undefined ? Infinity : Math.max(plainUdpBytes, Math.min(edns?.udpPayloadSize ?? plainUdpBytes, limit));
  if (full.length <= allowed) return full;
  const withoutGlue = packet.encode({ ...base, flags, answers: asAnswers(answers), authorities: asAnswers(authority), additionals: opt });
  return withoutGlue.length <= allowed ? withoutGlue : packet.encode({ ...base, flags: flags | packet.TRUNCATED_RESPONSE, additionals: opt });
}

function serveStream(view: ZoneView, socket: Socket): void {
  let buffered = Buffer.alloc(0);
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
      const length = buffered.readUInt16BE(0);
      const response = tryAnswer(view, buffered.subarray(2, 2 + length), undefined);
      buffered = buffered.subarray(2 + length);
      if (!response) return void socket.destroy();
      const header = Buffer.alloc(2);
      header.writeUInt16BE(response.length);
      socket.write(Buffer.concat([header, response]));
    }
  });
}

/** Listens on UDP and TCP of `address` and `port` (0 takes any free one, the same for both). */
export function startDnsServer(view: ZoneView, listen: { address: string; port: number }, logger: Logger): DnsServer {
  const owned = new DisposableStack();
  const tcp = createServer((socket) => serveStream(view, socket));
  tcp.maxConnections = maxTcpClients;
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    const response = tryAnswer(view, query, largestUdpBytes);
    if (response) udp.send(response, from.port, from.address, (error) => {
      if (error) logger.debug({ error: messageOf(error) }, 'a DNS answer was not sent');
    });
  });
  owned.add(toDisposable(() => tcp.close()));
  owned.add(toDisposable(() => udp.close()));

  async function bind(): Promise<{ port: number }> {
    await new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(listen.port, listen.address, resolve));
    const { port } = tcp.address() as { port: number };
    await new Promise<void>((resolve, reject) => udp.once('error', reject).bind(port, listen.address, resolve));
    for (const one of [tcp, udp]) one.removeAllListeners('error').on('error', (error) => logger.warn({ error: messageOf(error) }, 'a DNS socket failed'));
    return { port };
  }
  return { ready: bind(), dispose: () => owned.dispose() } satisfies DnsServer;
}

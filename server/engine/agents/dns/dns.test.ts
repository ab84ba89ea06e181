// DNS answers by example, and a real server on loopback over UDP and TCP.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import * as packet from 'dns-packet';
import { silentLogger } from '../../../base/index.ts';
import type { EndpointSlice, Service } from '../../types/index.ts';
import { startDnsServer, tryAnswer } from './server.ts';
import { resolveQuestion, type ZoneView } from './zone.ts';

const service = (name: string, spec: Service['spec']): Service => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec });
const many = Array.from({ length: 90 }, (_, i) => ({ addresses: [`10.244.3.${i + 1}`], conditions: { ready: true } }));
const slice = (name: string, endpoints: EndpointSlice['endpoints'], ports: EndpointSlice['ports'] = [{ name: 'http', port: 8080, protocol: 'TCP' }]): EndpointSlice =>
  ({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name, namespace: 'default' }, addressType: 'IPv4', endpoints, ports });

const services = new Map([
  ['kubernetes', service('kubernetes', { type: 'ClusterIP', clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }] })],
  ['db', service('db', { clusterIP: 'None', selector: { app: 'db' }, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] })],
  ['empty', service('empty', { clusterIP: 'None', selector: { app: 'none' } })],
  ['alias', service('alias', { type: 'ExternalName', externalName: 'kubernetes.default.svc.cluster.local' })],
  ['away', service('away', { type: 'ExternalName', externalName: 'www.elsewhere.test' })],
  ['out', service('out', { type: 'ExternalName', externalName: 'outside.example' })],
  ['many', service('many', { clusterIP: 'None' })],
  ['loop', service('loop', { type: 'ExternalName', externalName: 'pool.default.svc.cluster.local' })],
  ['pool', service('pool', { type: 'ExternalName', externalName: 'loop.default.svc.cluster.local' })],
]);
const slices = new Map([
  ['db', [slice('db-1', [
    { addresses: ['10.244.1.5'], hostname: 'db-0', conditions: { ready: true } }, { addresses: ['10.244.2.6'], conditions: { ready: true } },
    { addresses: ['10.244.2.7'], conditions: { ready: false } },
  ])]],
  ['many', [slice('many-1', many)]],
]);
const view: ZoneView = {
  clusterDomain: 'cluster.local',
  service: (namespace, name) => (namespace === 'default' ? services.get(name) : undefined),
  slices: (_namespace, name) => slices.get(name) ?? [],
  hasNamespace: (name) => name === 'default',
  serviceAt: (address) => [...services.values()].find(({ spec }) => spec.clusterIP === address),
  servicesOf: (address) => [...slices].filter(([, list]) => list.some(({ endpoints }) => endpoints.some(({ addresses }) => addresses.includes(address)))).map(([name]) => `default/${name}`),
  outside: { 'outside.example': '203.0.113.10' },
};
const ask = (name: string, type = 'A') => {
  const { rcode, answers, authority } = resolveQuestion(view, name, type);
  return { rcode, data: answers.map(({ type: kind, data }) => `${kind} ${typeof data === 'string' ? data : JSON.stringify(data)}`), soa: authority[0]?.type === 'SOA' };
};
const inside = (name: string) => `${name}.default.svc.cluster.local`;

describe('the zone', () => {
  test('a ClusterIP Service has its address, in any case of letters', () => {
    assert.deepEqual(ask('KUBERNETES.default.svc.cluster.local').data, ['A 10.96.0.1']);
    assert.equal(resolveQuestion(view, 'KUBERNETES.default.svc.cluster.local', 'A').answers[0]?.name, 'KUBERNETES.default.svc.cluster.local');
  });
  test('other types of a name that exists are empty, not absent', () => {
    assert.deepEqual(ask(inside('kubernetes'), 'AAAA'), { rcode: 'NOERROR', data: [], soa: true });
    assert.deepEqual(ask('default.svc.cluster.local'), { rcode: 'NOERROR', data: [], soa: true });
    assert.deepEqual(ask('cluster.local'), { rcode: 'NOERROR', data: [], soa: true });
  });
  test('absent Services, namespaces and kinds are NXDOMAIN with the SOA', () => {
    for (const name of [inside('nope'), 'web.nowhere.svc.cluster.local', 'nowhere.svc.cluster.local', 'x.cluster.local', inside('a.b.c.kubernetes'), inside('empty')]) {
      assert.deepEqual(ask(name), { rcode: 'NXDOMAIN', data: [], soa: true }, name);
    }
  });
  test('a headless Service has its ready pods, each with a name of its own', () => {
    assert.deepEqual(ask(inside('db')).data, ['A 10.244.1.5', 'A 10.244.2.6']);
    assert.deepEqual(ask(inside('db-0.db')).data, ['A 10.244.1.5']);
    assert.deepEqual(ask(inside('10-244-2-6.db')).data, ['A 10.244.2.6']);
    assert.equal(ask(inside('10-244-2-7.db')).rcode, 'NXDOMAIN');
  });
  test('SRV names ports and targets, with glue', () => {
    assert.deepEqual(ask(inside('_https._tcp.kubernetes'), 'SRV').data, ['SRV {"priority":0,"weight":100,"port":443,"target":"kubernetes.default.svc.cluster.local"}']);
    const headless = resolveQuestion(view, inside('_http._tcp.db'), 'SRV');
    assert.deepEqual(headless.answers.map(({ data }) => (data as { target: string; port: number }).target), [inside('db-0.db'), inside('10-244-2-6.db')]);
    assert.deepEqual(headless.additional.map(({ data }) => data), ['10.244.1.5', '10.244.2.6']);
    assert.equal(ask(inside('_nope._tcp.db'), 'SRV').rcode, 'NXDOMAIN');
  });
  test('an ExternalName is followed as far as names are ours, and loops end', () => {
    assert.deepEqual(ask(inside('alias')).data, ['CNAME kubernetes.default.svc.cluster.local', 'A 10.96.0.1']);
    assert.deepEqual(ask(inside('out')).data, ['CNAME outside.example', 'A 203.0.113.10']);
    assert.deepEqual(ask(inside('away')), { rcode: 'NOERROR', data: ['CNAME www.elsewhere.test'], soa: false });
    const loop = ask(inside('loop'));
    assert.ok(loop.data.length > 0 && loop.data.length < 20, String(loop.data.length));
  });
  test('addresses lead back to Services and to pods with host names', () => {
    assert.deepEqual(ask('1.0.96.10.in-addr.arpa', 'PTR').data, [`PTR ${inside('kubernetes')}`]);
    assert.deepEqual(ask('5.1.244.10.in-addr.arpa', 'PTR').data, [`PTR ${inside('db-0.db')}`]);
    assert.equal(ask('6.2.244.10.in-addr.arpa', 'PTR').rcode, 'NXDOMAIN');
  });
  test('pods have names made of their addresses; the schema has a version', () => {
    assert.deepEqual(ask('10-244-1-5.default.pod.cluster.local').data, ['A 10.244.1.5']);
    assert.equal(ask('10-244-1-5.nowhere.pod.cluster.local').rcode, 'NXDOMAIN');
    assert.deepEqual(ask('dns-version.cluster.local', 'TXT').data, ['TXT 1.1.0']);
  });
  test('names beyond the cluster are refused, but those given', () => {
    assert.deepEqual(ask('www.elsewhere.test'), { rcode: 'REFUSED', data: [], soa: false });
    assert.deepEqual(ask('outside.example').data, ['A 203.0.113.10']);
    assert.deepEqual(ask('outside.example', 'AAAA'), { rcode: 'NOERROR', data: [], soa: false });
  });
});

const query = (name: string, extra: Partial<packet.Packet> = {}) => packet.encode({ type: 'query', id: 7, flags: packet.RECURSION_DESIRED, questions: [{ type: 'A', name, class: 'IN' }], ...extra });

describe('packets', () => {
  test('too long an answer is truncated over UDP, and whole over TCP', () => {
    const short = packet.decode(tryAnswer(view, query(inside('many')), 1232)!);
    assert.equal(short.flag_tc, true);
    assert.equal(short.answers?.length, 0);
    const whole = packet.decode(tryAnswer(view, query(inside('many')), undefined)!);
    assert.equal(whole.answers?.length, 90);
    assert.equal(whole.flag_tc, false);
  });
  test('garbage is answered with FORMERR or silence, never a crash', () => {
    assert.equal(tryAnswer(view, Buffer.from('x'), 512), undefined);
    const broken = Buffer.concat([query('a.test').subarray(0, 14), Buffer.from([0xff])]);
    assert.equal((packet.decode(tryAnswer(view, broken, 512)!).flags ?? 0) & 0xf, 1);
    assert.equal(tryAnswer(view, packet.encode({ type: 'response', id: 1 }), 512), undefined);
  });
});

test('no packet, however broken, makes the server throw', () => {
  const whole = query(inside('_http._tcp.db'), { additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, options: [] } as unknown as packet.Answer] });
  let state = 42;
  const roll = (sides: number) => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * sides);
  let answered = 0;
  for (let i = 0; i < 5_000; i += 1) {
    const broken = Buffer.from(whole.subarray(0, roll(4) === 0 ? roll(whole.length) : whole.length));
    for (let j = roll(4); j > 0 && broken.length > 0; j -= 1) broken[roll(broken.length)] = roll(256);
    if (tryAnswer(view, broken, 1232)) answered += 1;
  }
  assert.ok(answered > 1_000, String(answered));
});

test('a server answers over UDP and TCP', async () => {
  const server = startDnsServer(view, { address: '127.0.0.1', port: 0 }, silentLogger);
  try {
    const { port } = await server.ready;
    const udp = createSocket('udp4');
    const datagram = new Promise<Buffer>((resolve) => udp.once('message', resolve));
    udp.send(query(inside('kubernetes')), port, '127.0.0.1');
    const answer = packet.decode(await datagram);
    udp.close();
    assert.equal(answer.id, 7);
    assert.equal(answer.flag_aa, true);
    assert.equal(answer.flag_ra, false);
    assert.deepEqual(answer.answers?.map((one) => (one as { data: string }).data), ['10.96.0.1']);

    const socket = connect(port, '127.0.0.1');
    const answers: string[] = [];
    let buffered = Buffer.alloc(0);
    const done = new Promise<void>((resolve, reject) => socket.on('error', reject).on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
        const end = 2 + buffered.readUInt16BE(0);
        answers.push(String(packet.decode(buffered.subarray(2, end)).answers?.length));
        buffered = buffered.subarray(end);
      }
      if (answers.length === 2) resolve();
    }));
    const both = Buffer.concat([packet.streamEncode({ type: 'query', id: 1, questions: [{ type: 'A', name: inside('many') }] }), packet.streamEncode({ type: 'query', id: 2, questions: [{ type: 'A', name: inside('db') }] })]);
    socket.write(both.subarray(0, 5));
    socket.write(both.subarray(5));
    await done;
    socket.destroy();
    assert.deepEqual(answers, ['90', '2']);
  } finally {
    server.dispose();
  }
});

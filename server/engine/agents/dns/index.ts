// Cluster DNS over live Services, slices and namespaces.
import { DisposableStack, type Logger } from '../../../base/index.ts';
import { resources, type Client } from '../../types/index.ts';
import type { SliceIndex } from '../sliceIndex.ts';
import { startDnsServer, type DnsServer } from './server.ts';

/** `outside` gives names beyond the cluster their addresses (lower case, no final dot). */
export interface DnsOptions {
  client: Client;
  slices: SliceIndex;
  clusterDomain: string;
  listen: { address: string; port: number };
  outside: Readonly<Record<string, string>>;
  logger: Logger;
}

/** Starts the server; answers follow the informers from one packet to the next. */
export function startDns({ client, slices, clusterDomain, listen, outside, logger }: DnsOptions): DnsServer {
  const owned = new DisposableStack();
  const services = client.informer(resources.services);
  const namespaces = client.informer(resources.namespaces);
  const byAddress = new Map<string, string>();
  const forget = (address: string | undefined, key: string) => {
    if (address !== undefined && byAddress.get(address) === key) byAddress.delete(address);
  };
  const keyOf = ({ metadata }: { metadata: { namespace?: string; name: string } }) => `${metadata.namespace}/${metadata.name}`;
  owned.add(services.onEvent((event) => {
    const before = event.type === 'modified' ? event.previous : event.object;
    forget(before.spec.clusterIP, keyOf(before));
    if (event.type !== 'deleted' && event.object.spec.clusterIP) byAddress.set(event.object.spec.clusterIP, keyOf(event.object));
  }));
  for (const service of services.list()) if (service.spec.clusterIP) byAddress.set(service.spec.clusterIP, keyOf(service));

  const server = startDnsServer({
    clusterDomain,
    service: (namespace, name) => services.get({ namespace, name }),
    slices: (namespace, name) => slices.ofService(`${namespace}/${name}`),
    hasNamespace: (name) => namespaces.get({ name }) !== undefined,
    serviceAt(address) {
      const [namespace, name] = (byAddress.get(address) ?? '/').split('/') as [string, string];
      return address === 'None' ? undefined : services.get({ namespace, name });
    },
    servicesOf: (address) => slices.servicesOf(address),
    outside,
  }, listen, logger);
  owned.add(server);
  return { ready: server.ready, dispose: () => owned.dispose() } satisfies DnsServer;
}

// EndpointSlices by the Service they belong to and by the addresses in them, kept live.
import type { Disposable } from '../../base/index.ts';
import { resources, type Client, type EndpointSlice } from '../types/index.ts';

const serviceLabel = 'kubernetes.io/service-name';

/** Lookups by `NAMESPACE/SERVICE` and by address; answers are live and in order of slice names. */
export interface SliceIndex extends Disposable {
  ofService(key: string): EndpointSlice[];
  /** Keys of Services with an endpoint of this address. */
  servicesOf(address: string): string[];
}

function serviceKey({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[serviceLabel];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
}

/** Starts following; `onChange` is told the Service of every slice that changes. */
export function startSliceIndex(client: Client, onChange: (service: string) => void = () => {}): SliceIndex {
  const informer = client.informer(resources.endpointSlices);
  const services = new Map<string, Map<string, EndpointSlice>>();
  const addresses = new Map<string, Map<string, number>>();

  function count(slice: EndpointSlice, key: string, by: 1 | -1): void {
    for (const address of (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses)) {
      const counts = addresses.get(address) ?? new Map<string, number>();
      const left = (counts.get(key) ?? 0) + by;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
      if (counts.size > 0) addresses.set(address, counts);
      else addresses.delete(address);
    }
  }
  function put(slice: EndpointSlice): void {
    const key = serviceKey(slice);
    if (key === undefined) return;
    services.set(key, (services.get(key) ?? new Map<string, EndpointSlice>()).set(slice.metadata.name, slice));
    count(slice, key, 1);
  }
  function drop(slice: EndpointSlice): void {
    const key = serviceKey(slice);
    if (key === undefined || !services.get(key)?.delete(slice.metadata.name)) return;
    if (services.get(key)?.size === 0) services.delete(key);
    count(slice, key, -1);
  }

  const watching = informer.onEvent((event) => {
    const previous = event.type === 'modified' ? event.previous : event.object;
    drop(previous);
    if (event.type !== 'deleted') put(event.object);
    for (const key of new Set([serviceKey(previous), serviceKey(event.object)])) if (key !== undefined) onChange(key);
  });
  for (const slice of informer.list()) put(slice);
  return {
    ofService: (key) => [...(services.get(key)?.values() ?? [])].toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
    servicesOf: (address) => [...(addresses.get(address)?.keys() ?? [])],
    dispose: () => watching.dispose(),
  } satisfies SliceIndex;
}

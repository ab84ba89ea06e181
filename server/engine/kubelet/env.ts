// Environment variables of a container: service variables, envFrom, env with references and $(VAR) expansion.
import type { ConfigMap, Container, EnvVar, Pod, Secret, Service } from '../types/index.ts';
import { PodConfigError } from './errors.ts';
import { tryParseQuantity } from './quantity.ts';

/** What references are resolved from. */
export interface EnvSources {
  pod: Pod;
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
  podIP: string;
  hostIP: string;
  /** The node's allocatable resources, which stand in for limits that are not set. */
  allocatable: Record<string, string>;
}

/** Replaces $(NAME) by a known value; unknown ones stay, and $$ is one dollar sign (upstream's third_party/forked/golang/expansion). */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, next: string, name: string | undefined) => (next === '$' ? '$' : values.get(name!) ?? whole));
}

/** Docker-link style variables for the Services that exist when a container starts: those of its namespace, and default/kubernetes. */
export function planServiceEnv(services: readonly Service[], namespace: string, links: boolean): Map<string, string> {
  const env = new Map<string, string>();
  const shown = services.filter((service) => {
    const ip = service.spec.clusterIP;
    if (!ip || ip === 'None') return false;
    const { namespace: of, name } = service.metadata;
    return (links && of === namespace) || (of === 'default' && name === 'kubernetes');
  }).sort((a, b) => (a.metadata.namespace === namespace ? 1 : 0) - (b.metadata.namespace === namespace ? 1 : 0));
  for (const { metadata, spec } of shown) {
    const prefix = metadata.name.toUpperCase().replaceAll('-', '_');
    const ip = spec.clusterIP!;
    const [first] = spec.ports ?? [];
    if (!first) continue;
    env.set(`${prefix}_SERVICE_HOST`, ip);
    env.set(`${prefix}_SERVICE_PORT`, String(first.port));
    for (const port of spec.ports!) if (port.name) env.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`, String(port.port));
    env.set(`${prefix}_PORT`, `${(first.protocol ?? 'TCP').toLowerCase()}://${ip}:${first.port}`);
    for (const port of spec.ports!) {
      const protocol = port.protocol ?? 'TCP';
      const name = `${prefix}_PORT_${port.port}_${protocol}`;
      env.set(name, `${protocol.toLowerCase()}://${ip}:${port.port}`);
      env.set(`${name}_PROTO`, protocol.toLowerCase());
      env.set(`${name}_PORT`, String(port.port));
      env.set(`${name}_ADDR`, ip);
    }
  }
  return env;
}

/** A field of the pod as the downward API gives it; throws PodConfigError for an unknown path. */
export function readField(path: string, sources: Pick<EnvSources, 'pod' | 'podIP' | 'hostIP'>): string {
  const { metadata, spec } = sources.pod;
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2]!] ?? '';
  const all = (values: Record<string, string> | undefined) => Object.entries(values ?? {}).sort().map(([key, value]) => `${key}=${JSON.stringify(value)}`).join('\n');
  const fields: Record<string, () => string> = {
    'metadata.name': () => metadata.name,
    'metadata.namespace': () => metadata.namespace ?? '',
    'metadata.uid': () => metadata.uid ?? '',
    'metadata.labels': () => all(metadata.labels),
    'metadata.annotations': () => all(metadata.annotations),
    'spec.nodeName': () => spec.nodeName ?? '',
    'spec.serviceAccountName': () => spec.serviceAccountName ?? 'default',
    'status.hostIP': () => sources.hostIP,
    'status.hostIPs': () => sources.hostIP,
    'status.podIP': () => sources.podIP,
    'status.podIPs': () => sources.podIP,
  };
  const read = fields[path];
  if (!read) throw new PodConfigError('CreateContainerConfigError', `unsupported fieldPath: ${path}`);
  return read();
}

/** A container's request or limit in units of the divisor, rounded up; throws PodConfigError for an unknown resource. */
export function readResource(container: Container, resource: string, divisor: string | undefined, allocatable: Record<string, string>): string {
  const [kind, ...rest] = resource.split('.');
  const name = rest.join('.');
  const values = kind === 'limits' ? container.resources?.limits : kind === 'requests' ? container.resources?.requests : undefined;
  const text = values?.[name] ?? (kind === 'limits' ? allocatable[name] : kind === 'requests' ? '0' : undefined);
  const amount = text === undefined ? undefined : tryParseQuantity(text);
  if (amount === undefined) throw new PodConfigError('CreateContainerConfigError', `unsupported container resource : ${resource}`);
  const unit = divisor && divisor !== '0' ? tryParseQuantity(divisor) ?? 1 : 1;
  return String(Math.ceil(amount / unit));
}

/** All variables of a container in order, without the image's own; throws PodConfigError with kubelet's words for what is missing. */
export function planEnv(container: Container, sources: EnvSources, serviceEnv: ReadonlyMap<string, string>): Map<string, string> {
  const env = new Map<string, string>();
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const data = configMapRef ? sources.configMap(configMapRef.name)?.data : secretRef ? secretText(sources.secret(secretRef.name)) : {};
    const source = configMapRef ?? secretRef;
    if (!data && configMapRef && sources.configMap(configMapRef.name)) continue;
    if (!data && !source?.optional) throw new PodConfigError('CreateContainerConfigError', `${configMapRef ? 'configmap' : 'secret'} "${source?.name}" not found`);
    for (const [key, value] of Object.entries(data ?? {})) env.set(prefix + key, value);
  }
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom ? readReference(variable, container, sources) : expand(variable.value ?? '', new Map([...serviceEnv, ...env]));
    if (value !== undefined) env.set(variable.name, value);
  }
  for (const [name, value] of serviceEnv) if (!env.has(name)) env.set(name, value);
  return env;
}

function readReference(variable: EnvVar, container: Container, sources: EnvSources): string | undefined {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = variable.valueFrom!;
  if (fieldRef) return readField(fieldRef.fieldPath, sources);
  if (resourceFieldRef) return readResource(container, resourceFieldRef.resource, resourceFieldRef.divisor, sources.allocatable);
  const ref = configMapKeyRef ?? secretKeyRef;
  if (!ref) return undefined;
  const kind = configMapKeyRef ? 'ConfigMap' : 'Secret';
  const object = configMapKeyRef ? sources.configMap(ref.name) : sources.secret(ref.name);
  if (!object) {
    if (ref.optional) return undefined;
    throw new PodConfigError('CreateContainerConfigError', `${kind.toLowerCase()} "${ref.name}" not found`);
  }
  const value = configMapKeyRef ? (object as ConfigMap).data?.[ref.key] : secretText(object as Secret)?.[ref.key];
  if (value === undefined && !ref.optional) throw new PodConfigError('CreateContainerConfigError', `couldn't find key ${ref.key} in ${kind} ${sources.pod.metadata.namespace}/${ref.name}`);
  return value;
}

function secretText(secret: Secret | undefined): Record<string, string> | undefined {
  if (!secret) return undefined;
  return Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

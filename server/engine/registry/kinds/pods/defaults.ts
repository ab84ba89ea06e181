// What a pod gets that its author left out (upstream pkg/apis/core/v1/defaults.go).
import type { Container, Pod, PodSpec, Probe, Toleration, Volume } from '../../../types/index.ts';

const volumeSources = (volume: Volume): string[] => Object.keys(volume).filter((key) => key !== 'name');

/** Defaults of any pod spec, templates included. */
export function defaultPodSpec(spec: PodSpec): void {
  spec.containers ??= [];
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.schedulerName ??= 'default-scheduler';
  const aliases = spec as PodSpec & { serviceAccount?: string };
  spec.serviceAccountName ??= aliases.serviceAccount;
  if (spec.serviceAccountName) aliases.serviceAccount = spec.serviceAccountName;
  else delete spec.serviceAccountName;
  for (const container of [...spec.containers ?? [], ...spec.initContainers ?? [], ...spec.ephemeralContainers ?? []]) defaultContainer(container);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
}

/** Defaults of one container. */
export function defaultContainer(container: Container): void {
  const tag = /(?::([^/:@]+))?(@.*)?$/.exec(container.image ?? '');
  container.imagePullPolicy ??= tag?.[2] || (tag?.[1] && tag[1] !== 'latest') ? 'IfNotPresent' : 'Always';
  container.resources ??= {};
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  for (const probe of [container.readinessProbe, container.livenessProbe, container.startupProbe]) if (probe) defaultProbe(probe);
  for (const hook of [container.lifecycle?.postStart, container.lifecycle?.preStop]) if (hook?.httpGet) defaultHttpGet(hook.httpGet);
  for (const variable of container.env ?? []) if (variable.valueFrom?.fieldRef) variable.valueFrom.fieldRef.apiVersion ??= 'v1';
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  if (probe.httpGet) defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
}

function defaultHttpGet(get: NonNullable<Probe['httpGet']>): void {
  get.path ||= '/';
  get.scheme ??= 'HTTP';
}

function defaultVolume(volume: Volume): void {
  if (volumeSources(volume).length === 0) volume.emptyDir = {};
  for (const source of [volume.configMap, volume.secret, volume.downwardAPI, volume.projected]) if (source) source.defaultMode ??= 0o644;
  if (volume.hostPath) volume.hostPath.type ??= '';
  for (const source of volume.projected?.sources ?? []) {
    const token = source.serviceAccountToken as { expirationSeconds?: number } | undefined;
    if (token) token.expirationSeconds ??= 3600;
    const api = source.downwardAPI as { items?: { fieldRef?: { apiVersion?: string } }[] } | undefined;
    for (const item of api?.items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ??= 'v1';
  }
  for (const item of volume.downwardAPI?.items ?? []) if (item.fieldRef) (item.fieldRef as { apiVersion?: string }).apiVersion ??= 'v1';
}

/** Defaults that only pods get, not templates. */
export function defaultPod(spec: PodSpec): void {
  spec.enableServiceLinks ??= true;
  for (const container of [...spec.containers ?? [], ...spec.initContainers ?? []]) {
    const { limits, requests } = container.resources ?? {};
    if (limits) container.resources = { limits, requests: { ...limits, ...requests } };
    if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
}

/** What upstream's admission plugins add to a new pod: service account, priority, tolerations of failing nodes. */
export function admitPod(spec: PodSpec): void {
  const plain = spec as PodSpec & { serviceAccount?: string; priority?: number; preemptionPolicy?: string };
  spec.serviceAccountName ??= 'default';
  plain.serviceAccount = spec.serviceAccountName;
  plain.priority ??= 0;
  plain.preemptionPolicy ??= 'PreemptLowerPriority';
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = (spec.tolerations ?? []).some((toleration) => (!toleration.key || toleration.key === key) && (!toleration.effect || toleration.effect === 'NoExecute'));
    if (!tolerated) spec.tolerations = [...spec.tolerations ?? [], { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 } satisfies Toleration];
  }
}

/** The quality of service class by cpu and memory. */
export function qosClassOf({ spec }: Pod): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const containers = [...spec.containers ?? [], ...spec.initContainers ?? []];
  const counted = (list: Record<string, string> | undefined): [string, string][] => Object.entries(list ?? {}).filter(([name, value]) => (name === 'cpu' || name === 'memory') && value !== '0');
  if (containers.every(({ resources }) => counted(resources?.requests).length === 0 && counted(resources?.limits).length === 0)) return 'BestEffort';
  const guaranteed = containers.every(({ resources }) => {
    const limits = counted(resources?.limits);
    return limits.length === 2 && limits.every(([name, value]) => (resources?.requests?.[name] ?? value) === value);
  });
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

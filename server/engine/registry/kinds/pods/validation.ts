// What makes a pod invalid, and what of it may change (upstream pkg/apis/core/validation).
import { isIP } from 'node:net';
import type { Container, Pod, PodSpec, Probe } from '../../../types/index.ts';
import { duplicate, fieldNotFound, forbiddenField, invalidValue, oneOf, repeated, required } from '../../fieldErrors.ts';
import type { FieldError } from '../../fieldErrors.ts';
import { copyJson, sameJson } from '../../json.ts';
import { checkLabels, checkName, dnsLabel, dnsSubdomain, portName } from '../../names.ts';
import { tryQuantity } from '../../quantity.ts';

const portRange = 'must be between 1 and 65535, inclusive';
const isPort = (port: number): boolean => port >= 1 && port <= 65535;

/** Problems of a pod spec at `path` (`spec`, or `spec.template.spec`). */
export function validatePodSpec(spec: PodSpec | undefined, path: string): FieldError[] {
  if (!spec) return [required(`${path}.containers`)];
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const containers = spec.containers ?? [], init = spec.initContainers ?? [];
  return [
    ...(spec.volumes ?? []).flatMap((volume, at) => [
      ...checkName(`${path}.volumes[${at}].name`, volume.name, dnsLabel),
      ...(Object.keys(volume).length > 2 ? [forbiddenField(`${path}.volumes[${at}].${Object.keys(volume).filter((key) => key !== 'name')[1]}`, 'may not specify more than 1 volume type')] : []),
      ...(volume.configMap && !volume.configMap.name ? [required(`${path}.volumes[${at}].configMap.name`)] : []),
      ...(volume.secret && !volume.secret.secretName ? [required(`${path}.volumes[${at}].secret.secretName`)] : []),
      ...(volume.hostPath && !volume.hostPath.path ? [required(`${path}.volumes[${at}].hostPath.path`)] : []),
    ]),
    ...repeated(spec.volumes ?? [], (at) => `${path}.volumes[${at}].name`, (volume) => volume.name),
    ...(containers.length === 0 ? [required(`${path}.containers`)] : []),
    ...containers.flatMap((container, at) => validateContainer(container, `${path}.containers[${at}]`, volumes, spec)),
    ...init.flatMap((container, at) => validateContainer(container, `${path}.initContainers[${at}]`, volumes, spec)),
    ...repeated([...containers], (at) => `${path}.containers[${at}].name`, (container) => container.name),
    ...init.flatMap((container, at) => ([...containers, ...init.slice(0, at)].some((other) => other.name === container.name) ? [duplicate(`${path}.initContainers[${at}].name`, container.name)] : [])),
    ...oneOf(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...(spec.dnsPolicy === 'None' && !spec.dnsConfig?.nameservers?.length ? [required(`${path}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')] : []),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((server, at) => (isIP(server) ? [] : [invalidValue(`${path}.dnsConfig.nameservers[${at}]`, server, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')])),
    ...checkLabels(`${path}.nodeSelector`, spec.nodeSelector),
    ...(spec.hostname ? checkName(`${path}.hostname`, spec.hostname, dnsLabel) : []),
    ...(spec.subdomain ? checkName(`${path}.subdomain`, spec.subdomain, dnsLabel) : []),
    ...(spec.serviceAccountName ? checkName(`${path}.serviceAccountName`, spec.serviceAccountName, dnsSubdomain) : []),
    ...(spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds < 1 ? [invalidValue(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 'must be between 1 and 2147483647, inclusive')] : []),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, at) => (isIP(ip) ? [] : [invalidValue(`${path}.hostAliases[${at}].ip`, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')])),
    ...(spec.tolerations ?? []).flatMap((toleration, at) => [
      ...oneOf(`${path}.tolerations[${at}].operator`, toleration.operator, ['Equal', 'Exists']),
      ...oneOf(`${path}.tolerations[${at}].effect`, toleration.effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
      ...(toleration.operator === 'Exists' && toleration.value ? [invalidValue(`${path}.tolerations[${at}].operator`, toleration, 'value must be empty when `operator` is \'Exists\'')] : []),
    ]),
  ];
}

function validateContainer(container: Container, path: string, volumes: ReadonlySet<string>, spec: PodSpec): FieldError[] {
  const ports = container.ports ?? [];
  return [
    ...checkName(`${path}.name`, container.name, dnsLabel),
    ...(container.image ? (container.image.trim() === container.image ? [] : [invalidValue(`${path}.image`, container.image, 'must not have leading or trailing whitespace')]) : [required(`${path}.image`)]),
    ...oneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...oneOf(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError']),
    ...ports.flatMap((port, at) => [
      ...(port.name ? checkName(`${path}.ports[${at}].name`, port.name, portName) : []),
      ...(port.containerPort === undefined ? [required(`${path}.ports[${at}].containerPort`)] : isPort(port.containerPort) ? [] : [invalidValue(`${path}.ports[${at}].containerPort`, port.containerPort, portRange)]),
      ...(port.hostPort === undefined || isPort(port.hostPort) ? [] : [invalidValue(`${path}.ports[${at}].hostPort`, port.hostPort, portRange)]),
      ...(spec.hostNetwork && port.hostPort !== undefined && port.hostPort !== port.containerPort ? [invalidValue(`${path}.ports[${at}].containerPort`, port.containerPort, 'must match `hostPort` when `hostNetwork` is true')] : []),
      ...oneOf(`${path}.ports[${at}].protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
    ]),
    ...repeated(ports.filter((port) => port.name), (at) => `${path}.ports[${at}].name`, (port) => port.name),
    ...(container.env ?? []).flatMap((variable, at) => [
      ...(variable.name ? [] : [required(`${path}.env[${at}].name`)]),
      ...(variable.name?.includes('=') ? [invalidValue(`${path}.env[${at}].name`, variable.name, 'a valid environment variable name must not contain "="')] : []),
      ...(variable.value && variable.valueFrom ? [invalidValue(`${path}.env[${at}].valueFrom`, '', 'may not be specified when `value` is not empty')] : []),
      ...(variable.valueFrom && Object.keys(variable.valueFrom).length !== 1 ? [invalidValue(`${path}.env[${at}].valueFrom`, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`')] : []),
    ]),
    ...(container.volumeMounts ?? []).flatMap((mount, at) => [
      ...(mount.name ? (volumes.has(mount.name) ? [] : [fieldNotFound(`${path}.volumeMounts[${at}].name`, mount.name)]) : [required(`${path}.volumeMounts[${at}].name`)]),
      ...(mount.mountPath ? [] : [required(`${path}.volumeMounts[${at}].mountPath`)]),
    ]),
    ...repeated(container.volumeMounts ?? [], (at) => `${path}.volumeMounts[${at}].mountPath`, (mount) => mount.mountPath).map((problem) => ({ ...problem, reason: 'FieldValueInvalid', message: `${problem.message.replace('Duplicate', 'Invalid')}: must be unique` })),
    ...validateResources(container, `${path}.resources`),
    ...(['livenessProbe', 'readinessProbe', 'startupProbe'] as const).flatMap((name) => validateProbe(container[name], `${path}.${name}`)),
  ];
}

function validateResources({ resources }: Container, path: string): FieldError[] {
  return Object.entries(resources?.requests ?? {}).flatMap(([name, value]) => {
    const request = tryQuantity(value), limit = tryQuantity(resources?.limits?.[name] ?? '');
    if (request && request.nano < 0n) return [invalidValue(`${path}.requests[${name}]`, value, 'must be greater than or equal to 0')];
    return request && limit && request.nano > limit.nano ? [invalidValue(`${path}.requests`, value, `must be less than or equal to ${name} limit of ${resources!.limits![name]}`)] : [];
  });
}

function validateProbe(probe: Probe | undefined, path: string): FieldError[] {
  if (!probe) return [];
  const handlers = (['exec', 'httpGet', 'tcpSocket', 'grpc'] as const).filter((name) => probe[name]);
  const problems: FieldError[] = [];
  if (handlers.length === 0) problems.push(required(path, 'must specify a handler type'));
  for (const extra of handlers.slice(1)) problems.push(forbiddenField(`${path}.${extra}`, 'may not specify more than 1 handler type'));
  for (const name of ['httpGet', 'tcpSocket'] as const) {
    const port = probe[name]?.port;
    if (probe[name] && typeof port === 'number' && !isPort(port)) problems.push(invalidValue(`${path}.${name}.port`, port, portRange));
    if (typeof port === 'string') problems.push(...checkName(`${path}.${name}.port`, port, portName));
    if (probe[name] && port === undefined) problems.push(invalidValue(`${path}.${name}.port`, 0, portRange));
  }
  if (probe.exec && !probe.exec.command?.length) problems.push(required(`${path}.exec.command`));
  for (const name of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) {
    if ((probe[name] ?? 0) < 0) problems.push(invalidValue(`${path}.${name}`, probe[name], 'must be greater than or equal to 0'));
  }
  if (/(liveness|startup)Probe$/.test(path) && (probe.successThreshold ?? 1) !== 1) problems.push(invalidValue(`${path}.successThreshold`, probe.successThreshold, 'must be 1'));
  return problems;
}

const fixedMessage = 'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,'
  + '`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Problems of changing `live` into `next`: only images, a shorter deadline and further tolerations may change. */
export function validatePodUpdate(next: Pod, live: Pod): FieldError[] {
  const problems: FieldError[] = [];
  const kept = copyJson(next.spec);
  if (live.spec.containers.length !== kept.containers.length) problems.push(forbiddenField('spec.containers', 'pod updates may not add or remove containers'));
  else kept.containers.forEach((container, at) => { container.image = live.spec.containers[at]!.image; });
  if ((live.spec.initContainers?.length ?? 0) === (kept.initContainers?.length ?? 0)) kept.initContainers?.forEach((container, at) => { container.image = live.spec.initContainers![at]!.image; });
  else problems.push(forbiddenField('spec.initContainers', 'pod updates may not add or remove containers'));
  if (problems.length > 0) return problems;
  const before = live.spec.activeDeadlineSeconds, after = next.spec.activeDeadlineSeconds;
  if (before !== undefined && (after === undefined || after > before)) problems.push(invalidValue('spec.activeDeadlineSeconds', after ?? null, `must be less than or equal to previous value ${before}`));
  if (before === undefined) delete kept.activeDeadlineSeconds;
  else kept.activeDeadlineSeconds = before;
  const missing = (live.spec.tolerations ?? []).some((toleration) => !(next.spec.tolerations ?? []).some((other) => sameJson(other, toleration)));
  if (missing) problems.push(forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'));
  if (live.spec.tolerations) kept.tolerations = live.spec.tolerations;
  else delete kept.tolerations;
  if (!sameJson(kept, live.spec)) problems.push(forbiddenField('spec', fixedMessage));
  return problems;
}

// A pod's status from what runs on the node: phase, conditions, container states. Pure, after pkg/kubelet/kubelet_pods.go.
import { formatTime } from '../types/index.ts';
import type { Condition, Container, ContainerState, ContainerStatus, Pod, PodStatus, RuntimeContainer, Sandbox } from '../types/index.ts';
import { tryParseQuantity } from './quantity.ts';

type Terminated = NonNullable<ContainerState['terminated']>;

/** What the kubelet knows of one container. */
export interface ContainerView {
  container: Container;
  kind: 'init' | 'sidecar' | 'main' | 'ephemeral';
  /** The newest attempt on the node. */
  current?: RuntimeContainer;
  /** The termination message of `current`. */
  message?: string;
  /** Set when `current` never ran: StartError or ContainerCannotRun. */
  failure?: { reason: string; message: string };
  /** Shown instead of the state of `current`: back-off, configuration errors. */
  waiting?: { reason: string; message?: string };
  /** The end of the attempt before `current`. */
  last?: Terminated;
  restartCount: number;
  /** Readiness as probes see it; true without a readiness probe. */
  ready: boolean;
  /** True once the startup probe has passed, or at once without one. */
  started: boolean;
  image?: string;
  imageId?: string;
}

export interface StatusInput {
  pod: Pod;
  views: ContainerView[];
  sandbox?: Pick<Sandbox, 'ready' | 'ip'>;
  hostIP: string;
  /** The address to keep showing when there is no sandbox any more. */
  lastIP?: string;
  now: number;
  /** The pod is being deleted and everything has been stopped, or it has failed for a reason of its own. */
  ended?: boolean;
  failed?: { reason: string; message: string };
}

const owned = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];

function seconds(time: string): string {
  return formatTime(Date.parse(time));
}

/** The end of an exited attempt. */
export function terminatedOf(view: Pick<ContainerView, 'current' | 'failure' | 'message'>): Terminated | undefined {
  const { current, failure } = view;
  if (current?.state !== 'exited') return undefined;
  const exitCode = current.exitCode ?? 137;
  const reason = failure?.reason ?? (current.oomKilled ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error');
  const message = failure?.message ?? view.message;
  return {
    exitCode, reason, ...(message && { message }), startedAt: seconds(current.startedAt ?? '1970-01-01T00:00:00Z'),
    finishedAt: seconds(current.finishedAt ?? current.createdAt), containerID: `crun://${current.id}`,
  };
}

function stateOf(view: ContainerView, initialising: boolean): ContainerState {
  const ended = terminatedOf(view);
  if (view.current?.state === 'running' && view.current.startedAt) return { running: { startedAt: seconds(view.current.startedAt) } };
  if (view.waiting) return { waiting: view.waiting };
  if (ended) return { terminated: ended };
  return { waiting: { reason: initialising ? 'PodInitializing' : 'ContainerCreating' } };
}

/** One container's status. `initialising`: the pod has init containers, which changes the first waiting reason. */
export function planContainerStatus(view: ContainerView, initialising: boolean): ContainerStatus {
  const state = stateOf(view, initialising);
  const ended = terminatedOf(view);
  const last = state.waiting && ended ? ended : view.last;
  const running = state.running !== undefined;
  const ready = view.kind === 'init' ? state.terminated?.exitCode === 0 : running && view.ready && view.started;
  return {
    name: view.container.name,
    state,
    lastState: last ? { terminated: last } : {},
    ready: view.kind === 'ephemeral' ? false : ready,
    restartCount: view.restartCount,
    image: view.image ?? view.container.image,
    imageID: view.imageId ?? '',
    ...(view.current && view.current.state !== 'created' && { containerID: `crun://${view.current.id}` }),
    started: running && view.started && view.kind !== 'init',
  };
}

/** True when an init container has done its part: ended well, or, for a sidecar, has started. */
export function isInitialised(view: ContainerView): boolean {
  if (view.kind === 'sidecar') return view.started && (view.current?.state === 'running' || view.restartCount > 0);
  return view.current?.state === 'exited' && view.current.exitCode === 0 && !view.failure;
}

/** Pending, Running, Succeeded or Failed. `ended`: nothing will be started again. */
export function planPhase(pod: Pod, views: readonly ContainerView[], ended: boolean): NonNullable<PodStatus['phase']> {
  const policy = pod.spec.restartPolicy ?? 'Always';
  const inits = views.filter((view) => view.kind === 'init' || view.kind === 'sidecar');
  const mains = views.filter((view) => view.kind === 'main');
  const exited = (view: ContainerView) => view.current?.state === 'exited' || (view.waiting !== undefined && view.last !== undefined);
  const failedInit = inits.some((view) => view.kind === 'init' && view.current?.state === 'exited' && view.current.exitCode !== 0);
  const anyMain = mains.some((view) => view.current && view.current.state !== 'created');
  if (!anyMain && inits.some((view) => !isInitialised(view))) return (failedInit && policy === 'Never') || ended ? 'Failed' : 'Pending';
  const running = mains.filter((view) => view.current?.state === 'running').length;
  const stopped = mains.filter((view) => view.current?.state !== 'running' && exited(view));
  const waiting = mains.length - running - stopped.length;
  if (ended && running === 0) return waiting === 0 && stopped.every((view) => view.current?.exitCode === 0) ? 'Succeeded' : 'Failed';
  if (waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  if (policy === 'Always') return 'Running';
  if (stopped.every((view) => view.current?.exitCode === 0)) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

/** Guaranteed, Burstable or BestEffort, after the requests and limits of all containers. */
export function planQosClass(pod: Pod): string {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const amounts = (values: Record<string, string> | undefined) => Object.entries(values ?? {}).filter(([name, value]) => ['cpu', 'memory'].includes(name) && (tryParseQuantity(value) ?? 0) > 0);
  if (all.every((container) => amounts(container.resources?.requests).length + amounts(container.resources?.limits).length === 0)) return 'BestEffort';
  const guaranteed = all.every(({ resources }) => ['cpu', 'memory'].every((name) => {
    const limit = tryParseQuantity(resources?.limits?.[name] ?? '');
    return limit !== undefined && limit === (tryParseQuantity(resources?.requests?.[name] ?? '') ?? limit);
  }));
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** The whole status of a pod; times of unchanged conditions and conditions of others are kept from `pod.status`. */
export function planStatus(input: StatusInput): PodStatus {
  const { pod, views, sandbox, hostIP } = input;
  const inits = views.filter((view) => view.kind === 'init' || view.kind === 'sidecar');
  const statuses = (kinds: ContainerView['kind'][]) => views.filter((view) => kinds.includes(view.kind)).map((view) => planContainerStatus(view, inits.length > 0));
  const containerStatuses = statuses(['main']);
  const initContainerStatuses = statuses(['init', 'sidecar']);
  const ephemeral = statuses(['ephemeral']);
  const phase = input.failed ? 'Failed' : planPhase(pod, views, input.ended ?? false);
  const podIP = pod.spec.hostNetwork ? (sandbox ? hostIP : input.lastIP) : sandbox?.ip ?? input.lastIP;
  const now = formatTime(input.now);
  const started = pod.status?.startTime ?? now;
  return {
    phase,
    conditions: planConditions(input, phase, [...containerStatuses, ...initContainerStatuses.filter((_, index) => inits[index]!.kind === 'sidecar')], now),
    ...(input.failed && { reason: input.failed.reason, message: input.failed.message }),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIP && { podIP, podIPs: [{ ip: podIP }] }),
    startTime: started,
    ...(initContainerStatuses.length > 0 && { initContainerStatuses }),
    containerStatuses,
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
    qosClass: pod.status?.qosClass ?? planQosClass(pod),
  };
}

function planConditions(input: StatusInput, phase: string, statuses: ContainerStatus[], now: string): Condition[] {
  const { pod, views, sandbox } = input;
  const others = (pod.status?.conditions ?? []).filter((condition) => !owned.includes(condition.type));
  const done = phase === 'Succeeded' ? 'PodCompleted' : phase === 'Failed' ? 'PodFailed' : undefined;
  const incomplete = views.filter((view) => (view.kind === 'init' || view.kind === 'sidecar') && !isInitialised(view)).map((view) => view.container.name);
  const unready = statuses.filter((status) => !status.ready).map((status) => status.name);
  const gates = (pod.spec.readinessGates ?? []).map((gate) => gate.conditionType).filter((type) => others.find((condition) => condition.type === type)?.status !== 'True');
  const unreadyNow = done ? { reason: done } : unready.length > 0 ? { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` } : undefined;
  const gateMessage = gates.map((type) => (others.some((condition) => condition.type === type) ? `the status of pod readiness gate "${type}" is not "True", but False` : `corresponding condition of pod readiness gate "${type}" does not exist.`)).join(', ');
  const notReady = unreadyNow ?? (gates.length > 0 ? { reason: 'ReadinessGatesNotReady', message: gateMessage } : undefined);
  const anyMain = views.some((view) => view.kind === 'main' && view.current && view.current.state !== 'created');
  const uninitialised = incomplete.length > 0 && !anyMain && phase !== 'Succeeded' ? { reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${incomplete.join(' ')}]` } : undefined;
  const wanted: [string, boolean, { reason: string; message?: string } | undefined][] = [
    ['PodReadyToStartContainers', sandbox?.ready === true, undefined],
    ['Initialized', !uninitialised, uninitialised ?? (phase === 'Succeeded' ? { reason: 'PodCompleted' } : undefined)],
    ['Ready', !notReady, notReady],
    ['ContainersReady', !unreadyNow, unreadyNow],
    ['PodScheduled', true, undefined],
  ];
  const before = new Map((pod.status?.conditions ?? []).map((condition) => [condition.type, condition]));
  return [...others, ...wanted.map(([type, holds, why]): Condition => {
    const status = holds ? 'True' : 'False';
    const previous = before.get(type);
    const since = previous?.status === status && previous.lastTransitionTime ? previous.lastTransitionTime : now;
    return { type, status, lastProbeTime: null, lastTransitionTime: since, ...why };
  })];
}

/** The JSON merge patch from one status to another, undefined when they are equal; fields that vanish become null. */
export function planStatusPatch(before: PodStatus | undefined, after: PodStatus): Record<string, unknown> | undefined {
  const from = (before ?? {}) as Record<string, unknown>;
  const to = after as Record<string, unknown>;
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (key === 'resourceClaimStatuses' || key === 'nominatedNodeName' || key === 'resize' || key === 'observedGeneration') continue;
    if (canonical(from[key]) !== canonical(to[key])) patch[key] = to[key] ?? null;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** JSON with sorted keys and without nulls, so that two spellings of one value compare equal. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null) return undefined;
    if (typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1)));
  }) ?? '';
}

// The table of pods: STATUS and RESTARTS are computed from container states, as upstream's printer does.
import type { ContainerStatus, KubeObject, Pod } from '../../types/index.ts';
import { ageOf } from './duration.ts';
import { column, type Cells, type Printer, type RowCondition } from './printer.ts';

/** What the container states of a pod add up to. */
export interface PodSummary { ready: number; total: number; reason: string; restarts: number; lastRestart: string | undefined }

const finished: Partial<Record<string, RowCondition[]>> = {
  Succeeded: [{ type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }],
  Failed: [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }],
};

/** Counts restarts and remembers the latest end of a previous run. */
class Restarts {
  count = 0;
  last: string | undefined;
  add(status: ContainerStatus): void {
    this.count += status.restartCount ?? 0;
    const at = status.lastState?.terminated?.finishedAt;
    if (at && (this.last === undefined || Date.parse(at) > Date.parse(this.last))) this.last = at;
  }
}

/** Sums up a pod for its row; see printPod in upstream's printers. */
export function summarizePod(pod: Pod): PodSummary {
  const status = pod.status ?? {};
  const conditionTrue = (type: string) => status.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
  const sidecars = new Set((pod.spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name));
  const total = (pod.spec.containers?.length ?? 0) + sidecars.size;
  let reason: string = status.reason || status.phase || '';
  if (status.conditions?.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated')) reason = 'SchedulingGated';

  let restarts = new Restarts();
  const sidecarRestarts = new Restarts();
  const init = initReason(pod, sidecars, restarts, sidecarRestarts);
  let ready = init.ready;
  if (init.reason !== undefined) reason = init.reason;
  if (init.reason === undefined || conditionTrue('Initialized')) {
    restarts = sidecarRestarts;
    let running = false;
    for (const container of (status.containerStatuses ?? []).toReversed()) {
      restarts.add(container);
      const stopped = stoppedReason(container);
      if (stopped !== undefined) reason = stopped;
      else if (container.ready && container.state?.running) {
        running = true;
        ready += 1;
      }
    }
    if (reason === 'Completed' && running) reason = conditionTrue('Ready') ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp) {
    if (status.reason === 'NodeLost') reason = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') reason = 'Terminating';
  }
  return { ready, total, reason, restarts: restarts.count, lastRestart: restarts.last };
}

function stoppedReason({ state }: ContainerStatus): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason;
  if (!state?.terminated) return undefined;
  return state.terminated.reason || (state.terminated.signal ? `Signal:${state.terminated.signal}` : `ExitCode:${state.terminated.exitCode}`);
}

/** The reason of a pod whose init containers are not through; sidecars that are ready count. */
function initReason(pod: Pod, sidecars: Set<string>, restarts: Restarts, sidecarRestarts: Restarts): { reason: string | undefined; ready: number } {
  let ready = 0;
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    restarts.add(container);
    const sidecar = sidecars.has(container.name);
    if (sidecar) sidecarRestarts.add(container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && container.started) {
      if (container.ready) ready += 1;
      continue;
    }
    if (terminated) return { ready, reason: `Init:${terminated.reason || (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`)}` };
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return { ready, reason: `Init:${waiting.reason}` };
    return { ready, reason: `Init:${index}/${pod.spec.initContainers?.length ?? 0}` };
  }
  return { ready, reason: undefined };
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter((gate) => pod.status?.conditions?.some((one) => one.type === gate.conditionType && one.status === 'True'));
  return `${met.length}/${gates.length}`;
}

/** core/v1 Pod. */
export const podPrinter: Printer = {
  columns: ['Name', 'Ready', 'Status', 'Restarts', 'Age', '+IP', '+Node', '+Nominated Node', '+Readiness Gates'].map((name) => column(name)),
  row(object: KubeObject, now: number): Cells {
    const pod = object as Pod;
    const { ready, total, reason, restarts, lastRestart } = summarizePod(pod);
    const conditions = finished[pod.status?.phase ?? ''];
    return {
      cells: [
        pod.metadata.name, `${ready}/${total}`, reason,
        restarts && lastRestart ? `${restarts} (${ageOf(lastRestart, now)} ago)` : String(restarts),
        ageOf(pod.metadata.creationTimestamp, now),
        pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '<none>', pod.spec.nodeName || '<none>',
        (pod.status as { nominatedNodeName?: string } | undefined)?.nominatedNodeName || '<none>', readinessGates(pod),
      ],
      ...(conditions && { conditions }),
    };
  },
};

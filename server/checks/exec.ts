// Commands inside containers, run through kubectl on the control plane with its own credentials, never with a student's kubeconfig or shell.
import type { CommandResult } from '../base/index.ts';
import type { ClusterHandle } from '../ports/index.ts';
import { CheckError } from './errors.ts';

/** Which container. */
export interface ExecTarget { namespace: string; pod: string; container: string }

// Where kubeadm, kind and the embedded engine put it.
const adminKubeconfig = '/etc/kubernetes/admin.conf';

/**
 * Runs `argv` in a container and resolves with its own exit code and output. Throws CheckError `exec-failed` when the container could
 * not be entered.
 */
export async function execInContainer(cluster: ClusterHandle, target: ExecTarget, argv: readonly string[], options: { timeoutMs: number; signal: AbortSignal }): Promise<CommandResult> {
  const node = cluster.machines.find((machine) => machine.role === 'control-plane');
  if (!node) throw new CheckError('exec-failed', 'The cluster has no control-plane node to run kubectl on.');
  const kubectl = ['kubectl', `--kubeconfig=${adminKubeconfig}`, 'exec', '--namespace', target.namespace, target.pod, '--container', target.container, '--', ...argv];
  const result = await cluster.run(node.name, kubectl, options);
  const ended = /command terminated with exit code (\d+)\s*$/.exec(result.stderr);
  if (result.code === 0) return result;
  if (!ended) throw new CheckError('exec-failed', `Container ${target.container} of pod ${target.pod} could not be entered: ${(result.stderr.trim() || `exit code ${result.code ?? result.signal}`).slice(-300)}`);
  return { ...result, code: Number(ended[1]), stderr: result.stderr.slice(0, ended.index) };
}

// What can go wrong with clusters.
import { PatchbayError } from '../base/index.ts';

/** Codes: `provision-failed`, `preflight-failed`, `unknown-machine`, `cluster-gone`, `cluster-exists`, `bad-cluster-name`, `probe-failed`, `kube-unreachable`. */
export class ClusterError extends PatchbayError {}

/** The cluster's API refused: `status` is the HTTP code, `reason` Kubernetes' own. */
export class KubeApiError extends PatchbayError {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super('kube-api', message);
    this.status = status;
    this.reason = reason;
  }
}

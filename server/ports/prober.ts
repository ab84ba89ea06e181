// Connections tried from inside a pod's or machine's own network namespace, without tools in the pod's image.

/** Where the connections start: a pod, or a machine of the cluster (node, workstation, outside). */
export type ProbeSource =
  | { kind: 'pod'; namespace: string; pod: string }
  | { kind: 'machine'; name: string };

/** One connection to try. `host` is an address or a name, resolved as the source's resolv.conf says. */
export interface ProbeTarget {
  id: string;
  host: string;
  port: number;
  protocol: 'tcp' | 'udp';
  /** When set, an HTTP GET is sent over the connection and its answer returned. */
  http?: { path: string; hostHeader?: string };
  /** Milliseconds until a silent connection counts as dropped. */
  timeoutMs: number;
}

/** `dns`: the name did not resolve. `error`: reached but failed otherwise (reset, malformed HTTP). */
export type ProbeOutcome = 'open' | 'refused' | 'dropped' | 'dns' | 'error';

export interface ProbeResult {
  id: string;
  outcome: ProbeOutcome;
  /** Milliseconds from start to outcome. */
  ms: number;
  /** The address that was tried after resolution. */
  address?: string;
  /** For HTTP: status, headers (lower-case names) and at most 16 KiB of body. */
  http?: { status: number; headers: Record<string, string>; body: string };
  /** One sentence for `error` and `dns`. */
  detail?: string;
}

export interface ResolveQuestion { id: string; name: string; type: 'A' | 'CNAME' | 'SRV' | 'PTR' }
export interface ResolveAnswer { id: string; rcode: string; records: { type: string; name: string; data: string; ttl: number }[] }

/** All targets of one source are tried at once. Rejects with ProbeError when the source itself cannot be entered. */
export interface Prober {
  connect(source: ProbeSource, targets: readonly ProbeTarget[], signal?: AbortSignal): Promise<ProbeResult[]>;
  /** Asks the source's own name server, without its search list. */
  resolve(source: ProbeSource, questions: readonly ResolveQuestion[], signal?: AbortSignal): Promise<ResolveAnswer[]>;
}

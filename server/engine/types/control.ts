// The messages of the control socket: equal in shape to server/ports/prober.ts, which the engine may not import.

/** Where a probe starts. */
export type ControlProbeSource =
  | { kind: 'pod'; namespace: string; pod: string }
  | { kind: 'machine'; name: string };

/** One connection to try; `timeoutMs` of silence counts as dropped. */
export interface ControlProbeTarget {
  id: string;
  host: string;
  port: number;
  protocol: 'tcp' | 'udp';
  http?: { path: string; hostHeader?: string };
  timeoutMs: number;
}

export type ControlProbeOutcome = 'open' | 'refused' | 'dropped' | 'dns' | 'error';

export interface ControlProbeResult {
  id: string;
  outcome: ControlProbeOutcome;
  ms: number;
  address?: string;
  http?: { status: number; headers: Record<string, string>; body: string };
  detail?: string;
}

export interface ControlResolveQuestion { id: string; name: string; type: 'A' | 'CNAME' | 'SRV' | 'PTR' }
export interface ControlResolveAnswer { id: string; rcode: string; records: { type: string; name: string; data: string; ttl: number }[] }

/** POST /probe: body and answer (200). */
export interface ProbeRequest { source: ControlProbeSource; targets: ControlProbeTarget[] }
export interface ProbeResponse { results: ControlProbeResult[] }

/** POST /resolve: body and answer (200). */
export interface ResolveRequest { source: ControlProbeSource; questions: ControlResolveQuestion[] }
export interface ResolveResponse { answers: ControlResolveAnswer[] }

/** GET /status: `reasons` says what is still missing, empty when ready. */
export interface StatusResponse { ready: boolean; reasons: string[]; nodes: { name: string; ready: boolean }[] }

/** Body of any refusal of the control socket (status 4xx or 5xx). */
export interface ControlError { code: string; message: string }

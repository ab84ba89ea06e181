// The probes of one running container over time: delays, periods and thresholds. Timers exist only where probes do.
import type { Clock, Disposable } from '../../base/index.ts';
import type { Container, Probe } from '../types/index.ts';
import type { ProbeResult } from './probes.ts';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

/** What a container's probes report. */
export interface ProbeListener {
  onStarted(): void;
  onReady(ready: boolean): void;
  /** A failed run, before the threshold too. */
  onUnhealthy(kind: ProbeKind, message: string): void;
  /** The threshold of liveness or startup failures is reached. */
  onDead(kind: ProbeKind, probe: Probe): void;
}

/**
 * Tries within the first moments after a start whose failures do not count: a server needs a few milliseconds to listen,
 * and a period of ten seconds is long to wait for. Network probes without an initial delay only.
 */
const earlyTriesMs = [15, 45, 90, 200, 400];

/** Runs startup, then readiness and liveness probes of a container until disposed. */
export class ProbeRunner implements Disposable {
  readonly #clock: Clock;
  readonly #run: (probe: Probe) => Promise<ProbeResult>;
  readonly #listener: ProbeListener;
  /** The next run of each kind. */
  readonly #timers = new Map<ProbeKind, Disposable>();
  #disposed = false;
  readonly #startedAt: number;

  constructor(container: Container, options: { clock: Clock; run(probe: Probe): Promise<ProbeResult>; listener: ProbeListener }) {
    this.#clock = options.clock;
    this.#run = options.run;
    this.#listener = options.listener;
    this.#startedAt = this.#clock.now();
    const { startupProbe, readinessProbe, livenessProbe } = container;
    const others = () => {
      this.#listener.onStarted();
      if (readinessProbe) this.#begin('readiness', readinessProbe, (ready) => this.#listener.onReady(ready));
      if (livenessProbe) this.#begin('liveness', livenessProbe, (alive) => {
        if (!alive) this.#listener.onDead('liveness', livenessProbe);
      });
    };
    if (!startupProbe) {
      others();
      return;
    }
    let passed = false;
    this.#begin('startup', startupProbe, (started) => {
      if (passed) return;
      if (started) {
        passed = true;
        others();
      } else this.#listener.onDead('startup', startupProbe);
    }, () => passed);
  }

  dispose(): void {
    this.#disposed = true;
    for (const timer of this.#timers.values()) timer.dispose();
    this.#timers.clear();
  }

  #after(kind: ProbeKind, ms: number, run: () => void): void {
    if (!this.#disposed) this.#timers.set(kind, this.#clock.after(ms, run));
  }

  #begin(kind: ProbeKind, probe: Probe, onResult: (ok: boolean) => void, finished: () => boolean = () => false): void {
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    const delayMs = Math.max(0, this.#startedAt + (probe.initialDelaySeconds ?? 0) * 1000 - this.#clock.now());
    const successes = kind === 'readiness' ? probe.successThreshold ?? 1 : 1;
    const failures = probe.failureThreshold ?? 3;
    const early = kind !== 'liveness' && !probe.exec && !probe.initialDelaySeconds && successes === 1 ? [...earlyTriesMs] : [];
    let streak = { ok: true, count: 0 };

    const step = async (counts: boolean) => {
      const result = await this.#run(probe);
      if (this.#disposed || finished()) return;
      if (result.ok || counts) {
        streak = streak.ok === result.ok ? { ok: result.ok, count: streak.count + 1 } : { ok: result.ok, count: 1 };
        if (!result.ok) this.#listener.onUnhealthy(kind, result.message);
        if (streak.count >= (result.ok ? successes : failures)) onResult(result.ok);
        if (finished()) return;
      }
      const next = result.ok ? undefined : early.shift();
      if (result.ok) early.length = 0;
      this.#after(kind, next ?? periodMs, () => void step(next === undefined));
    };
    const first = early.shift();
    this.#after(kind, first ?? delayMs, () => void step(first === undefined));
  }
}

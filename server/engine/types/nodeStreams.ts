// How the API reaches containers: the only door from api/ to kubelet and runtime.
import type { Duplex, Readable, Writable } from 'node:stream';

/** One container of one pod. `container` undefined means the first (or the annotated default) container. */
export interface ContainerRef { namespace: string; pod: string; container?: string }

export interface ExecOptions { command: string[]; stdin: boolean; tty: boolean; size?: { cols: number; rows: number } }

/** A running exec or attach. With `tty` all output is on stdout and `stderr` never emits. */
export interface ExecSession {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Does nothing without a TTY. */
  resize(cols: number, rows: number): void;
  /** Resolves when the command has ended and all its output was read; 137 after `kill`. */
  done: Promise<{ exitCode: number }>;
  /** Ends an exec's command; an attach only lets go, its container runs on. */
  kill(): void;
}

export interface LogOptions {
  follow: boolean; previous: boolean; timestamps: boolean; sinceTime?: Date; tailLines?: number; limitBytes?: number;
}

/** Implemented by the kubelet. Throws StatusError: NotFound for no such pod, BadRequest for no such or not started container. */
export interface NodeStreams {
  exec(ref: ContainerRef, options: ExecOptions): Promise<ExecSession>;
  attach(ref: ContainerRef, options: Omit<ExecOptions, 'command'>): Promise<ExecSession>;
  /** Plain log text (CRI prefixes removed). Ends by itself without `follow`, or when the container has ended; destroy() stops it. */
  logs(ref: ContainerRef, options: LogOptions): Promise<Readable>;
  /** A connection to 127.0.0.1:port inside the pod's network namespace. */
  connect(ref: ContainerRef, port: number): Promise<Duplex>;
}

// What the kubelet asks of a node: pod sandboxes, containers and images, in the manner of the CRI.
import type { Writable } from 'node:stream';
import type { ExecOptions, ExecSession } from './nodeStreams.ts';

/** What a pod sandbox (pause process plus network namespace) is made from. */
export interface SandboxSpec {
  podUid: string;
  namespace: string;
  name: string;
  /** Number of this sandbox of the pod, from 0: a second one is made when the pause process dies. */
  attempt: number;
  hostname: string;
  hostNetwork: boolean;
  hostPorts: { protocol: 'TCP' | 'UDP' | 'SCTP'; containerPort: number; hostPort: number; hostIP?: string }[];
  labels: Record<string, string>;
}

/** A sandbox as found on the node. `ip` is absent with hostNetwork. `netns` is a path valid on the node. */
export interface Sandbox { id: string; spec: SandboxSpec; ready: boolean; ip?: string; netns: string; pausePid: number; createdAt: string }

/** A mount into a container: `source` is a directory or file on the node. */
export interface Mount { source: string; target: string; readOnly: boolean }

export interface ContainerSpec {
  sandboxId: string;
  name: string;
  attempt: number;
  /** A resolved image from ImageStore. */
  imageId: string;
  /** Entrypoint and arguments, already merged with the image's. */
  argv: string[];
  env: string[];
  cwd: string;
  mounts: Mount[];
  user?: { uid: number; gid: number; additionalGids?: number[] };
  privileged: boolean;
  readOnlyRoot: boolean;
  addCapabilities: string[];
  dropCapabilities: string[];
  /** allowPrivilegeEscalation: false. */
  noNewPrivileges?: boolean;
  stdin: boolean;
  stdinOnce: boolean;
  tty: boolean;
  /** Share the pod sandbox's (or, with hostPID, the node's) process namespace instead of an own one. */
  pidNamespace: 'container' | 'pod' | 'node';
  /** Share the process namespace of this process of the node instead (ephemeral containers with a target). */
  targetPid?: number;
  /** Path on the node where conmon writes CRI lines. */
  logPath: string;
}

export interface RuntimeContainer {
  id: string;
  spec: ContainerSpec;
  state: 'created' | 'running' | 'exited';
  /** Process id in the node's pid namespace, while running. */
  pid?: number;
  createdAt: string;
  startedAt?: string;
  finishedAt?: string;
  exitCode?: number;
  oomKilled?: boolean;
}

/** Sandboxes and containers of one node. Ids are 64 hex digits. Every method is safe to call again after a failure. */
export interface NodeRuntime {
  readonly nodeName: string;
  runSandbox(spec: SandboxSpec): Promise<Sandbox>;
  /** Ends the pause process, frees address and interface, removes everything of it, its containers included. */
  removeSandbox(id: string): Promise<void>;
  createContainer(spec: ContainerSpec): Promise<RuntimeContainer>;
  /** Throws RuntimeError with `reason` as kubelet shows it (StartError, RunContainerError) and the exit code where known (127, 126, 128). */
  startContainer(id: string): Promise<RuntimeContainer>;
  /** TERM, then KILL after `graceSeconds`; resolves when it has exited. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  exec(containerId: string, options: ExecOptions): Promise<ExecSession>;
  /** What is there now, read back from the node (also after a restart of the engine). */
  list(): Promise<{ sandboxes: Sandbox[]; containers: RuntimeContainer[] }>;
}

/** Told as it happens: a container exited, a sandbox's pause process died. */
export interface RuntimeEvents {
  onChange(listener: (change: { node: string; kind: 'container' | 'sandbox'; id: string }) => void): { dispose(): void };
}

/** The stdin of a running container that was made with `stdin`; its output is read from its log. */
export interface AttachedInput { stdin: Writable; resize(cols: number, rows: number): void; close(): void }

/** Beside NodeRuntime: joins a running container. Throws RuntimeError NotRunning. */
export interface RuntimeAttach { attach(containerId: string): Promise<AttachedInput> }

/** An image on this cluster's shared read-only store. */
export interface ResolvedImage {
  id: string;
  /** The canonical name, e.g. patchbay/web:latest. */
  name: string;
  /** Set when a popular name was answered by one of ours (nginx → patchbay/web); the kubelet says so in an event. */
  aliasOf?: string;
  rootfs: string;
  config: ImageConfig;
}

/** The parts of an OCI image configuration that containers use. */
export interface ImageConfig { entrypoint: string[]; cmd: string[]; env: string[]; workingDir: string; user: string; exposedPorts?: string[] }

/** Images by name. */
export interface ImageStore {
  /** Resolves a reference as written in a pod; undefined when it is not here (the kubelet then reports ErrImagePull). */
  tryResolve(reference: string): Promise<ResolvedImage | undefined>;
  list(): Promise<ResolvedImage[]>;
}

// One shell call that mounts a container's root, creates it under conmon and starts it: fewer processes, a faster pod.
import type { ContainerSpec } from '../types/index.ts';
import { RuntimeError } from './errors.ts';
import { containerPaths, layout } from './layout.ts';

/** Container logs are cut off and begun anew at this size, since they lie in memory. */
const logBytes = 10 * 1024 * 1024;

// conmon tells on its sync pipe (fd 3) that the runtime has created the container; it has detached itself by then, so only the pipe can be waited for.
const startScript = `
set -e
dir=$1 lower=$2 id=$3; shift 3
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work,userxattr" "$dir/rootfs"
answer=$({ _OCI_SYNCPIPE=3 conmon "$@" 3>&1 >/dev/null 2>"$dir/conmon.log" </dev/null || echo '{"pid":-1,"message":"conmon ended"}'; } | head -n 1)
printf '%s\\n' "$answer"
case $answer in *'"pid": -'*|*'"pid":-'*|'') cat "$dir/conmon.log" >&2; exit 0;; esac
crun --root=${layout.crunRoot} start "$id"
`;

/** The argv, to be run on the node, that starts a container whose bundle is written; `lower` is the image's root on the node. */
export function planStart(id: string, spec: ContainerSpec, lower: string): string[] {
  const paths = containerPaths(id);
  const conmon = [
    '--cid', id, '--cuuid', id, '--name', id, '--runtime', '/usr/bin/crun', `--runtime-arg=--root=${layout.crunRoot}`, '--bundle', paths.dir,
    '--container-pidfile', paths.pidFile, '--conmon-pidfile', paths.conmonPid, '--log-path', `k8s-file:${spec.logPath}`, '--log-size-max', String(logBytes),
    '--exit-dir', layout.exits, '--socket-dir-path', layout.attach,
    ...(spec.tty ? ['--terminal'] : []), ...(spec.stdin ? ['--stdin'] : []), ...(spec.stdin && !spec.stdinOnce ? ['--leave-stdin-open'] : []),
  ];
  return ['sh', '-c', startScript, 'start-container', paths.dir, lower, id, ...conmon];
}

/** Reads what the start script said: the container's process id on the node; throws RuntimeError StartError (exit code 128) with the runtime's words. */
export function parseStart(stdout: string): number {
  const line = stdout.split('\n', 1)[0] ?? '';
  let answer: { pid?: number; data?: number; message?: string };
  try {
    // The message holds raw line breaks, which JSON does not allow.
    answer = JSON.parse(stdout.trim().replaceAll(/[\r\n]+/g, ' ')) as typeof answer;
  } catch {
    const pid = /"pid":\s*(-?\d+)/.exec(line)?.[1];
    answer = { pid: pid === undefined ? -1 : Number(pid), message: /"message":\s*"(.*)/.exec(line)?.[1] ?? line };
  }
  const pid = answer.pid ?? answer.data ?? -1;
  if (pid > 0) return pid;
  const said = (answer.message ?? '').trim().replace(/"?\s*}?$/, '') || 'the runtime gave no reason';
  throw new RuntimeError('StartError', `failed to create containerd task: failed to create shim task: OCI runtime create failed: crun: ${said}`, { exitCode: 128 });
}

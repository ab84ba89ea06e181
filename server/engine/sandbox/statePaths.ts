// The state folder of a cluster: what lies where, and who may write it.
import path from 'node:path';
import { EngineError } from './errors.ts';

/**
 * `folder` (0700) is the host's: `init.json`, `cluster.json`, `boot/` (scripts, read-only inside) and `mnt/` (staging, empty on
 * the host). `run/` alone is written from inside: sockets, journal, certificates, logs.
 */
export interface StatePaths {
  folder: string;
  identity: string;
  boot: string;
  mnt: string;
  run: string;
  apiSocket: string;
  controlSocket: string;
  adminKubeconfig: string;
  /** As written from inside; copied once, because what is there later is not to be trusted. */
  offeredKubeconfig: string;
  config: string;
  launchLog: string;
  engineLog: string;
}

/** sockaddr_un holds 108 bytes with the closing zero. */
const socketPathLimit = 107;

/** Throws EngineError `engine-name` for a bad name and `engine-path` when the sockets' paths would be too long. */
export function planStatePaths(clusters: string, name: string): StatePaths {
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    throw new EngineError('engine-name', `"${name}" is no cluster name.`, { hint: 'Use 1 to 40 of a-z, 0-9 and -, beginning and ending with a letter or digit.' });
  }
  const folder = path.join(path.resolve(clusters), name);
  const run = path.join(folder, 'run');
  const controlSocket = path.join(run, 'control.sock');
  const bytes = Buffer.byteLength(controlSocket);
  if (bytes > socketPathLimit) {
    throw new EngineError('engine-path', `The socket path ${controlSocket} has ${bytes} bytes; a Unix socket allows ${socketPathLimit}.`, { hint: 'Use a shorter data folder (PATCHBAY_DATA) or a shorter cluster name.' });
  }
  return {
    folder,
    identity: path.join(folder, 'init.json'),
    boot: path.join(folder, 'boot'),
    mnt: path.join(folder, 'mnt'),
    run,
    apiSocket: path.join(run, 'api.sock'),
    controlSocket,
    adminKubeconfig: path.join(folder, 'admin.kubeconfig'),
    offeredKubeconfig: path.join(run, 'admin.kubeconfig'),
    config: path.join(folder, 'boot', 'config.json'),
    launchLog: path.join(folder, 'launch.log'),
    engineLog: path.join(run, 'engine.log'),
  };
}

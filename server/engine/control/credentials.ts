// The cluster's certificates and tokens from its state folder, and the kubeconfigs made from them.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { EngineConfig, Machines } from '../types/machine.ts';
import { sandboxPaths } from '../types/insidePaths.ts';
import { planKubeconfig } from './kubeconfig.ts';

/** PEM texts and the workstation's bearer token. */
export interface Credentials { ca: string; caKey: string; server: { key: string; cert: string }; admin: { key: string; cert: string }; token: string }

/** Reads what openssl made; makes the token once per cluster. Throws when a file is missing. */
export function readCredentials(pki: string = sandboxPaths.pki): Credentials {
  const read = (name: string) => readFileSync(path.join(pki, name), 'utf8');
  const tokenFile = path.join(pki, 'workstation.token');
  if (!existsSync(tokenFile)) replaceFile(tokenFile, randomBytes(24).toString('base64url'), 0o600);
  return {
    ca: read('ca.crt'),
    caKey: read('ca.key'),
    server: { key: read('server.key'), cert: read('server.crt') },
    admin: { key: read('admin.key'), cert: read('admin.crt') },
    token: read('workstation.token'),
  };
}

function replaceFile(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}

/** The host's kubeconfig in the state folder; its server name is one that the API's certificate carries. */
export function writeAdminKubeconfig({ ca, admin }: Credentials, folder: string = sandboxPaths.state): void {
  replaceFile(path.join(folder, 'admin.kubeconfig'), planKubeconfig({ server: 'https://kubernetes', ca, user: 'kubernetes-admin', credentials: admin }), 0o644);
}

/** The students' kubeconfig on the workstation and admin.conf on the control-plane, each only when it is not there: a restart keeps a student's changes. */
export function ensureMachineKubeconfigs({ ca, admin, token }: Credentials, config: EngineConfig, machines: Machines): void {
  const controlPlane = config.machines.find(({ role }) => role === 'control-plane')!;
  const server = `https://${controlPlane.address}:${config.apiPort}`;
  const files: [string, string, string][] = [
    ['workstation', '/root/.kube/config', planKubeconfig({ server, ca, user: 'student', credentials: { token } })],
    [controlPlane.name, '/etc/kubernetes/admin.conf', planKubeconfig({ server, ca, user: 'kubernetes-admin', credentials: admin })],
  ];
  for (const [machine, file, text] of files) {
    const at = machines.get(machine).root + file;
    if (existsSync(at)) continue;
    mkdirSync(path.dirname(at), { recursive: true });
    replaceFile(at, text, 0o600);
  }
}

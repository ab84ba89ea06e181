// Reads the certificates out of an admin kubeconfig of our own making.
import { parse } from 'yaml';
import type { KubeEndpoint } from './kubeHttp.ts';

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { 'client-certificate-data'?: string; 'client-key-data'?: string; token?: string } }[];
}

/** The endpoint of the first cluster with the first user; a Unix socket replaces its address. Throws on a file without them. */
export function parseKubeconfig(text: string, socketPath?: string): KubeEndpoint {
  const config = parse(text) as Kubeconfig;
  const cluster = config.clusters[0]!.cluster;
  const user = config.users[0]!.user;
  const server = new URL(cluster.server);
  const pem = (base64: string | undefined) => (base64 ? Buffer.from(base64, 'base64').toString('utf8') : undefined);
  return {
    ...(socketPath ? { socketPath } : { host: server.hostname, port: Number(server.port || 443) }),
    serverName: 'kubernetes',
    ca: pem(cluster['certificate-authority-data'])!,
    cert: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
    token: user.token,
  };
}

// Kubeconfig texts: the host's with the administrator's certificate, the machines' with a token or certificate.

/** What a kubeconfig says. Certificates and keys are PEM texts. */
export interface KubeconfigSpec {
  server: string;
  ca: string;
  user: string;
  credentials: { token: string } | { cert: string; key: string };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig (client.authentication v1 Config) with everything inline, context `user@patchbay`, in YAML as kubeadm writes it. */
export function planKubeconfig({ server, ca, user, credentials }: KubeconfigSpec): string {
  const secret = 'token' in credentials
    ? `    token: ${credentials.token}\n`
    : `    client-certificate-data: ${base64(credentials.cert)}\n    client-key-data: ${base64(credentials.key)}\n`;
  return `apiVersion: v1
kind: Config
clusters:
- name: patchbay
  cluster:
    certificate-authority-data: ${base64(ca)}
    server: ${server}
contexts:
- name: ${user}@patchbay
  context:
    cluster: patchbay
    user: ${user}
current-context: ${user}@patchbay
preferences: {}
users:
- name: ${user}
  user:
${secret}`;
}

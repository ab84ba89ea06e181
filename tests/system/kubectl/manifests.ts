// Manifests that several tests create.

/** A pod with one container. */
export function podManifest(name: string, labels: Record<string, string> = { app: name }): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers: [{ name: 'main', image: 'patchbay/web' }] } };
}

/** A deployment in YAML with two ports and an environment, so that strategic merge has lists to merge. */
export function deploymentYaml(name: string, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 2
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
      - name: main
        image: ${image}
        env:
        - {name: A, value: "1"}
        ports:
        - {containerPort: 80}
        - {containerPort: 443}
`;
}

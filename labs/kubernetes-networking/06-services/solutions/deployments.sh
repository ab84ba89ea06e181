# Deployments and kubectl expose, a port name and a probe of its own; at the catalog the pods' labels are changed, not the Service.
set -eu
kubectl create deployment caller --image=patchbay/toolbox
kubectl apply -f - <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: old
spec:
  replicas: 2
  selector: { matchLabels: { version: old } }
  template:
    metadata: { labels: { app: site, version: old } }
    spec:
      containers:
        - name: server
          image: patchbay/web
          ports: [{ name: front, containerPort: 80 }]
          readinessProbe: { httpGet: { path: /healthz, port: front }, periodSeconds: 1 }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: new
spec:
  selector: { matchLabels: { version: new } }
  template:
    metadata: { labels: { app: site, version: new } }
    spec:
      containers:
        - name: server
          image: patchbay/web
          env: [{ name: PORT, value: "8080" }]
          ports: [{ name: front, containerPort: 8080 }]
---
apiVersion: v1
kind: Pod
metadata:
  name: slow
  labels: { app: site }
spec:
  containers:
    - name: server
      image: patchbay/web
      ports: [{ name: front, containerPort: 80 }]
      readinessProbe: { exec: { command: [test, -e, /tmp/warm] }, periodSeconds: 1 }
YAML
kubectl wait --for=condition=Available deployment/old deployment/new deployment/caller --timeout=60s
kubectl create service clusterip site --tcp=80:front
kubectl patch service site -p '{"spec":{"selector":{"app":"site"}}}'
kubectl label pods -l app=catalog tier=back-end --overwrite

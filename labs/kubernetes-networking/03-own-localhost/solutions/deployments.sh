# Other names, other ports, Deployments in place of pods, and the failed pod is replaced rather than never made.
set -eu
kubectl apply -f twins.yaml
kubectl delete pod twins --now
kubectl apply -f - <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: sidecar
spec:
  selector:
    matchLabels:
      app: sidecar
  template:
    metadata:
      labels:
        app: sidecar
    spec:
      containers:
        - name: tools
          image: patchbay/toolbox
        - name: server
          image: patchbay/web
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: pair
spec:
  selector:
    matchLabels:
      app: pair
  template:
    metadata:
      labels:
        app: pair
    spec:
      containers:
        - name: one
          image: patchbay/web
          env:
            - name: PORT
              value: "8001"
        - name: two
          image: patchbay/web
          env:
            - name: PORT
              value: "8002"
YAML
kubectl wait --for=condition=Available deployment/sidecar deployment/pair --timeout=60s

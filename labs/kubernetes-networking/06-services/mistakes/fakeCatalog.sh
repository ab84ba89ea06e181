# A fake of the result: pods of one's own carry the label that the broken Service asks for, and answer in the Deployment's place.
# catches: catalog-found
set -eu
kubectl apply -f one.yaml
kubectl apply -f - <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: stand-in
spec:
  replicas: 2
  selector: { matchLabels: { run: stand-in } }
  template:
    metadata: { labels: { run: stand-in, app: catalog, tier: back-end } }
    spec:
      containers:
        - name: web
          image: patchbay/web
          ports: [{ name: http, containerPort: 80 }]
YAML
kubectl wait --for=condition=Available deployment/stand-in --timeout=60s
kubectl wait --for=condition=Ready pod/client --timeout=60s

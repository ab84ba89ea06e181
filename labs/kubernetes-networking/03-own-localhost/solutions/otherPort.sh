# The second server gets a port of its own through PORT.
set -eu
kubectl apply -f shared.yaml
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: twins
spec:
  containers:
    - name: first
      image: patchbay/web
    - name: second
      image: patchbay/web
      env:
        - name: PORT
          value: "8080"
YAML
kubectl wait --for=condition=Ready pod/shared pod/twins --timeout=60s

# A fake of the result: both containers are ready, but one of them only sleeps.
# catches: twins-both-listen
set -eu
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
      command: [sleep, infinity]
YAML
kubectl wait --for=condition=Ready pod/twins --timeout=60s

# The pod uses the node's own network: nothing of it is held by a pause process, and the address never changes.
# catches: web-answers, new-sandbox, restarted-in-place, pod-namespace
set -eu
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  nodeName: worker
  hostNetwork: true
  containers:
    - name: web
      image: patchbay/web
YAML
kubectl wait --for=condition=Ready pod/web --timeout=60s
kubectl exec web -- readlink /proc/self/ns/net > ~/answers/pod-namespace
# on: worker
pkill -x nginx
# on: workstation
kubectl wait --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 pod/web --timeout=60s
kubectl wait --for=condition=Ready pod/web --timeout=60s

# Only the web server was ended, twice; and the answer is the node's own network namespace.
# catches: new-sandbox, pod-namespace
set -eu
kubectl apply -f web.yaml
kubectl wait --for=condition=Ready pod/web --timeout=60s
# on: worker
pkill -x nginx
readlink /proc/1/ns/net > ~/answers/pod-namespace
# on: workstation
kubectl wait --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 pod/web --timeout=60s
kubectl wait --for=condition=Ready pod/web --timeout=60s

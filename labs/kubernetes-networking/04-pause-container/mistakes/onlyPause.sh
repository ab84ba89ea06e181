# The pause process was ended at once, so the container was restarted too, but never in place.
# catches: restarted-in-place
set -eu
kubectl apply -f web.yaml
kubectl wait --for=condition=Ready pod/web --timeout=60s
# on: worker
pkill -KILL -x pause
# on: workstation
kubectl wait --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 pod/web --timeout=60s
kubectl wait --for=condition=Ready pod/web --timeout=60s

# As the text shows: both processes are ended on the node.
set -eu
kubectl apply -f web.yaml
kubectl wait --for=condition=Ready pod/web --timeout=60s
# on: worker
pause=$(pgrep -x pause)
kill "$(pgrep -o -x nginx --ns "$pause" --nslist net)"
# on: workstation
kubectl wait --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 pod/web --timeout=60s
kubectl wait --for=condition=Ready pod/web --timeout=60s
# on: worker
kill -KILL "$(pgrep -x pause)"
# on: workstation
kubectl wait --for=jsonpath='{.status.containerStatuses[0].restartCount}'=2 pod/web --timeout=60s
kubectl wait --for=condition=Ready pod/web --timeout=60s
# on: worker
readlink "/proc/$(pgrep -x pause)/ns/net" > ~/answers/pod-namespace

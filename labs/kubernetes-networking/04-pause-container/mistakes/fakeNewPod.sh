# A fake of the result: the pod is deleted and made anew, so it has another address without any process being ended on the node.
# catches: new-sandbox, restarted-in-place
set -eu
kubectl apply -f web.yaml
kubectl wait --for=condition=Ready pod/web --timeout=60s
kubectl delete pod web --now
kubectl apply -f web.yaml
kubectl wait --for=condition=Ready pod/web --timeout=60s

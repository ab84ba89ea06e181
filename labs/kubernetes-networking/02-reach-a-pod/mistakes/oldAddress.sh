# The pod was replaced, but the answer is the address of the one before.
# catches: current-address
set -eu
kubectl run web --image=patchbay/web
kubectl run client --image=patchbay/toolbox
kubectl wait --for=condition=Ready pod/web pod/client --timeout=60s
kubectl get pod web -o jsonpath='{.status.podIP}' > ~/answers/current-address
kubectl delete pod web
kubectl run web --image=patchbay/web
kubectl wait --for=condition=Ready pod/web --timeout=60s

# The pod runs and the address is right, but the pod was never deleted.
# catches: new-address
set -eu
kubectl run web --image=patchbay/web
kubectl run client --image=patchbay/toolbox
kubectl wait --for=condition=Ready pod/web pod/client --timeout=60s
kubectl get pod web -o jsonpath='{.status.podIP}' > ~/answers/current-address

# Plain pods, as the text shows.
set -eu
kubectl run web --image=patchbay/web
kubectl run client --image=patchbay/toolbox
kubectl wait --for=condition=Ready pod/web pod/client --timeout=60s
kubectl delete pod web
kubectl run web --image=patchbay/web
kubectl wait --for=condition=Ready pod/web --timeout=60s
kubectl get pod web -o jsonpath='{.status.podIP}' > ~/answers/current-address

# The server listens on another port than 80.
# catches: node-reaches-pod, client-reaches-pod
set -eu
kubectl run web --image=patchbay/web --env=PORT=8080
kubectl run client --image=patchbay/toolbox
kubectl wait --for=condition=Ready pod/web pod/client --timeout=60s

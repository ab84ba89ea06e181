# A fake of the result: another pod with the same labels is made and deleted; the web pod itself is never replaced.
# catches: new-address
set -eu
kubectl run web --image=patchbay/web
kubectl run client --image=patchbay/toolbox
kubectl wait --for=condition=Ready pod/web pod/client --timeout=60s
kubectl run decoy --image=patchbay/web --labels=run=web
kubectl wait --for=condition=Ready pod/decoy --timeout=60s
kubectl delete pod decoy

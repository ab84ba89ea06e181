# The twins were applied as the text gives them and never mended.
# catches: twins-both-run, twins-both-listen
set -eu
kubectl apply -f shared.yaml -f twins.yaml
kubectl wait --for=condition=Ready pod/shared --timeout=60s
until kubectl get pod twins -o jsonpath='{.status.containerStatuses[*].restartCount}' | grep -q '[1-9]'; do sleep 1; done

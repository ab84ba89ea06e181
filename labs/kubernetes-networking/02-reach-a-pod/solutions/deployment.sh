# A Deployment that replaces its pod by itself, under names of its own.
set -eu
kubectl create deployment site --image=patchbay/web
kubectl create deployment caller --image=patchbay/toolbox
kubectl wait --for=condition=Available deployment/site deployment/caller --timeout=60s
old=$(kubectl get pods -l app=site -o jsonpath='{.items[0].metadata.name}')
kubectl delete pod "$old"
kubectl wait --for=condition=Available deployment/site --timeout=60s
echo "http://$(kubectl get pods -l app=site -o jsonpath='{.items[0].status.podIP}')/" > ~/answers/current-address

# The third pod was made ready and left in; and the catalog was never looked at.
# catches: unready-gets-nothing, catalog-found
set -eu
kubectl apply -f one.yaml -f service.yaml -f two.yaml -f three.yaml
kubectl wait --for=condition=Ready pod/one pod/two pod/client --timeout=60s
until kubectl exec three -- touch /usr/share/nginx/html/ready; do sleep 0.2; done
kubectl wait --for=condition=Ready pod/three --timeout=30s

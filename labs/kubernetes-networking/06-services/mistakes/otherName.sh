# The Service has another name than the one that clients know; in its place somebody wrote the name into the client's hosts file.
# catches: service-answers, service-resolves
set -eu
sed -i 's/name: site/name: page/' service.yaml
kubectl apply -f one.yaml -f service.yaml
kubectl wait --for=condition=Ready pod/one pod/client --timeout=60s
address=$(kubectl get service page -o jsonpath='{.spec.clusterIP}')
namespace=$(kubectl get pod client -o jsonpath='{.metadata.namespace}')
kubectl exec client -- sh -c "echo $address site site.$namespace.svc.cluster.local >> /etc/hosts"

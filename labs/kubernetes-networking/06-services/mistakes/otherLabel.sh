# The second pod has another label, so the Service does not know it; and the numbers are as they were.
# catches: both-answer, named-port, unready-gets-nothing
set -eu
sed -i 's/app: site/app: page/' two.yaml three.yaml
kubectl apply -f one.yaml -f service.yaml -f two.yaml -f three.yaml
kubectl wait --for=condition=Ready pod/one pod/two pod/client --timeout=60s

# A Deployment on another node, its container ended from inside, the number asked of the pod itself.
set -eu
kubectl apply -f - <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: site
spec:
  selector:
    matchLabels:
      app: site
  template:
    metadata:
      labels:
        app: site
    spec:
      nodeName: worker2
      containers:
        - name: server
          image: patchbay/web
YAML
kubectl wait --for=condition=Available deployment/site --timeout=60s
pod=$(kubectl get pods -l app=site -o jsonpath='{.items[0].metadata.name}')
kubectl exec "$pod" -- sh -c 'kill 1' || true
kubectl wait --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 "pod/$pod" --timeout=60s
kubectl wait --for=condition=Ready "pod/$pod" --timeout=60s
# on: worker2
pkill -KILL -x pause
# on: workstation
pod=$(kubectl get pods -l app=site -o jsonpath='{.items[0].metadata.name}')
kubectl wait --for=jsonpath='{.status.containerStatuses[0].restartCount}'=2 "pod/$pod" --timeout=60s
kubectl wait --for=condition=Ready "pod/$pod" --timeout=60s
kubectl exec "$pod" -- readlink /proc/self/ns/net | tr -dc 0-9 > ~/answers/pod-namespace

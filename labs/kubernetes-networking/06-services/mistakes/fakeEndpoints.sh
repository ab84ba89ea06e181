# A fake of the result: a Service without a selector, its endpoints written by hand; nothing follows labels or readiness.
# catches: both-answer, named-port, unready-gets-nothing
set -eu
sed -i 's/containerPort: 80/containerPort: 8080/; s/^      image: .*/&\n      env:\n        - name: PORT\n          value: "8080"/' two.yaml
kubectl apply -f one.yaml -f two.yaml -f three.yaml
kubectl wait --for=condition=Ready pod/one pod/two pod/client --timeout=60s
ip() { kubectl get pod "$1" -o jsonpath='{.status.podIP}'; }
kubectl apply -f - <<YAML
apiVersion: v1
kind: Service
metadata: { name: site }
spec:
  ports: [{ name: http, port: 80 }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: site-one, labels: { kubernetes.io/service-name: site } }
addressType: IPv4
ports: [{ name: http, port: 80, protocol: TCP }]
endpoints: [{ addresses: ["$(ip one)"] }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: site-two, labels: { kubernetes.io/service-name: site } }
addressType: IPv4
ports: [{ name: http, port: 8080, protocol: TCP }]
endpoints: [{ addresses: ["$(ip two)"] }]
YAML

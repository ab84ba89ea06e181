# As the text shows: pods by hand, the port by name, the Service's selector mended.
set -eu
sed -i 's/targetPort: 80/targetPort: http/' service.yaml
sed -i 's/containerPort: 80/containerPort: 8080/; s/^      image: .*/&\n      env:\n        - name: PORT\n          value: "8080"/' two.yaml
kubectl apply -f one.yaml -f service.yaml -f two.yaml -f three.yaml
kubectl wait --for=condition=Ready pod/one pod/two pod/client --timeout=60s
kubectl patch service catalog -p '{"spec":{"selector":{"tier":"backend"}}}'
kubectl exec three -- touch /usr/share/nginx/html/ready
kubectl wait --for=condition=Ready pod/three --timeout=30s
kubectl exec three -- rm /usr/share/nginx/html/ready
kubectl wait --for=condition=Ready=false pod/three --timeout=30s

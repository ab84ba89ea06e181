# The second pod listens on 8080, but the Service still sends to 80 everywhere, so half of the requests are refused.
# catches: named-port, both-answer
set -eu
sed -i 's/containerPort: 80/containerPort: 8080/; s/^      image: .*/&\n      env:\n        - name: PORT\n          value: "8080"/' two.yaml
kubectl apply -f one.yaml -f service.yaml -f two.yaml
kubectl wait --for=condition=Ready pod/one pod/two pod/client --timeout=60s

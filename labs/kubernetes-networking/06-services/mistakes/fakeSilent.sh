# A fake of the result: the pod that gets nothing is not kept out by its probe; its server listens elsewhere.
# catches: unready-gets-nothing
set -eu
sed -i 's/^      image: .*/&\n      env:\n        - name: PORT\n          value: "8081"/' three.yaml
kubectl apply -f one.yaml -f service.yaml -f two.yaml -f three.yaml
kubectl wait --for=condition=Ready pod/one pod/two pod/client --timeout=60s

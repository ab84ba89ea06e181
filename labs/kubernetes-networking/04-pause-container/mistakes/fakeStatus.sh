# A fake of the result: restart count and address are written into the pod's status by hand.
# catches: restarted-in-place, new-sandbox
set -eu
kubectl apply -f web.yaml
kubectl wait --for=condition=Ready pod/web --timeout=60s
kubectl patch pod web --subresource=status --type=json -p '[{"op":"replace","path":"/status/containerStatuses/0/restartCount","value":1}]'
kubectl patch pod web --subresource=status --type=json -p '[{"op":"replace","path":"/status/podIP","value":"10.244.1.200"},{"op":"replace","path":"/status/podIPs","value":[{"ip":"10.244.1.200"}]}]'
kubectl wait --for=condition=Ready pod/web --timeout=60s

# Web server and tools run, but in two pods, so each has its own localhost.
# catches: localhost-answers, one-network-namespace
set -eu
kubectl run web --image=patchbay/web
kubectl run box --image=patchbay/toolbox
kubectl wait --for=condition=Ready pod/web pod/box --timeout=60s

# A fake of the result: the right image, but a loop of netcat answers in the web server's place.
# catches: node-reaches-pod, client-reaches-pod
set -eu
kubectl run client --image=patchbay/toolbox
kubectl run web --image=patchbay/web --command -- sh -c \
  'while true; do printf "HTTP/1.1 200 OK\r\nContent-Length: 14\r\nConnection: close\r\n\r\nserved by web\n" | busybox nc -l -p 80; done'
kubectl wait --for=condition=Ready pod/web pod/client --timeout=60s

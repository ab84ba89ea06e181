# A fake of the result: the tools container answers on localhost itself, while the web server listens elsewhere.
# catches: localhost-answers
set -eu
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: shared
spec:
  containers:
    - name: web
      image: patchbay/web
      env:
        - name: PORT
          value: "8080"
    - name: box
      image: patchbay/toolbox
      command: [bash, -c]
      args:
        - |
          while true; do
            printf 'HTTP/1.1 200 OK\r\nContent-Length: 17\r\nConnection: close\r\n\r\nserved by shared\n' | nc -l -N -p 80
          done
YAML
kubectl wait --for=condition=Ready pod/shared --timeout=60s

#!/bin/sh
# Entrypoint of patchbay/web: PORT chooses the port (default 80), then nginx takes over as process 1.
trap "exit 0" TERM
set -e
sed "s/@PORT@/${PORT:-80}/" /etc/nginx/nginx.conf.template > /tmp/nginx.conf
exec nginx -c /tmp/nginx.conf -g 'daemon off;'

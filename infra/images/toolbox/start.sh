#!/bin/sh
# Entrypoint of patchbay/toolbox: sleeps for ever and ends at once on TERM.
trap 'exit 0' TERM INT
sleep infinity &
wait $!

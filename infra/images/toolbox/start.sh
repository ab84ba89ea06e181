#!/bin/sh
# What patchbay/toolbox runs when no command is given: a shell on a terminal, otherwise a sleep that ends at once on TERM.
[ -t 0 ] && exec bash
trap 'exit 0' TERM INT
sleep infinity &
wait $!

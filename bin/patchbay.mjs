#!/usr/bin/env node
// The `patchbay` command: readies the clone as `npm start` does, then runs the command on Node 24.
import process from 'node:process';
process.argv.splice(2, 0, 'cli');
await import('../infra/scripts/frontDoor.mjs');

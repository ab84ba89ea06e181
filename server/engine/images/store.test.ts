// What an interrupted build leaves is swept by the next one, also while the dead process is still listed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ImageWriter } from './store.ts';

test('drafts of dead processes and of zombies go, those of the living stay', async () => {
  const store = mkdtempSync(join(tmpdir(), 'pb-store-'));
  // The shell's child ends at once; the shell, stopped by exec into sleep, never asks for it.
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = said.toString().trim();
    while (existsSync(`/proc/${zombie}`) && !/\) Z /.test(readFileSync(`/proc/${zombie}/stat`, 'utf8'))) await new Promise(setImmediate);
    const names = [`.draft-${zombie}-a`, '.draft-999999999-b', `.draft-${process.pid}-c`];
    for (const name of names) mkdirSync(join(store, name));
    await using writer = await ImageWriter.open(store);
    assert.ok(writer);
    assert.deepEqual(readdirSync(store).filter((name) => name.startsWith('.draft')), [`.draft-${process.pid}-c`]);
  } finally {
    parent.kill('SIGKILL');
    rmSync(store, { recursive: true, force: true });
  }
});

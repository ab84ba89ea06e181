// A real shell that does not read what is typed neither spins nor grows: input beyond the bound is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawnNodePty } from './nodePty.ts';

test('typing to a process that does not read is bounded, and what was taken arrives when it reads', async () => {
  const pty = spawnNodePty({ file: '/bin/bash', args: ['-c', 'stty raw -echo; echo ready; read -rN1 go </dev/stdin; head -c 100000 | wc -c'], env: { PATH: process.env.PATH! }, cwd: '/' }, { cols: 80, rows: 24 });
  let said = '';
  const heard = (text: string) => new Promise<void>((resolve) => {
    const listening = pty.onData((data) => {
      said += data;
      if (!said.includes(text)) return;
      listening.dispose();
      resolve();
    });
  });
  const exited = new Promise<number | null>((resolve) => { pty.onExit(resolve); });
  await heard('ready');
  const piece = 'x'.repeat(50_000);
  const taken = [1, 2, 3, 4, 5, 6, 7].map(() => pty.write(piece));
  assert.equal(taken[0], true);
  assert.equal(taken.includes(false), true);
  await heard('100000');
  assert.equal(await exited, 0);
  assert.equal(pty.write('late'), false);
});

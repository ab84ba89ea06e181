// A real shell: typing that is not read is bounded, and what was said last arrives however late it is read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnNodePty } from './nodePty.ts';

test('typing to a process that does not read is bounded, and what was taken arrives when it reads', async () => {
  const pty = spawnNodePty({ file: '/bin/bash', args: ['-c', 'stty raw -echo; trap "go=1" USR1; echo "ready $$."; until [ "$go" ]; do sleep 60 & wait $!; kill $!; done; head -c 100000 | wc -c'], env: { PATH: process.env.PATH! }, cwd: '/' }, { cols: 80, rows: 24 });
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
  await heard('.');
  const piece = 'x'.repeat(50_000);
  const taken = [1, 2, 3, 4, 5, 6, 7].map(() => pty.write(piece));
  assert.equal(taken[0], true);
  assert.equal(taken.includes(false), true);
  process.kill(Number(/ready (\d+)\./.exec(said)![1]), 'SIGUSR1');
  await heard('100000');
  assert.equal(await exited, 0);
  assert.equal(pty.write('late'), false);
});

test('the last output of a process that ended while reading was paused arrives before its exit', async () => {
  const pty = spawnNodePty({ file: '/bin/bash', args: ['-c', 'printf ready; read -rn1 go; printf "%03000d" 7; exit 3'], env: { PATH: process.env.PATH! }, cwd: '/' }, { cols: 80, rows: 24 });
  let said = '';
  const ready = Promise.withResolvers<void>();
  pty.onData((data) => {
    said += data;
    if (said.includes('ready')) ready.resolve();
  });
  const exited = new Promise<number | null>((resolve) => { pty.onExit((code) => {
    said += '|';
    resolve(code);
  }); });
  await ready.promise;
  pty.pause();
  pty.write('x');
  await delay(500); // nothing tells from outside that node-pty's own patience has run out
  assert.doesNotMatch(said, /0007|\|/);
  pty.resume();
  assert.equal(await exited, 3);
  assert.match(said, /0{2999}7\|$/);
});

test('a shell that leaves something running on its terminal still ends', async () => {
  const pty = spawnNodePty({ file: '/bin/bash', args: ['-c', 'trap "" HUP; sleep 5 & exit 4'], env: { PATH: process.env.PATH! }, cwd: '/' }, { cols: 80, rows: 24 });
  assert.equal(await new Promise((resolve) => { pty.onExit(resolve); }), 4);
});

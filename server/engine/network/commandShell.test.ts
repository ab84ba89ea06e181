import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { CommandError } from '../../base/command.ts';
import { createCommandShell } from './commandShell.ts';

describe('the command shell', () => {
  const base = mkdtempSync(path.join(tmpdir(), 'pb-shell-'));
  const folder = path.join(base, 'jobs');
  const shell = createCommandShell(folder);
  test.after(() => rmSync(base, { recursive: true, force: true }));

  test('passes arguments, input and output as they are', async () => {
    const words = ["it's", 'a "b" $c `d`', 'line\nbreak', '', '*'];
    assert.equal(await shell.run({ argv: ['printf', '%s|', ...words] }), `${words.join('|')}|`);
    assert.equal(await shell.run({ argv: ['cat'], input: 'text\n' }), 'text\n');
    assert.equal(await shell.run({ argv: ['cat'] }), '');
    assert.deepEqual(readdirSync(folder), []);
  });
  test('a failure carries code, output and error', async () => {
    const error = await shell.run({ argv: ['sh', '-c', 'echo out; echo wrong >&2; exit 3'] }).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof CommandError);
    assert.deepEqual(error.result, { code: 3, signal: null, stdout: 'out\n', stderr: 'wrong\n' });
    await assert.rejects(shell.run({ argv: ['no-such-command'] }), (thrown: CommandError) => thrown.result?.code === 127);
  });
  test('commands run side by side, and none of them stays as a zombie', async () => {
    const fifo = path.join(base, 'fifo');
    await shell.run({ argv: ['mkfifo', fifo] });
    const reader = shell.run({ argv: ['cat', fifo] });
    await shell.run({ argv: ['sh', '-c', `echo met >${fifo}`] });
    assert.equal(await reader, 'met\n');
    const many = await Promise.all(Array.from({ length: 60 }, (_, index) => shell.run({ argv: ['echo', String(index)] })));
    assert.deepEqual(many.map(Number), Array.from({ length: 60 }, (_, index) => index));
    const parent = Number(await shell.run({ argv: ['sh', '-c', 'read _ _ _ a _ </proc/$PPID/stat; echo $a'] }));
    // Only the process that asks is left; what was told before has been waited for.
    const children = await shell.run({ argv: ['cat', `/proc/${parent}/task/${parent}/children`] });
    assert.equal(children.trim().split(' ').length, 1);
  });
  test('a command that takes too long is killed', async () => {
    await assert.rejects(shell.run({ argv: ['sleep', '600'], timeoutMs: 30 }), (thrown: CommandError) => thrown.result?.code === 137);
  });
  test('joins before it starts', async () => {
    const join = path.join(base, 'procs');
    writeFileSync(join, '');
    assert.equal(await shell.run({ argv: ['cat', join], join: [join] }), '0\n');
    assert.equal(readFileSync(join, 'utf8'), '0\n');
  });
  test('when the shell dies, what runs goes on, what had not begun fails, and a new one starts', async () => {
    const ask = async () => Number(await shell.run({ argv: ['sh', '-c', 'read _ _ _ a _ </proc/$PPID/stat; echo $a'] }));
    const first = await ask();
    const running = shell.run({ argv: ['sh', '-c', `kill -9 ${first}; echo done`] });
    assert.equal(await running, 'done\n');
    const second = await ask().catch(() => ask()); // the news of its death may be late
    assert.notEqual(second, first);
    process.kill(second, 'SIGSTOP');
    const lost = shell.run({ argv: ['echo', 'never'] });
    process.kill(second, 'SIGKILL');
    await assert.rejects(lost, CommandError);
  });
});

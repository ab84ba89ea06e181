import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContainerSpec } from '../types/index.ts';
import { parseStart, planStart } from './conmon.ts';
import { RuntimeError } from './errors.ts';
import { planExec, planExecProcess, quoteWord } from './exec.ts';

const spec = { logPath: '/var/log/pods/x/0.log', tty: false, stdin: false, stdinOnce: false } as ContainerSpec;

describe('start', () => {
  test('the pid is what conmon says on its sync pipe', () => assert.equal(parseStart('{"pid": 86}\n'), 86));

  test("the runtime's words are kept, with their line breaks, as StartError 128", () => {
    const said = '{"pid": -1, "message": "executable file `/nope` not found: No such file or directory\n"}\n';
    assert.throws(() => parseStart(said), (error: unknown) => error instanceof RuntimeError && error.reason === 'StartError' && error.exitCode === 128
      && error.message.endsWith('crun: executable file `/nope` not found: No such file or directory'));
    assert.throws(() => parseStart(''), /gave no reason/);
  });

  test('stdin stays open unless it is asked for once', () => {
    assert.ok(planStart('id', { ...spec, stdin: true }, '/l').includes('--leave-stdin-open'));
    assert.ok(!planStart('id', { ...spec, stdin: true, stdinOnce: true }, '/l').includes('--leave-stdin-open'));
    assert.ok(!planStart('id', spec, '/l').includes('--stdin'));
  });
});

describe('exec', () => {
  const files = { process: '/p.json', pid: '/p.pid', said: '/run/x.said' };
  test('words survive the shell that a terminal needs', () => {
    assert.equal(quoteWord("it's"), `'it'\\''s'`);
    assert.equal(quoteWord(''), `''`);
    assert.equal(quoteWord('/usr/bin/x'), '/usr/bin/x');
  });
  test('without a terminal crun runs directly; with one inside script, at the wanted size', () => {
    assert.equal(planExec('id', { tty: false }, files)[0], 'crun');
    const terminal = planExec('id', { tty: true, size: { cols: 120, rows: 40 } }, files);
    assert.equal(terminal[0], 'script');
    assert.ok(terminal.some((word) => word.includes('cols 120 rows 40') && word.includes('--tty')));
  });
  test("a command runs as the container's own process does, but for words and terminal", () => {
    assert.deepEqual(planExecProcess({ env: ['A=1'], cwd: '/w', args: ['own'] }, { command: ['sh', '-c', 'x'], tty: true }), { env: ['A=1', 'TERM=xterm'], cwd: '/w', args: ['sh', '-c', 'x'], terminal: true });
  });
});

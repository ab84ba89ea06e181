import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { findMakers, killDirectly } from './leftovers.ts';
import { NodeFiles } from './nodeFiles.ts';

const files = new NodeFiles('/');

describe('what is still at work', () => {
  const id = 'c0ffee'.repeat(10);
  test('is found by its command line or its environment, and by nothing else', async () => {
    const byArgument = spawn('sh', ['-c', 'echo; read _', id], { stdio: ['pipe', 'pipe', 'ignore'] });
    const byEnvironment = spawn('sh', ['-c', 'echo; read _'], { stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: process.env['PATH'], CNI_CONTAINERID: id } });
    await Promise.all([once(byArgument.stdout, 'data'), once(byEnvironment.stdout, 'data')]);
    try {
      assert.deepEqual(findMakers(files, [id]).map(Number).sort((a, b) => a - b), [byArgument.pid!, byEnvironment.pid!].sort((a, b) => a - b));
      assert.deepEqual(findMakers(files, ['ab'.repeat(32)]), []);
    } finally {
      byArgument.stdin.end();
      byEnvironment.stdin.end();
    }
  });
  test('a process that is not there is not killed', () => assert.equal(killDirectly(files, 2 ** 22 + 1), false));
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { planFstab, quoteArgv } from './shellText.ts';

test('a shell reads back every quoted word', () => {
  const words = ['plain', '', "it's", 'a b', '$(id)', '`x`', '"', '\\', 'new\nline', '*', '~', ';|&<>'];
  const said = execFileSync('sh', ['-c', `printf '%s\\0' ${quoteArgv(words)}`], { encoding: 'utf8' });
  assert.deepEqual(said.split('\0').slice(0, -1), words);
});

test('fstab fields escape what separates them', () => {
  assert.equal(planFstab([{ source: '/a b', target: '/c\\d', type: 'none', options: ['bind', 'ro'] }]), '/a\\040b /c\\134d none bind,ro 0 0\n');
  assert.equal(planFstab([{ source: 'proc', target: '/proc', type: 'proc', options: [] }]), 'proc /proc proc defaults 0 0\n');
});

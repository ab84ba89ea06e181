// Sequence numbers stay true while old output is dropped.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scrollback } from './scrollback.ts';

test('what is held is read exactly, from any number, in pieces of any size', () => {
  const scrollback = new Scrollback(50);
  let all = '';
  for (let i = 0; i < 40; i++) {
    const chunk = `${i}:${'é😀'.repeat(i % 5)};`;
    all += chunk;
    scrollback.append(chunk);
    assert.equal(scrollback.end, all.length);
    assert.ok(all.length < 50 ? scrollback.start === 0 : scrollback.end - scrollback.start >= 50);
    for (let from = scrollback.start; from <= scrollback.end; from++) {
      assert.equal(scrollback.read(from, 7), all.slice(from, from + 7));
      assert.equal(scrollback.read(from, 1000), all.slice(from));
    }
  }
  assert.ok(scrollback.start > 0);
  assert.throws(() => scrollback.read(scrollback.start - 1, 1), RangeError);
  assert.throws(() => scrollback.read(scrollback.end + 1, 1), RangeError);
});

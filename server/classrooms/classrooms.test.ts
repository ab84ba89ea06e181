// Codes as people type them, names as people mistype them, passwords as they are kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../base/index.ts';
import { StudentName } from '../contract/index.ts';
import { openStore } from '../store/index.ts';
import { createAccounts } from './accounts.ts';
import { foldCode, foldName, newJoinCode, newPassword } from './joinCodes.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

test('codes are readable, and fold to the same however they are typed', () => {
  const code = newJoinCode();
  assert.match(code, /^[a-hjkmnp-z2-9]{4}-[a-hjkmnp-z2-9]{4}$/);
  assert.equal(foldCode(` ${code.toUpperCase().replace('-', ' ')} `), foldCode(code));
  assert.notEqual(newPassword(), newPassword());
});

test('names that look the same are the same', () => {
  for (const [one, other] of [['Ada', ' aDA '], ['Zoë', 'ZOE\u0308'], ['ﬁona', 'fiona'], ['A  B', 'a b'], ['علی\u200cرضا', 'علیرضا']] as const) assert.equal(foldName(one), foldName(other));
  assert.notEqual(foldName('Ada'), foldName('Adam'));
});

test('names of any script are taken, with what joins their letters; nothing invisible, reversed or piled up', () => {
  for (const name of ['Zoë', '李雷', 'עברית שלום', 'علی\u200cرضا', '👩\u200d🔬 Ada', '𝕬𝖉𝖆', "O'Brien", 'ﷺ'.repeat(30)]) assert.equal(StudentName.safeParse(name).data, name);
  for (const name of ['', '   ', '\u200b', '\u200d\u200d', 'a\u0000b', '\u202eevil', '<b>x</b>', '\ud800', 'x'.repeat(61), `Z${'\u0301'.repeat(8)}`]) assert.equal(StudentName.safeParse(name).success, false, JSON.stringify(name));
});

test('a password is verified by its hash only', async () => {
  const stored = await hashPassword('secret');
  assert.doesNotMatch(stored, /secret/);
  assert.equal(await verifyPassword('secret', stored), true);
  assert.equal(await verifyPassword('Secret', stored), false);
  assert.equal(await verifyPassword('', ''), false);
  assert.equal(await verifyPassword('x', 'scrypt$1$1$1'), false);
});

test('the password is made and told once; another given one replaces it and signs everyone out', async () => {
  const store = openStore({ file: ':memory:' });
  const accounts = createAccounts(store, systemClock);
  const made = await accounts.ensurePassword();
  assert.ok(made);
  assert.equal(await accounts.ensurePassword(), undefined);
  const secret = await accounts.signIn(made);
  assert.ok(accounts.identify(['nothing', secret]).instructor);
  await accounts.ensurePassword(made);
  assert.ok(accounts.identify([secret]).instructor);
  assert.equal(await accounts.ensurePassword('another'), undefined);
  assert.deepEqual(accounts.identify([secret]), {});
  await assert.rejects(accounts.signIn(made), { code: 'password-wrong' });
  assert.ok(await accounts.signIn('another'));
  store.dispose();
});

// The settings: defaults, and every problem at once.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, parseConfig } from './config.ts';

const root = '/srv/clone';
const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    parseConfig(env, root);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
};

test('nothing set gives the documented defaults', () => {
  const config = parseConfig({ HOME: '/home/kim', XDG_DATA_HOME: '/home/kim/data' }, root);
  assert.deepEqual({ port: config.port, host: config.host, url: config.url, data: config.data, provider: config.provider, tls: config.tls, workshops: config.workshops },
    { port: 8080, host: '127.0.0.1', url: 'http://127.0.0.1:8080', data: '/home/kim/data/patchbay', provider: 'auto', tls: undefined, workshops: ['/srv/clone/labs'] });
});

test('an empty variable counts as not set', () => {
  assert.equal(parseConfig({ PATCHBAY_PORT: '', XDG_DATA_HOME: '/d' }, root).port, 8080);
});

test('a wildcard host is shown as localhost, an IPv6 one in brackets', () => {
  assert.equal(parseConfig({ PATCHBAY_HOST: '0.0.0.0', XDG_DATA_HOME: '/d' }, root).url, 'http://localhost:8080');
  assert.equal(parseConfig({ PATCHBAY_HOST: '::1', XDG_DATA_HOME: '/d' }, root).url, 'http://[::1]:8080');
});

test('every problem is told at once, each naming its setting', () => {
  const problems = problemsOf({
    PATCHBAY_PORT: 'eighty', PATCHBAY_URL: 'ftp://class', PATCHBAY_PROVIDER: 'docker', PATCHBAY_INSTRUCTOR_PASSWORD: 'short',
    PATCHBAY_TLS_CERT: '/nowhere/cert.pem', PATCHBAY_WORKSHOPS: '/nowhere/labs', XDG_DATA_HOME: '/d',
  });
  for (const name of ['PATCHBAY_PORT', 'PATCHBAY_URL', 'PATCHBAY_PROVIDER', 'PATCHBAY_INSTRUCTOR_PASSWORD', 'PATCHBAY_TLS_CERT', 'PATCHBAY_TLS_KEY', 'PATCHBAY_WORKSHOPS']) {
    assert.ok(problems.some((problem) => problem.includes(name)), `${name} in ${JSON.stringify(problems)}`);
  }
});

test('kind is refused with the reason', () => {
  assert.match(problemsOf({ PATCHBAY_PROVIDER: 'kind', XDG_DATA_HOME: '/d' }).join(), /kind clusters are not supported yet/);
});

test('a data path too long for sockets is refused before anything is made', () => {
  assert.match(problemsOf({ PATCHBAY_DATA: `/${'x'.repeat(90)}` }).join(), /at most \d+ bytes/);
});

test('certificate and key are read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  try {
    writeFileSync(join(folder, 'cert'), 'CERT');
    writeFileSync(join(folder, 'key'), 'KEY');
    const config = parseConfig({ PATCHBAY_TLS_CERT: join(folder, 'cert'), PATCHBAY_TLS_KEY: join(folder, 'key'), XDG_DATA_HOME: '/d' }, root);
    assert.deepEqual(config.tls, { cert: 'CERT', key: 'KEY' });
    assert.equal(config.url, 'https://127.0.0.1:8080');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

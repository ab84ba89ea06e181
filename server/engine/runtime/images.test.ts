import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createImageStore, fullName, planResolution, tryParseReference } from './images.ts';

describe('references', () => {
  test('Docker Hub\'s implied parts are one name', () => {
    for (const text of ['nginx', 'library/nginx', 'docker.io/library/nginx:latest', 'index.docker.io/nginx']) assert.deepEqual(tryParseReference(text), { repository: 'nginx', tag: 'latest' }, text);
    assert.deepEqual(tryParseReference('localhost:5000/a/b:v1'), { repository: 'localhost:5000/a/b', tag: 'v1' });
    assert.equal(tryParseReference(`nginx@sha256:${'a'.repeat(64)}`)?.digest, `sha256:${'a'.repeat(64)}`);
  });
  test('what is no image name is undefined', () => {
    for (const text of ['', 'UPPER', 'a b', 'nginx:', 'nginx:-x', '../x', 'nginx@sha256:zz']) assert.equal(tryParseReference(text), undefined, text);
  });
  test('full names carry registry and tag', () => {
    const full = (text: string) => fullName(tryParseReference(text)!);
    assert.equal(full('nginx'), 'docker.io/library/nginx:latest');
    assert.equal(full('patchbay/web'), 'docker.io/patchbay/web:latest');
    assert.equal(full('registry.k8s.io/pause:3.10'), 'registry.k8s.io/pause:3.10');
  });
});

describe('resolution', () => {
  const ours = (name: string) => ['patchbay/web:latest', 'patchbay/toolbox:latest'].includes(name);
  const of = (text: string, known = ours) => planResolution(tryParseReference(text)!, known);
  test('popular names are answered by ours at any tag, and say so', () => {
    assert.deepEqual(of('nginx:1.27'), { name: 'patchbay/web:latest', aliasOf: 'nginx:1.27' });
    assert.deepEqual(of('docker.io/library/busybox'), { name: 'patchbay/toolbox:latest', aliasOf: 'busybox:latest' });
  });
  test('an imported image of that name wins over the alias', () => {
    assert.deepEqual(of('nginx:1.27', (name) => name === 'nginx:1.27' || ours(name)), { name: 'nginx:1.27' });
  });
  test('other names, tags of ours that do not exist, and digests are not here', () => {
    for (const text of ['redis', 'patchbay/web:v9', 'quay.io/nginx', `nginx@sha256:${'a'.repeat(64)}`]) assert.equal(of(text), undefined, text);
  });
});

test('the store is read from its folders, and unfinished imports are skipped', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'images-'));
  try {
    mkdirSync(join(dir, 'aa', 'rootfs'), { recursive: true });
    mkdirSync(join(dir, '.draft-1-x'));
    mkdirSync(join(dir, 'bb'));
    writeFileSync(join(dir, 'aa', 'image.json'), JSON.stringify({ id: 'aa', names: ['patchbay/web:latest'], config: { entrypoint: ['/web'] } }));
    const store = createImageStore(dir);
    const found = await store.tryResolve('nginx');
    assert.deepEqual(found, {
      id: 'aa', name: 'patchbay/web:latest', aliasOf: 'nginx:latest', rootfs: join(dir, 'aa', 'rootfs'),
      config: { entrypoint: [], cmd: ['/web'], env: [], workingDir: '/', user: '', exposedPorts: undefined },
    });
    assert.deepEqual((await store.tryResolve('patchbay/web'))!.config.entrypoint, ['/web']);
    assert.deepEqual((await store.list()).map((image) => image.id), ['aa']);
    assert.equal(await store.tryResolve('redis'), undefined);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

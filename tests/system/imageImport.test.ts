// Importing archives: an image made on the spot, as an OCI and as a `docker save` archive, then run by a cluster that was there before.
import assert from 'node:assert/strict';
import { cpSync, globSync, lstatSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommand } from '../../server/base/index.ts';
import { importArchive, listImages } from '../../server/engine/index.ts';
import { openTestProvider } from '../support/liveProvider.ts';

const work = mkdtempSync(join(tmpdir(), 'pb-import-'));
after(() => rmSync(work, { recursive: true, force: true }));

/** An OCI layout with one image: a static shell, a marker file, an entrypoint and an environment. */
async function makeArchive(images: string): Promise<string> {
  const layout = join(work, 'layout');
  const root = join(work, 'root');
  const busybox = globSync('*/rootfs/usr/bin/busybox', { cwd: images }).map((file) => join(images, file))[0]!;
  mkdirSync(join(root, 'bin'), { recursive: true });
  cpSync(busybox, join(root, 'bin/busybox'));
  symlinkSync('busybox', join(root, 'bin/sh'));
  writeFileSync(join(root, 'marker'), 'imported\n');
  await runCommand(['umoci', 'init', '--layout', layout]);
  await runCommand(['umoci', 'new', '--image', `${layout}:v1`]);
  await runCommand(['umoci', 'insert', '--rootless', '--image', `${layout}:v1`, root, '/']);
  await runCommand(['umoci', 'config', '--image', `${layout}:v1`, '--config.entrypoint', '/bin/sh', '--config.entrypoint', '-c', '--config.cmd', 'echo $GREETING; /bin/busybox cat /marker; /bin/busybox sleep 300', '--config.env', 'GREETING=hello']);
  const archive = join(work, 'docker.tar');
  await runCommand(['skopeo', 'copy', '--insecure-policy', `oci:${layout}:v1`, `docker-archive:${archive}:example/marker:v1`]);
  await runCommand(['tar', '-cf', join(work, 'oci.tar'), '-C', layout, '.']);
  return archive;
}

test('a docker archive is imported, listed, and run by a cluster that is already there', async () => {
  await using live = await openTestProvider();
  // The store of this test is a copy, so that the user's own images are left alone.
  const link = join(live.data, 'images');
  const shared = readlinkSync(link);
  assert.ok(lstatSync(link).isSymbolicLink());
  const archive = await makeArchive(shared);
  const cluster = await live.provider.provision({ name: 'importer', nodes: 1, egress: false }, { signal: AbortSignal.timeout(30_000), onStage() {} });
  const image = await importArchive(shared, archive);
  try {
    assert.deepEqual(image.names, ['example/marker:v1']);
    assert.ok(listImages(shared).some((listed) => listed.id === image.id));
    const said = await cluster.run('workstation', ['sh', '-c', 'kubectl run m --image=example/marker:v1 && kubectl wait --for=condition=Ready pod/m --timeout=20s && kubectl logs m']);
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stdout, /hello\nimported\n/);
  } finally {
    await live.provider.remove('importer');
    await removeImage(shared, image.id);
  }
});

test('an OCI archive without a name needs one', async () => {
  const store = join(work, 'store');
  const archive = join(work, 'oci.tar');
  await assert.rejects(importArchive(store, join(work, 'absent.tar')), /no file/);
  writeFileSync(join(work, 'text.tar'), 'not an archive');
  await assert.rejects(importArchive(store, join(work, 'text.tar')), /neither/);
  const image = await importArchive(store, archive, 'example/other');
  assert.deepEqual([image.names, image.config.env], [['example/other:latest'], ['GREETING=hello']]);
});

async function removeImage(store: string, id: string): Promise<void> {
  const { ensureIdMap, MappedShell } = await import('../../server/engine/index.ts');
  await using shell = await MappedShell.open(ensureIdMap(store));
  await shell.run(['sh', '-c', 'find . -mindepth 1 -delete'], { cwd: join(store, id, 'rootfs') });
  rmSync(join(store, id), { recursive: true });
}

// The `patchbay` command as a script would call it: words in, JSON and exit codes out.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { tryCommand } from '../../server/base/index.ts';
import { makeTestData } from '../support/liveProvider.ts';

const root = join(import.meta.dirname, '../..');
const data = makeTestData();
const patchbay = (...words: string[]) => tryCommand([process.execPath, join(root, 'server/cli/main.ts'), ...words], { env: { ...process.env, PATCHBAY_DATA: data }, timeoutMs: 60_000 });
const tryReadLink = (file: string): string | undefined => {
  try {
    return readlinkSync(file);
  } catch {
    return undefined; // no such process or descriptor
  }
};
const json = async (...words: string[]) => {
  const result = await patchbay(...words, '--json');
  return { code: result.code, value: JSON.parse(result.stdout) as Record<string, unknown> };
};

after(async () => {
  await patchbay('stop');
  rmSync(data, { recursive: true, force: true });
});

test('help of the whole and of one command', async () => {
  assert.match((await patchbay('--help')).stdout, /patchbay cluster up NAME/);
  assert.match((await patchbay('cluster', 'up', '--help')).stdout, /--publish/);
});

test('a wrong call exits with 2 and says how it goes', async () => {
  for (const words of [['frobnicate'], ['cluster', 'up'], ['cluster', 'up', 'a', '--nodes', 'many'], ['cluster', 'up', 'Bad_Name'], ['cluster', 'list', '--colour']]) {
    assert.equal((await patchbay(...words)).code, 2, words.join(' '));
  }
});

test('an absent cluster exits with 3', async () => {
  assert.equal((await patchbay('cluster', 'down', 'absent')).code, 3);
  assert.equal((await patchbay('cluster', 'shell', 'absent')).code, 3);
});

test('doctor finds this machine able', async () => {
  const { code, value } = await json('doctor');
  assert.deepEqual([code, value['ready']], [0, true], JSON.stringify(value['findings']));
});

test('up, its kubeconfig from the host, shell, list, up again, down', async () => {
  const up = await json('cluster', 'up', 'scripted', '--nodes', '2');
  assert.equal(up.code, 0, JSON.stringify(up.value));
  assert.deepEqual(Object.keys(up.value).sort(), ['kubeconfig', 'name', 'seconds', 'server']);
  const kubeconfig = up.value['kubeconfig'] as string;

  const shell = await tryCommand([process.execPath, join(root, 'server/cli/main.ts'), 'cluster', 'shell', 'scripted', 'worker'], { env: { ...process.env, PATCHBAY_DATA: data }, input: 'hostname\nexit 3\n', timeoutMs: 20_000 });
  assert.deepEqual([/worker/.test(shell.stdout), shell.code], [true, 3]);

  const { createKubeHttp } = await import('../../server/clusters/providers/shared/kubeHttp.ts');
  const { parseKubeconfig } = await import('../../server/clusters/providers/shared/kubeconfig.ts');
  const { readFileSync } = await import('node:fs');
  const client = createKubeHttp(parseKubeconfig(readFileSync(kubeconfig, 'utf8')));
  const nodes = await client.list({ apiVersion: 'v1', resource: 'nodes' });
  client.destroy();
  assert.deepEqual(nodes.items.map((node) => node.metadata.name).sort(), ['control-plane', 'worker']);

  assert.deepEqual((await json('cluster', 'list')).value, [{ name: 'scripted', state: 'running', createdAt: ((await json('cluster', 'list')).value as unknown as { createdAt: number }[])[0]!.createdAt }]);
  assert.equal((await patchbay('cluster', 'up', 'scripted')).code, 4);
  assert.equal((await patchbay('cluster', 'down', 'scripted')).code, 0);
  assert.equal(existsSync(join(data, 'clusters', 'scripted')), false);
});

test('what the caller has open never reaches a sandbox', async () => {
  const command = [process.execPath, join(root, 'server/cli/main.ts'), 'cluster', 'up', 'sealed', '--nodes', '1'];
  const marker = join(data, 'marker');
  mkdirSync(marker);
  const up = await tryCommand(['bash', '-c', 'exec 251<"$0"; exec "$@"', marker, ...command], { env: { ...process.env, PATCHBAY_DATA: data }, timeoutMs: 60_000 });
  assert.equal(up.code, 0, up.stderr);
  const carriers = readdirSync('/proc').filter((pid) => tryReadLink(`/proc/${pid}/fd/251`) === marker && tryReadLink(`/proc/${pid}/ns/pid`) !== tryReadLink('/proc/self/ns/pid'));
  assert.deepEqual(carriers, []);
  assert.equal((await patchbay('cluster', 'down', 'sealed')).code, 0);
});

test('images are listed', async () => {
  const { value } = await json('image', 'list');
  assert.ok((value as unknown as { names: string[] }[]).some((image) => image.names.includes('patchbay/web:latest')));
});

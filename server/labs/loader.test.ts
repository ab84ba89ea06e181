// Folders of labs, good and bad.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { lintPath } from './lint.ts';
import { loadWorkshops } from './loader.ts';

const root = await mkdtemp(join(tmpdir(), 'labs-'));
after(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const lab = (id: string) => ['---', 'title: A lab for tests', 'summary: It exists for the tests alone.', 'minutes: 10', 'objectives: [Load]', '---', '## One', '',
  ...['a', 'b', 'c'].flatMap((check) => ['```check', `id: ${id}-${check}`, 'type: http', 'title: It works', 'from: { machine: worker }', 'to: { pod: web }', '```', ''])].join('\n');

test('load in the order of their numbers, with setup and scripts', async () => {
  await write('good/w/workshop.yaml', 'title: Good\nsummary: A workshop for tests.\n');
  await write('good/w/10-second/lab.md', lab('x'));
  await write('good/w/02-first/lab.md', lab('y'));
  await write('good/w/02-first/setup/a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: b }\n');
  for (const folder of ['02-first', '10-second']) {
    const check = folder === '02-first' ? 'y-a' : 'x-a';
    await write(`good/w/${folder}/solutions/s.sh`, 'set -eu\n');
    for (const name of ['m1', 'm2', 'm3']) await write(`good/w/${folder}/mistakes/${name}.sh`, `# catches: ${check}\n# cluster: new\nset -eu\n`);
  }
  const { workshops, problems } = await loadWorkshops([join(root, 'good')]);
  assert.deepEqual(problems, []);
  assert.deepEqual(workshops[0]!.labs.map((one) => [one.id, one.number, one.namespace]), [['first', 2, 'lab-02'], ['second', 10, 'lab-10']]);
  assert.deepEqual(workshops[0]!.labs[0]!.setup.map((object) => object.metadata.name), ['a', 'b']);
  assert.deepEqual(workshops[0]!.labs[0]!.mistakes[0]!.catches, ['y-a']);
  assert.equal(workshops[0]!.labs[0]!.mistakes[0]!.freshCluster, true);
  assert.deepEqual(await lintPath(join(root, 'good/w/02-first/lab.md')), []);
});

test('tell what is wrong with scripts, setup, names and numbers', async () => {
  await write('bad/w/workshop.yaml', 'title: Bad\nsummary: A workshop for tests.\ncolour: red\n');
  await write('bad/w/1-short/lab.md', lab('x'));
  await write('bad/w/03-scripts/lab.md', lab('y'));
  await write('bad/w/03-scripts/setup/a.yaml', 'apiVersion: v1\nkind: ConfigMap\n');
  await write('bad/w/03-scripts/mistakes/m.sh', '# catches: nothing\necho\n');
  await write('bad/w/03-twin/lab.md', lab('z'));
  const said = (await lintPath(join(root, 'bad'))).map((problem) => `${problem.file.slice(root.length)}:${problem.line}: ${problem.message}`).join('\n');
  for (const expected of [/workshop\.yaml:3: unknown key "colour"/, /1-short\/lab\.md:1: The folder "1-short" is not named/, /setup\/a\.yaml:1: This object has no usable metadata/, /m\.sh:1: The lab has no check "nothing"/, /m\.sh:1: The script goes on after a failed command/, /The lab has no solution/, /The lab has 1 mistakes/, /03-twin\/lab\.md:1: 03-scripts has the same number/]) assert.match(said, expected);
});

test('a folder that cannot be read is an error with a hint', async () => {
  await assert.rejects(loadWorkshops([join(root, 'nowhere')]), { code: 'labs-unreadable' });
});

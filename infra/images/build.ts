// Builds our images from Debian packages into the image store, each once, and says how far it is.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, tryCommand } from '../../server/base/index.ts';
import { ImageError, ImageWriter, listImages } from '../../server/engine/images/index.ts';
import type { Draft } from '../../server/engine/images/store.ts';
import { recipeHash, recipes, suite } from './recipes.ts';
import type { Recipe } from './recipes.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The package source that this host's own apt uses for Debian, as a sources.list line; undefined lets mmdebstrap take its default. */
async function trySourceLine(): Promise<string | undefined> {
  const listed = await tryCommand(['apt-get', 'indextargets', '--format', '$(REPO_URI) $(RELEASE) $(ORIGIN) $(LABEL)']);
  const line = listed.stdout.split('\n').find((target) => target.endsWith(' Debian Debian'));
  return line ? `deb [signed-by=${KEYRING}] ${line.split(' ')[0]} ${suite} main` : undefined;
}

/** Unpacks one recipe's packages into a draft. */
async function fill(recipe: Recipe, draft: Draft, folder: string): Promise<string> {
  const tar = join(draft.folder, 'root.tar');
  const source = await trySourceLine();
  const excludes = ['doc', 'man', 'locale', 'info', 'lintian'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const mode = process.getuid?.() === 0 ? 'root' : 'unshare';
  await runCommand(
    ['mmdebstrap', `--mode=${mode}`, `--variant=${recipe.variant}`, `--include=${recipe.packages.join(',')}`, ...excludes, suite, tar, ...(source ? [source] : [])],
    { env: { ...process.env, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' } },
  );
  const opened = openSync(tar, 'r');
  try {
    await draft.shell.run(['tar', '-xf', '-', '--exclude=./dev/*'], { cwd: draft.rootfs, input: { fd: opened } });
  } finally {
    closeSync(opened);
  }
  for (const file of recipe.files) {
    await draft.shell.run(['sh', '-c', 'cat > "$1" && chmod "$2" "$1"', 'sh', file.target, file.mode], {
      cwd: draft.rootfs,
      input: readFileSync(join(folder, file.source)),
    });
  }
  if (recipe.finish) await draft.shell.run(['sh', '-ec', recipe.finish], { cwd: draft.rootfs });
  const digest = createHash('sha256').update(readFileSync(tar)).update(recipeHash(recipe, folder)).digest('hex');
  rmSync(tar);
  return digest.slice(0, 16);
}

/** Where the lines of progress go: one per event, so that logs stay readable. */
export type Progress = (line: string) => void;

/**
 * Makes sure that every recipe's image is in the store; those that are there already cost nothing.
 * Throws ImageError `image-build` naming the image, with mmdebstrap's own last words.
 */
export async function ensureImages(store: string, folder: string, progress: Progress): Promise<void> {
  const present = new Set(listImages(store).map((image) => image.recipe));
  const missing = recipes.filter((recipe) => !present.has(recipeHash(recipe, folder)));
  if (missing.length === 0) return;
  progress(`Building ${missing.length} of ${recipes.length} images from Debian packages, once; about ${Math.max(...missing.map((recipe) => recipe.seconds)) + 15} seconds.`);
  await using writer = await ImageWriter.open(store);
  const results = await Promise.allSettled(missing.map((recipe) => build(recipe, writer, folder, progress)));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

async function build(recipe: Recipe, writer: ImageWriter, folder: string, progress: Progress): Promise<void> {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const ticker = setInterval(() => progress(`  ${recipe.name}: ${recipe.title}, ${seconds()} of about ${recipe.seconds * 2} s`), 10_000);
  try {
    const draft = await writer.draft(recipe.name.replace('/', '-'));
    const id = await fill(recipe, draft, folder);
    await draft.publish({ id, names: [`${recipe.name}:latest`], config: recipe.config, recipe: recipeHash(recipe, folder) });
    progress(`  ${recipe.name}: ${recipe.title}, built in ${seconds()}`);
  } catch (error) {
    throw new ImageError('image-build', `The image ${recipe.name} could not be built: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
      hint: 'Check that apt can reach its package source (apt-get update), then run the same command again.',
    });
  } finally {
    clearInterval(ticker);
  }
}

if (import.meta.main) {
  const [store] = process.argv.slice(2);
  if (!store) throw new Error('usage: build.ts STORE');
  try {
    await ensureImages(store, import.meta.dirname, (line) => console.log(line));
  } catch (error) {
    console.error(error instanceof ImageError ? `${error.message}\n${error.hint ?? ''}` : error);
    process.exitCode = 1;
  }
}

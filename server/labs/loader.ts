// Folders to workshops: everything that can be read is loaded, everything that is wrong is told.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LabId } from '../contract/index.ts';
import { LabError } from './errors.ts';
import { WorkshopFile } from './frontMatter.ts';
import { parseManifests } from './manifests.ts';
import { parseLab } from './parseLab.ts';
import { sanitizeSvg } from './sanitize.ts';
import { parseScript } from './scripts.ts';
import type { Lab, LabScript, LintProblem, Manifest, Workshop } from './types.ts';
import { parseYaml } from './yamlSource.ts';

/**
 * Loads every workshop below the given folders (a folder with workshop.yaml, or a folder of such folders). A lab whose lab.md has a
 * problem is left out and its problems are told; problems of its scripts alone are told without leaving it out.
 * Throws LabError `labs-unreadable` for a root that cannot be read.
 */
export async function loadWorkshops(roots: readonly string[]): Promise<{ workshops: Workshop[]; problems: LintProblem[] }> {
  const workshops: Workshop[] = [];
  const problems: LintProblem[] = [];
  for (const root of roots) {
    for (const folder of await workshopFolders(root)) {
      const loaded = await loadWorkshop(folder);
      problems.push(...loaded.problems);
      if (!loaded.workshop) continue;
      if (workshops.some((one) => one.id === loaded.workshop!.id)) problems.push({ file: join(folder, 'workshop.yaml'), line: 1, message: `There are two workshops "${loaded.workshop.id}". Rename one folder.` });
      else workshops.push(loaded.workshop);
    }
  }
  return { workshops, problems };
}

async function workshopFolders(root: string): Promise<string[]> {
  const names = await namesOf(root);
  if (names === undefined) throw new LabError('labs-unreadable', `The workshops' folder ${root} cannot be read.`, { hint: 'Check PATCHBAY_WORKSHOPS.' });
  if (names.includes('workshop.yaml')) return [root];
  const folders = await Promise.all(names.map(async (name) => ((await namesOf(join(root, name)))?.includes('workshop.yaml') ? [join(root, name)] : [])));
  return folders.flat();
}

/** Loads one workshop's folder. */
export async function loadWorkshop(folder: string): Promise<{ workshop?: Workshop; problems: LintProblem[] }> {
  const id = basename(folder);
  const file = join(folder, 'workshop.yaml');
  const head = parseYaml(await readFile(file, 'utf8'), WorkshopFile, { file, line: 1 });
  const problems = [...head.problems];
  const labs: Lab[] = [];
  for (const name of (await namesOf(folder)) ?? []) {
    const path = join(folder, name);
    if (!(await namesOf(path))?.includes('lab.md')) continue;
    const loaded = await loadLab(path, id);
    problems.push(...loaded.problems);
    if (!loaded.lab) continue;
    const twin = labs.find((lab) => lab.number === loaded.lab!.number || lab.id === loaded.lab!.id);
    if (twin) problems.push({ file: join(path, 'lab.md'), line: 1, message: `${basename(twin.folder)} has the same number or name. Rename this folder.` });
    else labs.push(loaded.lab);
  }
  labs.sort((a, b) => a.number - b.number);
  return head.value ? { workshop: { id, ...head.value, folder, labs }, problems } : { problems };
}

/** Loads one lab's folder, `NN-name`. */
export async function loadLab(folder: string, workshopId: string): Promise<{ lab?: Lab; problems: LintProblem[] }> {
  const file = join(folder, 'lab.md');
  const name = /^(\d{2})-([a-z0-9][a-z0-9-]*)$/.exec(basename(folder));
  if (!name) return { problems: [{ file, line: 1, message: `The folder "${basename(folder)}" is not named NN-name, e.g. 02-reach-a-pod.` }] };
  const namespace = `lab-${name[1]}`;
  const id = LabId.parse(name[2]);
  const assets = new Map<string, string | undefined>();
  for (const asset of (await namesOf(join(folder, 'files'))) ?? []) {
    assets.set(asset, asset.endsWith('.svg') ? sanitizeSvg(await readFile(join(folder, 'files', asset), 'utf8')) : undefined);
  }
  const parsed = parseLab({ id, namespace, file, text: await readFile(file, 'utf8'), tryDiagram: (asset) => assets.get(asset), hasFile: (asset) => assets.has(asset) });
  const problems = [...parsed.problems];
  const setup: Manifest[] = [];
  for (const manifest of await filesOf(join(folder, 'setup'), '.yaml')) {
    const read = parseManifests(manifest.text, { file: manifest.file, line: 1 });
    problems.push(...read.problems);
    setup.push(...read.manifests);
  }
  if (!parsed.lab) return { problems };
  const { front, ...content } = parsed.lab;
  const checkIds = content.checks.map((check) => check.id);
  const scripts = async (kind: 'solution' | 'mistake'): Promise<LabScript[]> => {
    const read = (await filesOf(join(folder, `${kind}s`), '.sh')).map((script) => parseScript(kind, script.name, script.file, script.text, checkIds));
    problems.push(...read.flatMap((script) => script.problems));
    return read.map((script) => script.script);
  };
  const solutions = await scripts('solution');
  const mistakes = await scripts('mistake');
  problems.push(...lintWhole(file, checkIds.length, solutions.length, mistakes.length));
  const points = content.checks.reduce((sum, check) => sum + check.points, 0);
  return { lab: { id, workshopId, number: Number(name[1]), ...front, namespace, folder, ...content, points, setup, solutions, mistakes }, problems };
}

function lintWhole(file: string, checks: number, solutions: number, mistakes: number): LintProblem[] {
  const problems: LintProblem[] = [];
  if (checks < 3) problems.push({ file, line: 1, message: `The lab has ${checks} checks; a lab has at least three.` });
  if (solutions < 1) problems.push({ file, line: 1, message: 'The lab has no solution. Add solutions/NAME.sh, so that it can be proved.' });
  if (mistakes < 3) problems.push({ file, line: 1, message: `The lab has ${mistakes} mistakes; a lab has at least three in mistakes/, one of them a fake of the result.` });
  return problems;
}

async function filesOf(folder: string, ending: string): Promise<{ name: string; file: string; text: string }[]> {
  const names = ((await namesOf(folder)) ?? []).filter((name) => name.endsWith(ending));
  return Promise.all(names.map(async (name) => ({ name, file: join(folder, name), text: await readFile(join(folder, name), 'utf8') })));
}

/** Names in a folder in order; undefined when it is no readable folder. */
async function namesOf(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return undefined;
  }
}

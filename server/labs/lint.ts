// Lint: every problem of a lab, a workshop or a folder of workshops, each with its file and line.
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { loadLab, loadWorkshops } from './loader.ts';
import type { LintProblem } from './types.ts';

/** Lints one lab's folder. */
export async function lintLab(folder: string): Promise<LintProblem[]> {
  return (await loadLab(resolve(folder), basename(dirname(resolve(folder))))).problems;
}

/** Lints whatever `path` is: a lab.md, a lab's folder, a workshop's folder, or a folder of workshops. Throws LabError `labs-unreadable`. */
export async function lintPath(path: string): Promise<LintProblem[]> {
  const full = resolve(path);
  if (basename(full) === 'lab.md') return lintLab(dirname(full));
  if (await isThere(join(full, 'lab.md'))) return lintLab(full);
  const { workshops, problems } = await loadWorkshops([full]);
  if (workshops.length === 0 && problems.length === 0) return [{ file: path, line: 1, message: 'There is no workshop here: no folder has a workshop.yaml.' }];
  return problems;
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}

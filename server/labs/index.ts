// Everything of the labs room.
export * from './checkSpecs/index.ts';
export { LabError } from './errors.ts';
export type { FrontMatter, Needs } from './frontMatter.ts';
export { parsePath, selectPath } from './jsonPath.ts';
export { tryKind } from './kinds.ts';
export type { KindInfo } from './kinds.ts';
export { lintLab, lintPath } from './lint.ts';
export { loadLab, loadWorkshop, loadWorkshops } from './loader.ts';
export { judgeQuiz } from './quiz.ts';
export { checkView, fileBlocks, findFileBlock, renderLab, unmetNeeds } from './render.ts';
export type * from './types.ts';
export { splitScript } from './scripts.ts';

// One lab file to steps and blocks, collecting every problem with its line.
// Longer than most: the walk over the tokens and its few states belong on one page.
import type { Token } from 'marked';
import { CheckSource, settleCheck } from './checkSpecs/index.ts';
import type { CheckSpec } from './checkSpecs/index.ts';
import { tryFence } from './codeBlock.ts';
import { FrontMatter, trySplitFrontMatter } from './frontMatter.ts';
import { escapeHtml } from './highlight.ts';
import { parseManifests } from './manifests.ts';
import { createProse, tryLocalPath } from './markdown.ts';
import type { Prose } from './markdown.ts';
import { QuizSource, settleQuiz } from './quiz.ts';
import { plainText } from './sanitize.ts';
import type { Condition, LabBlock, LabStep, LintProblem, Quiz } from './types.ts';
import { findMistakenNames, tryCondition } from './values.ts';
import { parseYaml } from './yamlSource.ts';

/** Where a lab's text comes from. `tryDiagram` gives the sanitised SVG of files/NAME for drawings that are inlined. */
export interface LabSource { id: string; namespace: string; file: string; text: string; tryDiagram(name: string): string | undefined; hasFile(name: string): boolean }

/** What one lab file holds. */
export interface ParsedLab { front: FrontMatter; intro: LabBlock[]; steps: LabStep[]; checks: CheckSpec[]; quizzes: Quiz[] }

/** Parses a lab file; `lab` is absent exactly when there are problems. */
export function parseLab(source: LabSource): { lab?: ParsedLab; problems: LintProblem[] } {
  const text = source.text.replace(/\r\n?/g, '\n').replace(/^\uFEFF/, '');
  const split = trySplitFrontMatter(text);
  if (!split) return { problems: [{ file: source.file, line: 1, message: 'The file does not begin with front matter. Put title, summary, minutes and objectives between two lines of ---.' }] };
  const front = parseYaml(split.yaml, FrontMatter, { file: source.file, line: 2 });
  const walk = new LabWalk(source);
  for (const { name, offset } of findMistakenNames(split.body)) {
    walk.problem(split.bodyLine + split.body.slice(0, offset).split('\n').length - 1, `There is no value "${name}". Values are namespace, provider, networkPlugin, workstation.ip, outside.ip, node.NAME.ip and node.NAME.podCidr.`);
  }
  walk.read(split.body, split.bodyLine);
  const problems = [...front.problems, ...walk.problems].sort((a, b) => a.line - b.line);
  if (!front.value || problems.length > 0) return { problems };
  return { lab: { front: front.value, intro: walk.intro, steps: walk.steps, checks: walk.checks, quizzes: walk.quizzes }, problems };
}

/** A step's stable id from its title. */
export function slugOf(title: string): string {
  return title.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60) || 'step';
}

class LabWalk {
  readonly problems: LintProblem[] = [];
  readonly intro: LabBlock[] = [];
  readonly steps: LabStep[] = [];
  readonly checks: CheckSpec[] = [];
  readonly quizzes: Quiz[] = [];
  readonly #source: LabSource;
  readonly #prose: Prose;
  #pending: Token[] = [];
  #condition: { value: Condition; line: number } | undefined;
  #hint: { title: string; tokens: Token[]; line: number } | undefined;
  #runs = 0;
  #files = new Map<string, number>();

  constructor(source: LabSource) {
    this.#source = source;
    this.#prose = createProse(source.id);
  }

  problem(line: number, message: string): void {
    this.problems.push({ file: this.#source.file, line, message });
  }

  read(body: string, firstLine: number): void {
    let line = firstLine;
    for (const token of this.#prose.lex(body)) {
      this.#take(token, line + (/^\n*/.exec(token.raw)?.[0].length ?? 0));
      line += token.raw.split('\n').length - 1;
    }
    if (this.#hint) this.problem(this.#hint.line, 'This hint is not closed. End it with </details> on a line of its own, between blank lines.');
    if (this.#condition) this.problem(this.#condition.line, 'This condition is not closed. End it with <!-- end -->.');
    this.#flush();
    if (this.steps.length === 0) this.problem(firstLine, 'The lab has no steps. Each level-2 heading (##) begins one.');
  }

  #take(token: Token, line: number): void {
    if (token.type === 'html') return this.#takeHtml(token, line);
    if (this.#hint) {
      if (token.type === 'code') this.#plainOnly(token.lang ?? '', line, 'inside a hint');
      this.#lintNested(token, line);
      this.#hint.tokens.push(token);
      return;
    }
    if (token.type === 'heading' && token.depth <= 2) return this.#takeHeading(token.depth, token.text, line);
    if (token.type === 'code') return this.#takeCode(token.lang ?? '', token.text, line);
    if (token.type === 'paragraph' && this.#takeDiagram(token)) return;
    this.#lintNested(token, line);
    if (token.type !== 'def') this.#pending.push(token);
  }

  #takeHtml(token: Token, line: number): void {
    const text = token.raw.trim();
    const condition = tryCondition(text);
    if (typeof condition === 'string') return this.problem(line, condition);
    if (condition) {
      if (this.#hint) return this.problem(line, 'A condition cannot stand inside a hint; put the hint inside the condition.');
      if (this.#condition) return this.problem(line, 'Conditions do not nest. Close the first with <!-- end -->.');
      this.#flush();
      this.#condition = { value: condition, line };
      return;
    }
    if (/^<!--\s*end\s*-->$/.test(text)) {
      if (!this.#condition) return this.problem(line, 'There is no condition to end here.');
      this.#flush();
      this.#condition = undefined;
      return;
    }
    if (/<!--\s*(when|end)\b/.test(text)) return this.problem(line, 'A condition stands on a line of its own, with a blank line before and after.');
    if (text.startsWith('<!--')) return;
    const summary = /^<details>\s*<summary>([\s\S]*?)<\/summary>$/.exec(text);
    if (summary) {
      if (this.#hint) return this.problem(line, 'Hints do not nest. Close the first with </details>.');
      this.#flush();
      this.#hint = { title: plainText(summary[1]!), tokens: [], line };
      return;
    }
    if (text === '</details>') {
      if (!this.#hint) return this.problem(line, 'There is no hint to close here.');
      const { title, tokens } = this.#hint;
      this.#hint = undefined;
      if (tokens.every((one) => one.type === 'space')) return this.problem(line, 'This hint is empty.');
      this.#push({ type: 'hint', title, html: this.#prose.html(tokens) });
      return;
    }
    if (/<\/?(details|summary)\b/i.test(text)) return this.problem(line, 'A hint is written <details><summary>Hint: …</summary>, a blank line, the text, a blank line, </details>.');
    this.problem(line, `Raw HTML (${text.slice(0, 30)}) is not shown on the page. Write it as Markdown.`);
  }

  #takeHeading(depth: number, title: string, line: number): void {
    if (depth === 1) return this.problem(line, 'The lab\'s title belongs into the front matter; steps are level-2 headings (##).');
    if (this.#condition) return this.problem(line, 'A step cannot begin inside a condition: steps are the same for everyone.');
    this.#flush();
    const words = this.#prose.text(title);
    const id = slugOf(words);
    if (this.steps.some((step) => step.id === id)) return this.problem(line, `Two steps are called "${words}". Give this one another title.`);
    this.steps.push({ id, title: words, blocks: [] });
    this.#runs = 0;
  }

  #takeCode(info: string, code: string, line: number): void {
    const fence = tryFence(info);
    if (typeof fence === 'string') return this.problem(line, fence);
    this.#flush();
    if (fence.kind === 'check') return this.#takeCheck(code, line);
    if (fence.kind === 'quiz') return this.#takeQuiz(code, line);
    if (fence.kind === 'run') {
      this.#runs += 1;
      if (code.trim() === '') return this.problem(line, 'This run block is empty.');
      return this.#push({ type: 'run', id: `${this.steps.at(-1)?.id ?? 'intro'}-run-${this.#runs}`, machine: fence.machine, language: fence.language, code });
    }
    if (fence.kind === 'file') {
      const seen = (this.#files.get(fence.path) ?? 0) + 1;
      this.#files.set(fence.path, seen);
      if (fence.language === 'yaml') this.#lintManifest(code, line + 1);
      return this.#push({ type: 'file', id: `file-${slugOf(fence.path)}${seen > 1 ? `-${seen}` : ''}`, path: fence.path, language: fence.language, code: `${code}\n` });
    }
    this.#push({ type: 'code', language: fence.language || 'text', code });
  }

  #takeCheck(code: string, line: number): void {
    const parsed = parseYaml(code, CheckSource, { file: this.#source.file, line: line + 1 });
    this.problems.push(...parsed.problems);
    if (!this.#belongs('check', line) || !parsed.value) return;
    const check = settleCheck(parsed.value, this.#source.namespace);
    if (this.#taken(check.id)) return this.problem(line + 1, `The id "${check.id}" is taken in this lab. Give this check another.`);
    this.checks.push(check);
    this.#push({ type: 'check', check });
  }

  #takeQuiz(code: string, line: number): void {
    const parsed = parseYaml(code, QuizSource, { file: this.#source.file, line: line + 1 });
    this.problems.push(...parsed.problems);
    if (!this.#belongs('quiz', line) || !parsed.value) return;
    const quiz = settleQuiz(parsed.value, this.#prose);
    if (this.#taken(quiz.id)) return this.problem(line + 1, `The id "${quiz.id}" is taken in this lab. Give this quiz another.`);
    this.quizzes.push(quiz);
    this.#push({ type: 'quiz', quiz });
  }

  #belongs(what: string, line: number): boolean {
    if (this.steps.length === 0) this.problem(line, `A ${what} belongs to a step. Move it below the first level-2 heading.`);
    else if (this.#condition) this.problem(line, `A ${what} cannot stand inside a condition: what counts is the same for everyone. Use needs in the front matter.`);
    else return true;
    return false;
  }

  #taken(id: string): boolean {
    return this.checks.some((check) => check.id === id) || this.quizzes.some((quiz) => quiz.id === id);
  }

  /** A paragraph that is one SVG of files/ is inlined, so that it takes the page's colours. */
  #takeDiagram(token: Token): boolean {
    const only = 'tokens' in token && token.tokens?.length === 1 ? token.tokens[0]! : undefined;
    if (only?.type !== 'image') return false;
    const local = tryLocalPath(only.href);
    const svg = local && 'asset' in local && local.asset.endsWith('.svg') ? this.#source.tryDiagram(local.asset) : undefined;
    if (svg === undefined) return false;
    this.#flush();
    this.#push({ type: 'html', html: `<figure class="diagram" role="img" aria-label="${escapeHtml(only.text)}">${svg}</figure>` });
    return true;
  }

  #lintManifest(code: string, line: number): void {
    this.problems.push(...parseManifests(code, { file: this.#source.file, line }).problems);
  }

  #plainOnly(info: string, line: number, where: string): void {
    const fence = tryFence(info);
    if (typeof fence === 'string') this.problem(line, fence);
    else if (fence.kind !== 'code') this.problem(line, `A ${fence.kind} block cannot stand ${where}. Move it to the left margin, outside of it.`);
  }

  #lintNested(token: Token, line: number): void {
    this.#prose.walk([token], (inner) => {
      if (inner !== token && inner.type === 'code') this.#plainOnly(inner.lang ?? '', line, 'inside a list or quote');
      if (inner.type === 'html' && !inner.raw.trim().startsWith('<!--') && !/^<\/?(kbd|sub|sup|br)\s*\/?>$/i.test(inner.raw.trim())) {
        this.problem(line, `Raw HTML (${inner.raw.trim().slice(0, 30)}) is not shown on the page. Write it as Markdown.`);
      }
      if (inner.type === 'image') this.#lintImage(inner.href, line);
      if (inner.type === 'link' && !/^(https?:|mailto:|#)/.test(inner.href) && tryLocalPath(inner.href) === undefined) {
        this.problem(line, `The link to "${inner.href}" leads nowhere. Link to https://…, or to ../NN-name/lab.md.`);
      }
    });
  }

  #lintImage(href: string, line: number): void {
    const local = tryLocalPath(href);
    if (!local || !('asset' in local)) this.problem(line, `The image "${href}" is not in the lab's files/ folder. Put it there and write files/NAME.`);
    else if (!this.#source.hasFile(local.asset)) this.problem(line, `The image files/${local.asset} does not exist.`);
  }

  #flush(): void {
    const tokens = this.#pending;
    this.#pending = [];
    if (tokens.every((token) => token.type === 'space')) return;
    const html = this.#prose.html(tokens);
    if (html !== '') this.#push({ type: 'html', html });
  }

  #push(block: LabBlock): void {
    const blocks = this.steps.at(-1)?.blocks ?? this.intro;
    blocks.push(this.#condition ? { ...block, when: this.#condition.value } : block);
  }
}

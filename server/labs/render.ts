// A lab as one student's page shows it: values filled in, conditions settled, expectations left out.
import type { Block, CheckView, LabView, QuizView } from '../contract/index.ts';
import type { CheckSpec } from './checkSpecs/index.ts';
import { highlightCode } from './highlight.ts';
import type { Lab, LabBlock, LabValues, Quiz } from './types.ts';
import { fillHtml, fillText, holds } from './values.ts';

/** Renders a lab for a cluster. Branded ids are those of the loaded lab. */
export function renderLab(lab: Lab, values: LabValues): LabView {
  const blocks = (list: readonly LabBlock[]) => list.filter((block) => holds(block.when, values)).map((block) => renderBlock(block, values, lab.namespace));
  return {
    id: lab.id,
    number: lab.number,
    title: lab.title,
    summary: lab.summary,
    minutes: lab.minutes,
    objectives: lab.objectives,
    namespace: lab.namespace,
    intro: blocks(lab.intro),
    steps: lab.steps.map((step) => ({ id: step.id, title: step.title, blocks: blocks(step.blocks) })),
    points: lab.points,
    unmetNeeds: unmetNeeds(lab, values),
  };
}

/** Sentences for what this cluster lacks for the lab; none when it can run it. */
export function unmetNeeds(lab: Pick<Lab, 'needs'>, values: LabValues): string[] {
  const { needs } = lab;
  const nodes = values.machines.filter((machine) => machine.role === 'control-plane' || machine.role === 'worker').length;
  const missing: string[] = [];
  if (needs.provider && needs.provider !== values.provider) missing.push(`This lab needs a cluster of provider ${needs.provider}; yours is ${values.provider}.`);
  if (needs.nodes && nodes < needs.nodes) missing.push(`This lab needs ${needs.nodes} nodes; your cluster has ${nodes}.`);
  if (needs.nodeShell && values.can?.nodeShell === false) missing.push('This lab needs shells on the nodes; your cluster gives none.');
  if (needs.ingress && !values.can?.ingress) missing.push('This lab needs an ingress controller; your cluster has none.');
  if (needs.loadBalancer && !values.can?.loadBalancer) missing.push('This lab needs load balancer addresses; your cluster gives none.');
  for (const image of needs.images ?? []) {
    if (values.can?.images && !values.can.images.includes(image)) missing.push(`This lab needs the image ${image}; your cluster does not have it.`);
  }
  return missing;
}

/** A file block's path and content for saving, with the same values as on the page; undefined when the lab has no such block. */
export function findFileBlock(lab: Lab, blockId: string, values: LabValues): { path: string; content: string } | undefined {
  return fileBlocks(lab, values).find((file) => file.id === blockId);
}

/** Every file that the page offers to save, in its order. */
export function fileBlocks(lab: Lab, values: LabValues): { id: string; path: string; content: string }[] {
  return [lab.intro, ...lab.steps.map((step) => step.blocks)].flat().flatMap((block) => (
    block.type === 'file' && holds(block.when, values) ? [{ id: block.id, path: block.path, content: fillText(block.code, values, lab.namespace) }] : []
  ));
}

/** A check as pages see it: never what it expects. */
export function checkView(check: CheckSpec): CheckView {
  const input = check.type === 'answer' ? { input: { label: check.label, ...(check.placeholder === undefined ? {} : { placeholder: check.placeholder }) } } : {};
  return { id: check.id, title: check.title, points: check.points, guard: check.guard, ...input };
}

function quizView(quiz: Quiz): QuizView {
  return { id: quiz.id as QuizView['id'], question: quiz.question, multiple: quiz.multiple, choices: quiz.choices.map(({ id, html }) => ({ id, html })) };
}

function renderBlock(block: LabBlock, values: LabValues, namespace: string): Block {
  switch (block.type) {
    case 'html':
      return { type: 'html', html: fillHtml(block.html, values, namespace) };
    case 'hint':
      return { type: 'hint', title: block.title, html: fillHtml(block.html, values, namespace) };
    case 'check':
      return { type: 'check', check: checkView(block.check) };
    case 'quiz':
      return { type: 'quiz', quiz: quizView(block.quiz) };
    case 'run': {
      const code = fillText(block.code, values, namespace);
      return { type: 'run', id: block.id, machine: block.machine, code, html: highlightCode(code, block.language) };
    }
    case 'file': {
      const code = fillText(block.code, values, namespace);
      return { type: 'file', id: block.id, path: block.path, language: block.language, code, html: highlightCode(code, block.language) };
    }
    case 'code': {
      const code = fillText(block.code, values, namespace);
      return { type: 'code', language: block.language, code, html: highlightCode(code, block.language) };
    }
  }
}

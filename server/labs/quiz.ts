// Quizzes: the schema of a ```quiz block, and judging what a student chose.
import { z } from 'zod';
import { CheckId } from '../contract/index.ts';
import type { QuizResult } from '../contract/index.ts';
import type { Prose } from './markdown.ts';
import type { Lab, Quiz } from './types.ts';

/** A ```quiz block. Choices are one line of Markdown each; the right ones carry `correct: true`. */
export const QuizSource = z.strictObject({
  id: CheckId,
  question: z.string().min(5).max(400),
  choices: z.array(z.strictObject({ text: z.string().min(1).max(300), correct: z.boolean().default(false) })).min(2).max(8),
  explanation: z.string().min(5).max(800).optional(),
}).refine((quiz) => quiz.choices.some((choice) => choice.correct), { path: ['choices'], message: 'has no right choice; mark one with correct: true' })
  .refine((quiz) => quiz.choices.some((choice) => !choice.correct), { path: ['choices'], message: 'has no wrong choice, so there is nothing to decide' });

/** The quiz as the server keeps it. */
export function settleQuiz(source: z.infer<typeof QuizSource>, prose: Prose): Quiz {
  return {
    id: source.id,
    question: prose.text(source.question),
    multiple: source.choices.filter((choice) => choice.correct).length > 1,
    choices: source.choices.map((choice, index) => ({ id: String.fromCharCode(97 + index), html: prose.inline(choice.text), correct: choice.correct })),
    explanation: source.explanation === undefined ? undefined : prose.text(source.explanation),
  };
}

/** Judges the chosen ids; undefined when the lab has no such quiz. The explanation comes only with the right choice. */
export function judgeQuiz(lab: Lab, quizId: string, choices: readonly string[]): QuizResult | undefined {
  const quiz = lab.quizzes.find((one) => one.id === quizId);
  if (!quiz) return undefined;
  const right = quiz.choices.filter((choice) => choice.correct).map((choice) => choice.id);
  const chosen = new Set(choices);
  const correct = chosen.size === right.length && right.every((id) => chosen.has(id));
  return correct && quiz.explanation !== undefined ? { correct, explanation: quiz.explanation } : { correct };
}

// The head of a lab file and of workshop.yaml: closed lists of keys.
import { z } from 'zod';

/** What a lab asks of a cluster; keys are a closed list. */
export const Needs = z.strictObject({
  provider: z.enum(['embedded', 'kind', 'kubernetes']).optional(),
  nodes: z.number().int().min(1).max(9).optional(),
  nodeShell: z.boolean().optional(),
  ingress: z.boolean().optional(),
  loadBalancer: z.boolean().optional(),
  images: z.array(z.string().min(1)).optional(),
});
export type Needs = z.infer<typeof Needs>;

/** Front matter of lab.md. `minutes` is how long a student takes. */
export const FrontMatter = z.strictObject({
  title: z.string().min(3).max(80),
  summary: z.string().min(10).max(200),
  minutes: z.number().int().min(5).max(60),
  objectives: z.array(z.string().min(3).max(160)).min(1).max(8),
  needs: Needs.default({}),
});
export type FrontMatter = z.infer<typeof FrontMatter>;

/** workshop.yaml beside the lab folders; the workshop's id is its folder's name. */
export const WorkshopFile = z.strictObject({ title: z.string().min(3).max(80), summary: z.string().min(10).max(400) });

/** Splits `text` into front matter and body. `bodyLine` is the line number of the body's first line; undefined without front matter. */
export function trySplitFrontMatter(text: string): { yaml: string; body: string; bodyLine: number } | undefined {
  const match = /^---\n([\s\S]*?)\n---[ \t]*(?:\n|$)/.exec(text);
  if (!match) return undefined;
  return { yaml: match[1]!, body: text.slice(match[0].length), bodyLine: match[0].split('\n').length };
}

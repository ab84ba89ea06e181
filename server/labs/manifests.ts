// Kubernetes manifests in setup/ and in file blocks: parsed, and checked for the least that every object has.
import { z } from 'zod';
import type { LintProblem, Manifest } from './types.ts';
import { parseDocuments } from './yamlSource.ts';
import type { SourcePlace } from './yamlSource.ts';

const Shape = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().optional() }),
});

/** Parses all objects of a manifest. */
export function parseManifests(text: string, place: SourcePlace): { manifests: Manifest[]; problems: LintProblem[] } {
  const { documents, problems } = parseDocuments(text, place);
  const manifests: Manifest[] = [];
  for (const { value, line } of documents) {
    const result = Shape.safeParse(value);
    if (result.success) manifests.push(result.data);
    else problems.push({ file: place.file, line, message: `This object has no usable ${result.error.issues.map((issue) => issue.path.join('.') || 'form').join(', ')}. An object has apiVersion, kind and metadata.name.` });
  }
  if (documents.length === 0 && problems.length === 0) problems.push({ file: place.file, line: place.line, message: 'There is no object in this manifest.' });
  return { manifests, problems };
}

// YAML in files and in blocks: parsed and validated so that every problem carries its own line.
import { isMap, isNode, isScalar, LineCounter, parseAllDocuments, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import type { z } from 'zod';
import type { LintProblem } from './types.ts';

/** Where a piece of YAML stands: `line` is the line of its first line in `file`. */
export interface SourcePlace { file: string; line: number }

/** Parses and validates; `value` is absent exactly when there are problems. */
export function parseYaml<T>(text: string, schema: z.ZodType<T>, place: SourcePlace): { value?: T; problems: LintProblem[] } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const lineAt = (offset: number | undefined) => place.line + (offset === undefined ? 0 : counter.linePos(offset).line - 1);
  if (document.errors.length > 0) {
    return { problems: document.errors.map((error) => ({ file: place.file, line: lineAt(error.pos[0]), message: `This is not valid YAML: ${error.message}` })) };
  }
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 50 });
  } catch {
    return { problems: [{ file: place.file, line: place.line, message: 'This YAML has too many aliases; write it out.' }] };
  }
  const result = schema.safeParse(plain);
  if (result.success) return { value: result.data, problems: [] };
  const problems = result.error.issues.flatMap((issue) => explainIssue(issue, document)
    .map(({ message, offset }) => ({ file: place.file, line: lineAt(offset), message })));
  return { problems };
}

/** Parses a manifest of several documents without a schema; each comes with the line of its first line. */
export function parseDocuments(text: string, place: SourcePlace): { documents: { value: unknown; line: number }[]; problems: LintProblem[] } {
  const counter = new LineCounter();
  const documents: { value: unknown; line: number }[] = [];
  const problems: LintProblem[] = [];
  const parsed = parseAllDocuments(text, { lineCounter: counter, prettyErrors: false });
  for (const document of Array.isArray(parsed) ? parsed : []) {
    for (const error of document.errors) {
      problems.push({ file: place.file, line: place.line + counter.linePos(error.pos[0]).line - 1, message: `This is not valid YAML: ${error.message}` });
    }
    if (document.errors.length > 0 || document.contents === null) continue;
    const start = isNode(document.contents) ? document.contents.range?.[0] : undefined;
    documents.push({ value: document.toJS({ maxAliasCount: 50 }), line: place.line + (start === undefined ? 0 : counter.linePos(start).line - 1) });
  }
  return { documents, problems };
}

type Path = readonly PropertyKey[];

function explainIssue(issue: z.core.$ZodIssue, document: Document): { message: string; offset: number | undefined }[] {
  const where = issue.path.length > 0 ? `${formatPath(issue.path)}: ` : '';
  const offset = offsetOf(document, issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ message: `${where}unknown key "${key}". Remove it, or look up the keys in labs/README.md.`, offset: keyOffset(document, issue.path, key) ?? offset }));
  }
  if (issue.code === 'invalid_union' && 'note' in issue && issue.path.at(-1) === 'type') {
    const options = 'options' in issue && Array.isArray(issue.options) ? ` Use one of ${issue.options.join(', ')}.` : '';
    return [{ message: `There is no such type of check.${options}`, offset }];
  }
  if (issue.code === 'invalid_type' && document.getIn(issue.path) === undefined) {
    return [{ message: `${where}is missing (${issue.expected} expected).`, offset }];
  }
  return [{ message: `${where}${issue.message}`, offset }];
}

function formatPath(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`)).join('');
}

/** The offset of the key at `path`, or of its nearest ancestor that is there. */
function offsetOf(document: Document, path: Path): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const last = path[length - 1]!;
    const offset = typeof last === 'string' ? keyOffset(document, path.slice(0, length - 1), last) : nodeOffset(document, path.slice(0, length));
    if (offset !== undefined) return offset;
  }
  return undefined;
}

function nodeAt(document: Document, path: Path): Node | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? node : undefined;
}

function nodeOffset(document: Document, path: Path): number | undefined {
  return nodeAt(document, path)?.range?.[0];
}

function keyOffset(document: Document, path: Path, key: string): number | undefined {
  const map = nodeAt(document, path);
  if (!isMap(map)) return undefined;
  const pair = map.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
  return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
}

// Reads PATCH bodies: which kind of patch it is by Content-Type, and its parsed contents.
import type { Patch } from '../registry/registry.ts';
import { StatusError } from '../types/index.ts';
import { mediaTypeOf, parseJson, parseYaml, unsupportedMediaType } from './bodies.ts';

const accepted = 'application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml';

/** The patch in a body and what its decoder noticed. Throws UnsupportedMediaType or BadRequest. */
export function parsePatch(body: Buffer, contentType: string | undefined): { patch: Patch; problems: string[] } {
  switch (mediaTypeOf(contentType)) {
    case 'application/json-patch+json': {
      const { value } = parseJson(body, 'Patch');
      if (!Array.isArray(value)) throw new StatusError('BadRequest', 'json: a JSON patch must be a list of operations');
      return { patch: { type: 'json', body: value }, problems: [] };
    }
    case 'application/merge-patch+json': return { patch: { type: 'merge', body: mapping(parseJson(body, 'Patch').value) }, problems: [] };
    case 'application/strategic-merge-patch+json': return { patch: { type: 'strategic', body: mapping(parseJson(body, 'Patch').value) }, problems: [] };
    case 'application/apply-patch+yaml': case 'application/apply-patch+json': {
      const { value, problems } = parseYaml(body, 'Patch');
      return { patch: { type: 'apply', body: mapping(value) }, problems };
    }
    default: throw unsupportedMediaType(accepted);
  }
}

function mapping(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new StatusError('BadRequest', 'error decoding patch: the patch must be an object');
}

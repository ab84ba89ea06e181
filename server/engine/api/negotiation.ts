// Chooses the form of an answer from the Accept header: plain object, Table or metadata only; JSON or YAML.
import { StatusError } from '../types/index.ts';

/** One media range of an Accept header; parameters in lower-case names. */
export interface MediaRange { type: string; parameters: Record<string, string>; quality: number }

/** The form of an answer. `as` undefined is the object itself; `version` is that of meta.k8s.io for transformed answers. */
export interface AnswerForm {
  as: 'Table' | 'PartialObjectMetadata' | undefined;
  version: 'v1' | 'v1beta1';
  encoding: 'json' | 'yaml';
}

const served = 'application/json, application/yaml';

/** Splits an Accept (or Content-Type) header into ranges, best quality first, in order among equals. */
export function parseMediaRanges(header: string): MediaRange[] {
  const ranges: MediaRange[] = [];
  for (const part of header.split(',')) {
    const [type, ...rest] = part.split(';').map((piece) => piece.trim());
    if (!type) continue;
    const parameters: Record<string, string> = {};
    for (const piece of rest) {
      const at = piece.indexOf('=');
      if (at > 0) parameters[piece.slice(0, at).trim().toLowerCase()] = piece.slice(at + 1).trim().replace(/^"|"$/g, '');
    }
    const quality = parameters['q'] === undefined ? 1 : Number(parameters['q']);
    if (quality > 0) ranges.push({ type: type.toLowerCase(), parameters, quality });
  }
  return ranges.sort((a, b) => b.quality - a.quality);
}

function encodingOf(type: string): 'json' | 'yaml' | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}

/** What upstream answers when no accepted form is served (406). */
export function notAcceptable(): StatusError {
  return new StatusError('NotAcceptable', `only the following media types are accepted: ${served}`, {});
}

/**
 * The first accepted form that is served. `watch` leaves out YAML, which has no stream form.
 * Throws StatusError NotAcceptable.
 */
export function parseAnswerForm(accept: string | undefined, watch = false): AnswerForm {
  const ranges = parseMediaRanges(accept || '*/*');
  for (const { type, parameters } of ranges) {
    const encoding = encodingOf(type);
    if (!encoding || (watch && encoding === 'yaml')) continue;
    const { as, g, v } = parameters;
    if (as === undefined) return { as: undefined, version: 'v1', encoding };
    if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) continue;
    if (as === 'Table') return { as: 'Table', version: v, encoding };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { as: 'PartialObjectMetadata', version: v, encoding };
  }
  throw notAcceptable();
}

/** The apidiscovery.k8s.io version that is accepted, or undefined for the unaggregated documents. Throws NotAcceptable. */
export function parseDiscoveryForm(accept: string | undefined): { version: 'v2' | 'v2beta1' | undefined; encoding: 'json' | 'yaml' } {
  for (const { type, parameters } of parseMediaRanges(accept || '*/*')) {
    const encoding = encodingOf(type);
    if (!encoding) continue;
    const { as, g, v } = parameters;
    if (as === undefined) return { version: undefined, encoding };
    if (as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && (v === 'v2' || v === 'v2beta1')) return { version: v, encoding };
  }
  throw notAcceptable();
}

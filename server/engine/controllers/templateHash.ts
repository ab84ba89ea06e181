// The pod-template-hash of a Deployment's ReplicaSets: FNV-1a of the template, in upstream's safe alphabet.
import type { PodTemplate } from '../types/index.ts';
import { canonicalJson, sameJson } from './keys.ts';

const safeAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** The label that tells the pods of a Deployment's revisions apart. */
export const templateHashLabel = 'pod-template-hash';

function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Up to ten characters that cannot spell bad words (apimachinery rand.SafeEncodeString); `collisions` changes it. */
export function templateHash(template: PodTemplate, collisions: number | undefined): string {
  const decimal = String(fnv32a(canonicalJson(template) + (collisions === undefined ? '' : `#${collisions}`)));
  return [...decimal].map((digit) => safeAlphabet[digit.charCodeAt(0) % safeAlphabet.length]).join('');
}

function withoutHash(template: PodTemplate): unknown {
  const { [templateHashLabel]: _hash, ...labels } = template.metadata?.labels ?? {};
  const annotations = template.metadata?.annotations ?? {};
  return { labels, annotations, spec: template.spec };
}

/** True when two templates make the same pods, whatever their hash labels. */
export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return sameJson(withoutHash(a), withoutHash(b));
}

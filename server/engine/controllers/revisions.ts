// ControllerRevisions of StatefulSets and DaemonSets: found by content, made, renumbered and forgotten.
import { isStatus, resources, type Client, type ControllerRevision, type DaemonSet, type PodTemplate, type StatefulSet } from '../types/index.ts';
import { canonicalJson, objectKey, sameJson } from './keys.ts';
import { claimDependents, controllerReference } from './ownership.ts';
import { templateHash } from './templateHash.ts';

/** What has revisions. */
export type Revisioned = StatefulSet | DaemonSet;

/** Where a kind keeps the hash of a revision: the label, and the name that pods carry for it. */
export interface RevisionStyle { hashLabel: string; annotated: boolean }

const longestPrefix = 223;

/** The strategic merge patch that brings `template` back. */
function patchOf(template: PodTemplate): NonNullable<ControllerRevision['data']> {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

/** The template that a revision holds. */
export function templateOf(revision: ControllerRevision): PodTemplate | undefined {
  const { $patch: _directive, ...template } = revision.data?.spec?.template ?? {};
  return 'spec' in template ? template as PodTemplate : undefined;
}

/** Lowest first; equal numbers by age and name. */
export function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  const [first, second] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  return a.revision - b.revision || (first < second ? -1 : first > second ? 1 : a.metadata.name < b.metadata.name ? -1 : 1);
}

/** The revisions that `owner` controls, lowest first. */
export async function listRevisions(client: Client, owner: Revisioned): Promise<ControllerRevision[]> {
  const candidates = client.informer(resources.controllerRevisions).list(owner.metadata.namespace);
  return (await claimDependents(client, resources.controllerRevisions, owner, owner.spec.selector, candidates)).toSorted(byRevision);
}

async function renumber(client: Client, revision: ControllerRevision, number: number): Promise<ControllerRevision> {
  return revision.revision === number ? revision : client.patch(resources.controllerRevisions, objectKey(revision), { revision: number });
}

/**
 * The revision of the owner's present template: an equal one of `all`, renumbered as the newest, or a new one. Returns
 * `collision` when its name is taken by another template; the caller counts that and comes again.
 */
export async function ensureRevision(client: Client, owner: Revisioned, all: readonly ControllerRevision[], style: RevisionStyle): Promise<ControllerRevision | 'collision'> {
  const data = patchOf(owner.spec.template);
  const same = all.filter((revision) => sameJson(revision.data, data)).toSorted(byRevision).at(-1);
  const newest = all.toSorted(byRevision).at(-1)?.revision ?? 0;
  if (same) return renumber(client, same, same.revision === newest ? newest : newest + 1);
  const hash = templateHash(owner.spec.template, owner.status?.collisionCount);
  const { name, namespace, annotations } = owner.metadata;
  const wanted: ControllerRevision = {
    apiVersion: 'apps/v1', kind: 'ControllerRevision',
    metadata: {
      name: `${name.slice(0, longestPrefix)}-${hash}`, namespace, labels: { ...owner.spec.template.metadata?.labels, [style.hashLabel]: hash },
      ...(style.annotated && annotations ? { annotations } : {}), ownerReferences: [controllerReference(owner)],
    },
    data, revision: newest + 1,
  };
  try {
    return await client.create(resources.controllerRevisions, wanted);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
    const existing = await client.get(resources.controllerRevisions, objectKey(wanted));
    return canonicalJson(existing.data) === canonicalJson(data) ? existing : 'collision';
  }
}

/** Removes the oldest revisions beyond the history limit that no pod and no status names. */
export async function forgetRevisions(client: Client, owner: Revisioned, all: readonly ControllerRevision[], isLive: (revision: ControllerRevision) => boolean): Promise<void> {
  const unused = all.filter((revision) => !isLive(revision)).toSorted(byRevision);
  const surplus = unused.slice(0, Math.max(0, unused.length - (owner.spec.revisionHistoryLimit ?? 10)));
  for (const revision of surplus) {
    try {
      await client.delete(resources.controllerRevisions, objectKey(revision));
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }
}

// Which ids a sandbox maps: read from the image store, and how this server may reach them.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from './errors.ts';

/** The range of host ids that all sandboxes and images use. */
export interface IdMap { uid: number; gid: number; count: number }

/** Reads `<images>/idmap.json`; throws EngineError `engine-idmap`. */
export async function readIdMap(images: string): Promise<IdMap> {
  const file = path.join(images, 'idmap.json');
  try {
    const { uid, gid, count } = JSON.parse(await readFile(file, 'utf8')) as IdMap;
    if ([uid, gid, count].every((value) => Number.isSafeInteger(value) && value > 0)) return { uid, gid, count };
    throw new Error('it needs uid, gid and count');
  } catch (cause) {
    throw new EngineError('engine-idmap', `The image store's ${file} cannot be used.`, { hint: 'Build the images again.', cause });
  }
}

/** True when this process is the host's root; otherwise newuidmap gives the range. */
export function isHostRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The command in front of work that needs the sandbox's ids: as root nothing, as a user a user namespace where root is
 * the user and 1.. is the range.
 */
export function planOuterNamespace(map: IdMap, flags: readonly string[]): string[] {
  if (isHostRoot()) return flags.length ? ['unshare', ...flags] : [];
  return ['unshare', '--user', '--map-root-user', `--map-users=${map.uid},1,${map.count}`, `--map-groups=${map.gid},1,${map.count}`, ...flags];
}

/** The range as the outer namespace sees it. */
export function outerBase(map: IdMap): IdMap {
  return isHostRoot() ? map : { uid: 1, gid: 1, count: map.count };
}

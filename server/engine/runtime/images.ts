// Images of the shared read-only store by the names that pods use.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageConfig, ImageStore, ResolvedImage } from '../types/index.ts';

/** Popular images and which of ours answers when they are not in the store and no registry is in reach. */
const aliases: Record<string, string> = {
  nginx: 'patchbay/web:latest',
  busybox: 'patchbay/toolbox:latest',
  alpine: 'patchbay/toolbox:latest',
  'curlimages/curl': 'patchbay/toolbox:latest',
  debian: 'patchbay/toolbox:latest',
  ubuntu: 'patchbay/toolbox:latest',
};

interface StoredImage { id: string; names: string[]; config: Partial<ImageConfig> }

/** A reference taken apart. `repository` is without Docker Hub's implied parts; other registries stay in it. */
export interface ImageReference { repository: string; tag: string; digest?: string }

/** Undefined when `reference` is not a valid image name. */
export function tryParseReference(reference: string): ImageReference | undefined {
  const [named = '', digest] = reference.split('@', 2) as [string, string | undefined];
  const match = /^((?:(?:localhost(?::\d+)?|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+(?::\d+)?|[a-zA-Z0-9-]+:\d+)\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::([\w][\w.-]{0,127}))?$/.exec(named);
  if (!match || (digest !== undefined && !/^[a-z0-9]+:[0-9a-f]{32,}$/.test(digest))) return undefined;
  const repository = match[1]!.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
  return { repository, tag: match[2] ?? 'latest', ...(digest && { digest }) };
}

/** The name as containerd would show it: with registry and tag. */
export function fullName(reference: ImageReference): string {
  const [first = ''] = reference.repository.split('/');
  const hasRegistry = reference.repository.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const registry = hasRegistry ? '' : reference.repository.includes('/') ? 'docker.io/' : 'docker.io/library/';
  return `${registry}${reference.repository}${reference.digest ? `@${reference.digest}` : `:${reference.tag}`}`;
}

/** Which stored name answers a reference: its own, else an alias of the same repository (any tag, not a digest). */
export function planResolution(reference: ImageReference, known: (name: string) => boolean): { name: string; aliasOf?: string } | undefined {
  const own = `${reference.repository}:${reference.tag}`;
  if (reference.digest === undefined && known(own)) return { name: own };
  const alias = aliases[reference.repository];
  if (alias === undefined || !known(alias) || reference.digest !== undefined) return undefined;
  return { name: alias, aliasOf: own };
}

/** An aliased image runs a pod's arguments as a command, as the popular image does (their entrypoints are none, or end in `exec "$@"`). */
function planCommand({ entrypoint = [], cmd = [] }: Partial<ImageConfig>, aliased: boolean): Pick<ImageConfig, 'entrypoint' | 'cmd'> {
  return aliased ? { entrypoint: [], cmd: [...entrypoint, ...cmd] } : { entrypoint, cmd };
}

/**
 * Reads the store at `dir` (`<id>/image.json` beside `<id>/rootfs/`); the same path must lead to it on every node.
 * Images imported later are found: the listing is read again whenever the folder's time has changed.
 */
export function createImageStore(dir: string): ImageStore {
  let readAt = -1;
  let images: StoredImage[] = [];

  const read = (): StoredImage[] => {
    const at = statSync(dir).mtimeMs;
    if (at === readAt) return images;
    images = readdirSync(dir).sort().flatMap((name) => {
      if (name.startsWith('.')) return [];
      try {
        return [JSON.parse(readFileSync(join(dir, name, 'image.json'), 'utf8')) as StoredImage];
      } catch {
        return []; // an unfinished import, or a file beside the images
      }
    });
    readAt = at;
    return images;
  };

  const resolved = (image: StoredImage, name: string, aliasOf?: string): ResolvedImage => ({
    id: image.id,
    name,
    ...(aliasOf !== undefined && { aliasOf }),
    rootfs: join(dir, image.id, 'rootfs'),
    config: {
      ...planCommand(image.config, aliasOf !== undefined), env: image.config.env ?? [],
      workingDir: image.config.workingDir || '/', user: image.config.user ?? '', exposedPorts: image.config.exposedPorts,
    },
  });

  return {
    async tryResolve(reference) {
      const parsed = tryParseReference(reference);
      if (!parsed) return undefined;
      const byName = new Map(read().flatMap((image) => image.names.map((name) => [name, image] as const)));
      const found = planResolution(parsed, (name) => byName.has(name));
      return found && resolved(byName.get(found.name)!, found.name, found.aliasOf);
    },
    async list() {
      return read().map((image) => resolved(image, image.names[0] ?? image.id));
    },
  } satisfies ImageStore;
}

// Imports `docker save` and OCI archives: skopeo converts, umoci unpacks.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, tryCommand } from '../../base/index.ts';
import type { ImageConfig } from '../types/index.ts';
import { ImageError } from './errors.ts';
import { ImageWriter } from './store.ts';
import type { StoredImage } from './store.ts';

interface OciIndex { manifests: { digest: string; annotations?: Record<string, string> }[] }
interface OciConfig { config?: { Entrypoint?: string[]; Cmd?: string[]; Env?: string[]; WorkingDir?: string; User?: string; ExposedPorts?: Record<string, object> } }

/** Which archive a tar file is, by the names inside. */
async function archiveKind(file: string): Promise<'docker-archive' | 'oci-archive'> {
  if (!existsSync(file) || !statSync(file).isFile()) throw new ImageError('image-archive', `There is no file ${file}.`);
  const listed = await tryCommand(['tar', '-tf', file]);
  const names = new Set(listed.stdout.split('\n').map((name) => name.replace(/^\.\//, '')));
  if (names.has('manifest.json')) return 'docker-archive';
  if (names.has('index.json') && names.has('oci-layout')) return 'oci-archive';
  throw new ImageError('image-archive', `${file} is neither a \`docker save\` nor an OCI archive.`, { hint: 'Make one with `docker save -o FILE IMAGE`.' });
}

function parseConfig(raw: OciConfig): ImageConfig {
  const config = raw.config ?? {};
  return {
    entrypoint: config.Entrypoint ?? [],
    cmd: config.Cmd ?? [],
    env: config.Env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    workingDir: config.WorkingDir || '/',
    user: config.User ?? '',
    exposedPorts: Object.keys(config.ExposedPorts ?? {}),
  };
}

/** Imports one image under the name it carries, or `name`. Throws ImageError `image-archive`. */
export async function importArchive(store: string, file: string, name?: string): Promise<StoredImage> {
  const kind = await archiveKind(file);
  await using writer = await ImageWriter.open(store);
  const draft = await writer.draft('import');
  const layout = join(draft.folder, 'oci');
  mkdirSync(layout);
  try {
    await runCommand(['skopeo', 'copy', '--insecure-policy', '--quiet', `${kind}:${file}`, `oci:${layout}:image`]);
    const blob = (digest: string) => readFileSync(join(layout, 'blobs', digest.replace(':', '/')), 'utf8');
    const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as OciIndex;
    const manifest = JSON.parse(blob(index.manifests[0]!.digest)) as { config: { digest: string } };
    const config = parseConfig(JSON.parse(blob(manifest.config.digest)) as OciConfig);
    const named = name ?? (await carriedName(kind, file));
    if (!named) throw new ImageError('image-archive', `${file} names no image.`, { hint: 'Give a name: --name NAME:TAG' });
    // The layout is readable by the mapped root, which unpacks so that every file belongs to its range.
    await runCommand(['chmod', '-R', 'a+rX', layout]);
    await draft.shell.run(['umoci', 'raw', 'unpack', '--rootless', '--image', 'oci:image', 'rootfs/.unpacked'], { cwd: draft.folder });
    await draft.shell.run(['sh', '-c', 'find .unpacked -mindepth 1 -maxdepth 1 -exec mv -t . {} + && rmdir .unpacked'], { cwd: draft.rootfs });
    const id = createHash('sha256').update(manifest.config.digest).digest('hex').slice(0, 16);
    rmSync(layout, { recursive: true });
    return await draft.publish({ id, names: [canonicalName(named)], config });
  } finally {
    rmSync(layout, { recursive: true, force: true });
  }
}

/** NAME without Docker Hub's implied parts, always with a tag. */
export function canonicalName(reference: string): string {
  const bare = reference.replace(/^docker\.io\//, '').replace(/^library\//, '');
  return /:[^/]+$/.test(bare) ? bare : `${bare}:latest`;
}

async function carriedName(kind: 'docker-archive' | 'oci-archive', file: string): Promise<string | undefined> {
  if (kind === 'docker-archive') {
    const manifest = JSON.parse(await runCommand(['tar', '-xOf', file, 'manifest.json'])) as { RepoTags?: string[] }[];
    return manifest[0]?.RepoTags?.[0];
  }
  const index = JSON.parse(await runCommand(['tar', '-xOf', file, 'index.json'])) as OciIndex;
  const annotations = index.manifests[0]?.annotations ?? {};
  return annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name'];
}

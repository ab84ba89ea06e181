// The image store on the host: one folder per image, unpacked once, shared read-only by all clusters.
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageConfig } from '../types/index.ts';
import { ensureIdMap, MappedShell } from './idMap.ts';
import type { IdMap } from './idMap.ts';

/** An unpacked image: `<store>/<id>/image.json` beside `rootfs/`. `recipe` is the hash of what built it, for ours. */
export interface StoredImage { id: string; names: string[]; config: ImageConfig; createdAt: string; recipe?: string }

/** All images of a store, newest first; unfinished ones are not listed. */
export function listImages(store: string): StoredImage[] {
  if (!existsSync(store)) return [];
  return readdirSync(store)
    .filter((name) => !name.startsWith('.') && existsSync(join(store, name, 'image.json')))
    .map((name) => JSON.parse(readFileSync(join(store, name, 'image.json'), 'utf8')) as StoredImage)
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** A killed process stays listed as a zombie until its parent asks for it. */
function isRunning(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}

/** A folder being filled; `publish` makes it an image in one rename, and takes its names from older images. */
export interface Draft {
  folder: string;
  rootfs: string;
  shell: MappedShell;
  publish(image: Omit<StoredImage, 'createdAt'>): Promise<StoredImage>;
}

/** Opens the store for writing: sweeps what an interrupted run left behind, and hands out drafts. */
export class ImageWriter implements AsyncDisposable {
  readonly #store: string;
  readonly #map: IdMap;
  readonly #shell: MappedShell;

  private constructor(store: string, map: IdMap, shell: MappedShell) {
    this.#store = store;
    this.#map = map;
    this.#shell = shell;
  }

  static async open(store: string): Promise<ImageWriter> {
    mkdirSync(store, { recursive: true });
    chmodSync(store, 0o755);
    const map = ensureIdMap(store);
    const writer = new ImageWriter(store, map, await MappedShell.open(map));
    await writer.#sweep();
    return writer;
  }

  /** Removes drafts whose process is gone, and images that lost all their names. */
  async #sweep(): Promise<void> {
    for (const name of readdirSync(this.#store)) {
      const [, pid] = /^\.draft-(\d+)-/.exec(name) ?? [];
      if (pid && !isRunning(pid)) await this.#remove(name);
    }
  }

  async #remove(name: string): Promise<void> {
    const folder = join(this.#store, name);
    if (existsSync(join(folder, 'rootfs'))) {
      await this.#shell.run(['sh', '-c', 'chmod -R u+rwX . 2>/dev/null; find . -mindepth 1 -delete'], { cwd: join(folder, 'rootfs') });
    }
    rmSync(folder, { recursive: true, force: true });
  }

  /** A new empty draft whose rootfs belongs to the images' root. */
  async draft(label: string): Promise<Draft> {
    const name = `.draft-${process.pid}-${label}`;
    const folder = join(this.#store, name);
    if (existsSync(folder)) await this.#remove(name);
    const rootfs = join(folder, 'rootfs');
    mkdirSync(rootfs, { recursive: true });
    chmodSync(folder, 0o755);
    if (process.getuid?.() === 0) {
      chownSync(rootfs, this.#map.uid, this.#map.gid);
    } else {
      // Only the mapped root can own the folder: it makes the folder itself, in a parent opened for one moment.
      rmdirSync(rootfs);
      chmodSync(folder, 0o777);
      await this.#shell.run(['mkdir', 'rootfs'], { cwd: folder });
      chmodSync(folder, 0o755);
    }
    return { folder, rootfs, shell: this.#shell, publish: (image) => this.#publish(folder, image) };
  }

  async #publish(folder: string, image: Omit<StoredImage, 'createdAt'>): Promise<StoredImage> {
    const stored: StoredImage = { ...image, createdAt: new Date().toISOString() };
    writeFileSync(join(folder, 'image.json'), JSON.stringify(stored, null, 2));
    for (const older of listImages(this.#store)) {
      if (older.id === image.id) await this.#remove(older.id);
      else this.#keepNames(older, older.names.filter((name) => !image.names.includes(name)));
    }
    renameSync(folder, join(this.#store, image.id));
    return stored;
  }

  #keepNames(image: StoredImage, names: string[]): void {
    if (names.length === image.names.length) return;
    const file = join(this.#store, image.id, 'image.json');
    writeFileSync(`${file}.new`, JSON.stringify({ ...image, names }, null, 2));
    renameSync(`${file}.new`, file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shell[Symbol.asyncDispose]();
  }
}

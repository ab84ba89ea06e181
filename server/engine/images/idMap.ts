// The range of host ids that all sandboxes use, and commands run inside it: nothing in a cluster is ever the host's root.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { runCommand, tryCommand } from '../../base/index.ts';
import type { CommandOptions, CommandResult } from '../../base/index.ts';
import { ImageError } from './errors.ts';

/** Inside id 0 is host id `uid`; `count` ids follow. */
export interface IdMap { uid: number; gid: number; count: number }

const SIZE = 65_536;
/** Where root's own range starts looking for room; far from the ranges that adduser hands out first. */
const ROOT_BASE = 200_000;

interface Range { start: number; count: number }

function readRanges(file: string, owner: (name: string) => boolean): Range[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').flatMap((line) => {
    const [name, start, count] = line.trim().split(':');
    return name && start && count && owner(name) ? [{ start: Number(start), count: Number(count) }] : [];
  });
}

/** The first base at or after ROOT_BASE that overlaps no range given to anybody. */
export function planRootBase(taken: readonly Range[]): number {
  let base = ROOT_BASE;
  for (const range of [...taken].sort((a, b) => a.start - b.start)) {
    if (range.start < base + SIZE && range.start + range.count > base) base = range.start + range.count;
  }
  return base;
}

/** The map of this image store, chosen once and kept beside the images. Throws ImageError `no-subids` with the fix. */
export function ensureIdMap(store: string): IdMap {
  const file = join(store, 'idmap.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as IdMap;
  const map = process.getuid?.() === 0 ? chooseForRoot() : chooseForUser();
  mkdirSync(store, { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(map));
  renameSync(`${file}.new`, file);
  return map;
}

function chooseForRoot(): IdMap {
  return {
    uid: planRootBase(readRanges('/etc/subuid', () => true)),
    gid: planRootBase(readRanges('/etc/subgid', () => true)),
    count: SIZE,
  };
}

function chooseForUser(): IdMap {
  const { username, uid } = userInfo();
  const mine = (name: string) => name === username || name === String(uid);
  const range = (file: string) => readRanges(file, mine).find((candidate) => candidate.count >= SIZE);
  const subuid = range('/etc/subuid');
  const subgid = range('/etc/subgid');
  if (!subuid || !subgid) {
    throw new ImageError('no-subids', `The user ${username} has no range of ${SIZE} subordinate ids in /etc/subuid and /etc/subgid.`, {
      hint: `As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${username}`,
    });
  }
  return { uid: subuid.start, gid: subgid.start, count: SIZE };
}

/**
 * Runs commands as the images' root: in a user namespace with the map, everything else of the host shared. The store may lie
 * below a folder that the mapped root cannot pass (a 0700 home): give `cwd` and name files relative to it.
 */
export class MappedShell implements AsyncDisposable {
  readonly #holder;
  readonly #prefix: string[];

  private constructor(holder: ReturnType<typeof spawn>) {
    this.#holder = holder;
    this.#prefix = ['nsenter', '-t', String(holder.pid), '-U', '-S', '0', '-G', '0', '--'];
  }

  /** Starts the holder process of the namespace; dispose ends it. */
  static async open(map: IdMap): Promise<MappedShell> {
    const holder = spawn('unshare', ['--user', 'sh', '-c', 'echo ready; exec cat'], { stdio: ['pipe', 'pipe', 'pipe'] });
    const failed = once(holder, 'exit').then(() => { throw new ImageError('no-user-namespace', 'A user namespace could not be made.', { hint: 'Run `npx patchbay doctor`.' }); });
    failed.catch(() => {});
    await Promise.race([once(holder.stdout, 'data'), failed]);
    const pid = String(holder.pid);
    if (process.getuid?.() === 0) {
      writeFileSync(`/proc/${pid}/uid_map`, `0 ${map.uid} ${map.count}`);
      writeFileSync(`/proc/${pid}/gid_map`, `0 ${map.gid} ${map.count}`);
    } else {
      await runCommand(['newuidmap', pid, '0', String(map.uid), String(map.count)]);
      await runCommand(['newgidmap', pid, '0', String(map.gid), String(map.count)]);
    }
    return new MappedShell(holder);
  }

  /** Like runCommand, as the images' root. */
  run(argv: readonly string[], options?: CommandOptions): Promise<string> {
    return runCommand([...this.#prefix, ...argv], options);
  }

  /** Like tryCommand, as the images' root. */
  try(argv: readonly string[], options?: CommandOptions): Promise<CommandResult> {
    return tryCommand([...this.#prefix, ...argv], options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.stdin?.end();
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) await once(this.#holder, 'exit');
  }
}

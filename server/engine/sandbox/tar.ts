// A tar archive (POSIX ustar) of folders, small files and links, all owned by root.
import type { MachineFile } from '../network/machineFiles.ts';

const block = 512;

/** One entry's header (POSIX.1-1988 ustar): `type` 0 file, 2 link, 5 folder. */
function header(name: string, mode: number, size: number, type: '0' | '2' | '5', link = ''): Buffer {
  if (Buffer.byteLength(name) > 100 || Buffer.byteLength(link) > 100) throw new RangeError(`too long for an archive: ${name}`);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  bytes.write(name, 0);
  bytes.write(octal(mode, 8) + octal(0, 8) + octal(0, 8) + octal(size, 12) + octal(0, 12) + ' '.repeat(8) + type + link, 100);
  bytes.write('ustar\x0000root', 257);
  bytes.write('root', 297);
  bytes.write(`${bytes.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

/** Paths begin with a slash and are stored without it; missing parents become folders of mode 0755. Throws RangeError for a path beyond 100 bytes. */
export function planTar(files: readonly MachineFile[]): Buffer {
  const blocks: Buffer[] = [];
  const made = new Set<string>(['']);
  const ensureFolder = (folder: string, mode = 0o755) => {
    if (made.has(folder)) return;
    ensureFolder(folder.slice(0, folder.lastIndexOf('/')));
    made.add(folder);
    blocks.push(header(`${folder.slice(1)}/`, mode, 0, '5'));
  };
  for (const { path, content, target, mode } of files) {
    if (content === undefined && target === undefined) {
      ensureFolder(path, mode === undefined ? undefined : Number.parseInt(mode, 8));
      continue;
    }
    ensureFolder(path.slice(0, path.lastIndexOf('/')));
    if (target !== undefined) {
      blocks.push(header(path.slice(1), 0o777, 0, '2', target));
      continue;
    }
    const bytes = Buffer.from(content!);
    blocks.push(header(path.slice(1), Number.parseInt(mode ?? '644', 8), bytes.length, '0'), bytes, Buffer.alloc((block - (bytes.length % block)) % block));
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * block)]);
}

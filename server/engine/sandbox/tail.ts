// The end of a log file that may be long, being written, or written by somebody else.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Bytes of a log that are worth showing. */
const limit = 256 * 1024;

/** At most the last 256 KiB as text; undefined when there is no such regular file. A link made from inside is not followed. */
export async function tryReadTail(file: string): Promise<string | undefined> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { size } = await handle.stat();
    const start = Math.max(0, size - limit);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - start), position: start });
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return undefined;
  }
}

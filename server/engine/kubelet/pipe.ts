// A child process as a connection: what is written goes to its stdin, what it says is read.
import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';

/** A process that closes its output without a word and does not end within this many ms keeps listening. */
const lastWordsMs = 100;

/**
 * Resolves once the process runs; rejects with `refused` when none can be made. When it ends badly without having said
 * anything, the connection is destroyed with `refused` of its last words on stderr.
 */
export function openPipe(file: string, args: readonly string[], refused: (why: string) => Error): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    let heard = false;
    const duplex = new Duplex({
      allowHalfOpen: true,
      read: () => child.stdout.resume(),
      write: (chunk: Buffer, _encoding, done) => {
        if (child.stdin.write(chunk)) done();
        else child.stdin.once('drain', done);
      },
      final: (done) => child.stdin.end(done),
      destroy: (error, done) => {
        child.kill('SIGKILL');
        done(error);
      },
    });
    child.stdout.on('data', (chunk: Buffer) => {
      heard = true;
      if (!duplex.push(chunk)) child.stdout.pause();
    });
    child.stdout.pause();
    let told = false;
    const endOutput = () => {
      if (told || duplex.destroyed) return;
      told = true;
      duplex.push(null);
    };
    child.stdout.once('end', () => {
      if (heard) endOutput();
      else setTimeout(endOutput, lastWordsMs);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < 1000) said += chunk.toString('utf8');
    });
    child.stdin.on('error', () => {}); // the other side may close before all is written
    child.once('error', (error) => reject(refused(error.message)));
    child.once('spawn', () => resolve(duplex));
    child.once('close', (code) => {
      if (duplex.destroyed) return;
      if (code === 0 || heard) {
        endOutput();
        duplex.end();
        // Nothing can be written any more; a write that waits for the child would wait for ever.
        child.stdin.emit('drain');
      } else duplex.destroy(refused(/refused/i.test(said) ? 'connection refused' : said.trim().split('\n').at(-1) ?? 'unknown'));
    });
  });
}

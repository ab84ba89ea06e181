// @ts-check
// The front door: makes a fresh clone able to run, says what it does, then hands over to Node 24. Runs on any Node from 20 on.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { SetupError, ensureReady, paths } from './setup.mjs';

const [verb = 'start', ...rest] = process.argv.slice(2);

/** What each verb needs and runs. `exec` is an argv for Node 24. */
const verbs = {
  start: { needs: ['run'], exec: ['server/main.ts'] },
  cli: { needs: ['run'], exec: ['server/cli/main.ts'] },
  test: { needs: ['run', 'tests'], exec: ['tests/run.ts', 'all'] },
  check: { needs: ['run', 'tests'], exec: ['tests/run.ts', 'check'] },
  bench: { needs: ['run'], exec: ['tests/run.ts', 'bench'] },
  soak: { needs: ['run'], exec: ['tests/run.ts', 'soak'] },
  setup: { needs: ['run', 'tests'], exec: undefined },
};

const wanted = verbs[/** @type {keyof typeof verbs} */ (verb)];
if (!wanted) {
  console.error(`Unknown verb ${verb}. One of: ${Object.keys(verbs).join(', ')}.`);
  process.exit(2);
}

try {
  await ensureReady(new Set(wanted.needs), verb === 'cli' ? () => {} : (line) => console.log(line));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exit(1);
}

if (wanted.exec) {
  const { node, root } = paths();
  const cwd = verb === 'cli' ? process.cwd() : root;
  const [script, ...args] = wanted.exec;
  // Descriptors that our own caller left open must not travel on into shells and clusters; bash, since sh closes single digits only.
  const closeInherited = 'for f in /proc/self/fd/*; do n=${f##*/}; [ "$n" -le 2 ] || eval "exec $n>&-"; done 2>/dev/null; exec "$@"';
  const argv = [node, '--disable-warning=ExperimentalWarning', `${root}/${script}`, ...args, ...rest];
  const child = spawn('bash', ['-c', closeInherited, 'bash', ...argv], { stdio: 'inherit', cwd });
  // The child decides how to end; this process only passes the wish on and waits.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (signal === 'SIGTERM') child.kill(signal);
    });
  }
  child.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 128 : 1)));
}

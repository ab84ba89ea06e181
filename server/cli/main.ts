// The `patchbay` command: finds the command by its words, parses its options, prints its result, maps errors to exit codes.
import { parseArgs } from 'node:util';
import { PatchbayError, messageOf } from '../base/index.ts';
import { ConfigError } from '../config.ts';
import { exitCodes, UsageError } from './command.ts';
import type { Command } from './command.ts';
import { clusterDown } from './commands/clusterDown.ts';
import { clusterList } from './commands/clusterList.ts';
import { clusterShell } from './commands/clusterShell.ts';
import { clusterUp } from './commands/clusterUp.ts';
import { doctor } from './commands/doctor.ts';
import { imageImport } from './commands/imageImport.ts';
import { imageList } from './commands/imageList.ts';
import { labLint } from './commands/labLint.ts';
import { labTest } from './commands/labTest.ts';
import { serve } from './commands/serve.ts';
import { stop } from './commands/stop.ts';

const commands: Command[] = [serve, stop, doctor, clusterUp, clusterList, clusterDown, clusterShell, labLint, labTest, imageList, imageImport];

function findCommand(argv: readonly string[]): Command | undefined {
  const words = argv.filter((word) => !word.startsWith('-'));
  return commands.find((command) => command.name === words.slice(0, 2).join(' ')) ?? commands.find((command) => command.name === words[0]);
}

function overview(): string {
  const width = Math.max(...commands.map((command) => command.usage.length));
  return [
    'patchbay: hands-on Kubernetes networking workshops', '',
    ...commands.map((command) => `  patchbay ${command.usage.padEnd(width)}  ${command.summary}`), '',
    'Every command takes --help and --json. Exit codes: 0 done, 1 failed, 2 wrong call, 3 not found, 4 exists already, 5 not ready.',
  ].join('\n');
}

function helpOf(command: Command): string {
  const lines = Object.entries(command.optionHelp).map(([name, text]) => `  --${name.padEnd(18)} ${text}`);
  return [`patchbay ${command.usage}`, '', command.summary, '', ...lines, `  --${'json'.padEnd(18)} print one JSON document instead of lines`].join('\n');
}

async function main(argv: string[]): Promise<number> {
  const command = findCommand(argv);
  const wantsHelp = argv.includes('--help') || argv.includes('-h');
  if (!command) {
    const bare = argv.length === 0 || wantsHelp || argv[0] === 'help';
    (bare ? console.log : console.error)(bare ? overview() : `There is no command \`patchbay ${argv.join(' ')}\`.\n\n${overview()}`);
    return bare ? exitCodes.ok : exitCodes.usage;
  }
  if (wantsHelp) {
    console.log(helpOf(command));
    return exitCodes.ok;
  }
  let json = argv.includes('--json');
  const abort = new AbortController();
  const interrupt = () => abort.abort(new PatchbayError('interrupted', 'Interrupted.'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const parsed = parse(command, argv);
    json = parsed.json;
    return await command.run({
      ...parsed,
      say: (line) => { if (!json) console.log(line); },
      answer: (value) => { if (json) console.log(JSON.stringify(value, null, 2)); },
      signal: abort.signal,
    });
  } catch (error) {
    return report(error, command, json);
  }
}

function parse(command: Command, argv: string[]) {
  const own = command.name.split(' ').length;
  try {
    const { values, positionals } = parseArgs({ args: argv, options: { ...command.options, json: { type: 'boolean' } }, allowPositionals: true, strict: true });
    const words = positionals.slice(own);
    if (words.length < command.words[0] || words.length > command.words[1]) throw new UsageError(`\`patchbay ${command.name}\` takes other arguments.`);
    return { words, options: values as Record<string, string | boolean | undefined>, json: values['json'] === true };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error));
  }
}

const exitByCode: Record<string, number> = {
  'cluster-exists': exitCodes.exists, 'unknown-cluster': exitCodes.notFound, 'unknown-machine': exitCodes.notFound, 'unknown-lab': exitCodes.notFound,
  'preflight-failed': exitCodes.notReady, 'no-subids': exitCodes.notReady, 'bad-cluster-name': exitCodes.usage,
};

function report(error: unknown, command: Command, json: boolean): number {
  if (!(error instanceof PatchbayError)) throw error;
  if (json) console.log(JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint } }, null, 2));
  else console.error([error.message, error.hint, error instanceof UsageError ? `\n${helpOf(command)}` : undefined].filter(Boolean).join('\n'));
  if (error instanceof UsageError || error instanceof ConfigError) return exitCodes.usage;
  return exitByCode[error.code] ?? exitCodes.failed;
}

process.exitCode = await main(process.argv.slice(2));

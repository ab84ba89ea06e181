// The server in the foreground: settings in, ready line out, SIGTERM drains.
import { dirname } from 'node:path';
import { PatchbayError } from './base/index.ts';
import { parseConfig } from './config.ts';
import { createLogger, startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';

const root = dirname(import.meta.dirname);

function readyLines(platform: Platform, seconds: string): string {
  const { opened, provider } = platform;
  const password = opened.password ? `   password ${opened.password} (shown this once)` : '';
  const lines = [
    '',
    `Patchbay is ready after ${seconds} s.`,
    '',
    `  Students     ${opened.joinLink}   join code ${opened.joinCode}`,
    `  Instructor   ${opened.instructorLink}${password}`,
    `  Workshop     ${opened.title}`,
    `  Provider     ${provider.id}: ${provider.why}`,
    '',
    'Ctrl-C ends the server; clusters and terminals keep running. `npx patchbay stop` ends everything.',
  ];
  for (const finding of platform.missing) lines.push('', `! ${finding.title}: ${finding.detail}`, `  fix: ${finding.fix ?? 'see npx patchbay doctor'}`);
  return lines.join('\n');
}

/** Runs until a signal; resolves with the exit code. */
export async function serveForeground(): Promise<number> {
  const started = performance.now();
  let platform: Platform;
  try {
    platform = await startPlatform(parseConfig(process.env, root), createLogger());
  } catch (error) {
    if (!(error instanceof PatchbayError)) throw error;
    console.error([error.message, error.hint].filter(Boolean).join('\n'));
    return 1;
  }
  console.log(readyLines(platform, ((performance.now() - started) / 1000).toFixed(1)));
  return new Promise((resolve) => {
    let ending = false;
    const end = (signal: NodeJS.Signals) => {
      if (ending) process.exit(1); // a second signal means now
      ending = true;
      console.log(`\nThe server ends (${signal}). Clusters and terminals keep running; \`npx patchbay stop\` ends them.`);
      platform.close().then(() => resolve(0), (error: unknown) => {
        console.error(error);
        resolve(1);
      });
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  });
}

if (import.meta.main) process.exit(await serveForeground());

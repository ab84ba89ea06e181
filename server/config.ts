// Settings from the environment, validated together: every problem is told at once.
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { PatchbayError } from './base/index.ts';

/** The validated settings. `url` is the origin that browsers use. */
export interface Config {
  port: number;
  host: string;
  url: string;
  data: string;
  provider: 'auto' | 'embedded';
  instructorPassword: string | undefined;
  workshops: string[];
  tls: { cert: string; key: string } | undefined;
  trustProxy: boolean;
  root: string;
  node: string;
}

/** Settings that cannot be used; `problems` has one sentence each. */
export class ConfigError extends PatchbayError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('bad-config', `Settings to correct:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** A Unix socket's path holds 107 bytes; the longest below the data folder is clusters/NAME (40)/control.sock. */
const MAX_DATA_PATH = 107 - '/clusters/'.length - 20 - '/control.sock'.length;

const readable = (what: string) => z.string().transform((file, context) => {
  try {
    return readFileSync(resolve(file), 'utf8');
  } catch {
    context.addIssue({ code: 'custom', message: `${what} cannot be read: ${file}` });
    return z.NEVER;
  }
});

const Environment = z.object({
  PATCHBAY_PORT: z.coerce.number('must be a port number').int('must be a port number').min(0, 'must be 0 to 65535').max(65_535, 'must be 0 to 65535').default(8080),
  PATCHBAY_HOST: z.string().min(1).default('127.0.0.1'),
  PATCHBAY_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address such as https://class.example' }).optional(),
  PATCHBAY_DATA: z.string().optional(),
  PATCHBAY_PROVIDER: z.enum(['auto', 'embedded', 'kind'], 'must be auto or embedded')
    .refine((value) => value !== 'kind', 'kind clusters are not supported yet; use auto or embedded')
    .default('auto'),
  PATCHBAY_INSTRUCTOR_PASSWORD: z.string().min(8, 'must have at least 8 characters').max(200, 'must have at most 200 characters').optional(),
  PATCHBAY_WORKSHOPS: z.string().optional(),
  PATCHBAY_TLS_CERT: readable('the certificate file').optional(),
  PATCHBAY_TLS_KEY: readable('the key file').optional(),
  PATCHBAY_TRUST_PROXY: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
});

/** The data folder of these settings: PATCHBAY_DATA, or `patchbay` in the user's data folder. */
export function dataFolder(env: NodeJS.ProcessEnv): string {
  return env['PATCHBAY_DATA'] ? resolve(env['PATCHBAY_DATA']) : join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'patchbay');
}

/** Reads and validates. Throws ConfigError with every problem. */
export function parseConfig(env: NodeJS.ProcessEnv, root: string): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => name.startsWith('PATCHBAY_') && value !== ''));
  const parsed = Environment.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (!!given['PATCHBAY_TLS_CERT'] !== !!given['PATCHBAY_TLS_KEY']) problems.push('PATCHBAY_TLS_CERT and PATCHBAY_TLS_KEY: give both or neither');
  const data = dataFolder(env);
  if (Buffer.byteLength(data) > MAX_DATA_PATH) problems.push(`PATCHBAY_DATA: the path may have at most ${MAX_DATA_PATH} bytes, because sockets lie below it: ${data}`);
  const workshops = [join(root, 'labs'), ...(given['PATCHBAY_WORKSHOPS'] ?? '').split(':').filter(Boolean).map((folder) => resolve(folder))];
  for (const folder of workshops.slice(1)) if (!isFolder(folder)) problems.push(`PATCHBAY_WORKSHOPS: there is no folder ${folder}`);
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const values = parsed.data;
  const tls = values.PATCHBAY_TLS_CERT && values.PATCHBAY_TLS_KEY ? { cert: values.PATCHBAY_TLS_CERT, key: values.PATCHBAY_TLS_KEY } : undefined;
  return {
    port: values.PATCHBAY_PORT,
    host: values.PATCHBAY_HOST,
    url: (values.PATCHBAY_URL ?? `${tls ? 'https' : 'http'}://${displayHost(values.PATCHBAY_HOST)}:${values.PATCHBAY_PORT}`).replace(/\/+$/, ''),
    data,
    provider: values.PATCHBAY_PROVIDER as Config['provider'],
    instructorPassword: values.PATCHBAY_INSTRUCTOR_PASSWORD,
    workshops,
    tls,
    trustProxy: values.PATCHBAY_TRUST_PROXY === '1',
    root,
    node: process.execPath,
  };
}

function displayHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function isFolder(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK);
    return isAbsolute(folder) && existsSync(folder) && statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

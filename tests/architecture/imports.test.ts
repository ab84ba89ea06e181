// Executes the import table of the design: every import of every source file, room by room.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

/** The rooms, most specific first: the first whose prefix matches owns the file. */
const rooms = [
  'server/base', 'server/ports', 'server/contract', 'server/store', 'server/terminals',
  'server/clusters/providers/embedded', 'server/clusters/providers/shared', 'server/clusters/providers/index', 'server/clusters',
  'server/engine/types', 'server/engine/storage', 'server/engine/registry', 'server/engine/api', 'server/engine/controllers', 'server/engine/scheduler',
  'server/engine/kubelet', 'server/engine/agents', 'server/engine/network', 'server/engine/runtime', 'server/engine/images', 'server/engine/sandbox', 'server/engine/control', 'server/engine',
  'server/labs', 'server/checks', 'server/proving', 'server/sessions', 'server/classrooms', 'server/http', 'server/cli', 'server',
  'web/lib', 'web/ui', 'web/app', 'web/features/labs', 'web/features/terminals', 'web/features/clusters', 'web/features/classrooms', 'web', 'tests', 'infra', 'bin',
];

/** What each room may import: rooms by name, or `room/index` for its index.ts alone. A room may always import itself. `*` is everything but tests. */
const table: Record<string, string[]> = {
  'server/base': [],
  'server/ports': ['server/base', 'server/contract'],
  'server/contract': [],
  'server/store': ['server/base', 'server/contract', 'server/ports'],
  'server/terminals': ['server/base', 'server/contract', 'server/ports'],
  'server/clusters': ['server/base', 'server/contract', 'server/ports'],
  'server/clusters/providers/embedded': ['server/clusters', 'server/clusters/providers/shared', 'server/base', 'server/ports', 'server/engine/index', 'server/engine/host'],
  'server/clusters/providers/shared': ['server/clusters', 'server/base', 'server/ports'],
  'server/clusters/providers/index': ['server/clusters', 'server/clusters/providers/embedded', 'server/base', 'server/engine/index', 'server/engine/host'],
  'server/engine/types': ['server/base'],
  'server/engine/storage': ['server/base', 'server/engine/types'],
  'server/engine/registry': ['server/base', 'server/engine/types', 'server/engine/storage'],
  'server/engine/api': ['server/base', 'server/engine/types', 'server/engine/registry'],
  'server/engine/controllers': ['server/base', 'server/engine/types', 'server/engine/eventRecorder'],
  'server/engine/scheduler': ['server/base', 'server/engine/types', 'server/engine/eventRecorder'],
  'server/engine/agents': ['server/base', 'server/engine/types', 'server/engine/network', 'server/engine/eventRecorder'],
  'server/engine/kubelet': ['server/base', 'server/engine/types', 'server/engine/network', 'server/engine/runtime', 'server/engine/eventRecorder'],
  'server/engine/network': ['server/base', 'server/engine/types', 'server/engine/runtime'],
  'server/engine/runtime': ['server/base', 'server/engine/types'],
  'server/engine/images': ['server/base', 'server/engine/types'],
  'server/engine/sandbox': ['server/base', 'server/engine/types', 'server/engine/images', 'server/engine/network', 'server/engine/host'],
  'server/engine/control': ['server/base', 'server/engine/types'],
  'server/engine': ['server/base', 'server/engine/*'],
  'server/labs': ['server/base', 'server/contract'],
  'server/checks': ['server/base', 'server/contract', 'server/ports', 'server/labs'],
  'server/proving': ['server/base', 'server/contract', 'server/ports', 'server/labs/index', 'server/checks/index', 'server/clusters/index'],
  'server/sessions': ['server/base', 'server/contract', 'server/ports', 'server/terminals/index', 'server/clusters/index', 'server/labs/index', 'server/checks/index', 'server/store/index'],
  'server/classrooms': ['server/base', 'server/contract', 'server/store', 'server/sessions'],
  'server/http': ['server/base', 'server/contract', 'server/*/index'],
  'server/cli': ['server', 'server/*'],
  'server': ['server', 'server/*'],
  'web/lib': ['server/contract'],
  'web/ui': [],
  'web/features/labs': ['web/lib', 'web/ui', 'server/contract'],
  'web/features/terminals': ['web/lib', 'web/ui', 'server/contract'],
  'web/features/clusters': ['web/lib', 'web/ui', 'server/contract'],
  'web/features/classrooms': ['web/lib', 'web/ui', 'server/contract'],
  'web/app': ['web', 'web/*', 'server/contract'],
  'web': ['web', 'web/*', 'server/contract'],
  'infra': ['server/base', 'server/engine', 'server/engine/*'],
  'bin': ['infra'],
};

/** npm packages that only some files may import, and rooms that may not have npm packages at all. */
const npmOnly: [RegExp, RegExp][] = [
  [/^node-pty$/, /^server\/terminals\/nodePty\.ts$/],
  [/^@kubernetes\/client-node$/, /^(tests|infra|server\/clusters)\//],
  [/^zod$/, /^(server|tests|web\/lib)\//],
  [/^(react|react-dom|react-router|@xterm\/xterm)/, /^(web|tests)\//],
];
const npmFree = ['server/base', 'server/ports'];

/** Support of a room's unit tests lies beside them, but belongs to the tests: nothing else may import it. */
const isTestSupport = (file: string) => /\/(testing|fake[A-Z]\w*)\.ts$/.test(file);
const roomOf = (file: string) => isTestSupport(file) ? 'tests' : rooms.find((room) => file === room || file.startsWith(`${room}/`) || file.startsWith(`${room}.`));
const importsOf = (text: string) => [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g)].map((match) => (match[1] ?? match[2] ?? match[3])!);

function isAllowed(from: string, target: string): boolean {
  const own = roomOf(from)!;
  const theirs = roomOf(target);
  if (!theirs) return false;
  if (own === 'tests') return true;
  if (theirs === 'tests') return false;
  if (own === theirs) return true;
  return (table[own] ?? []).some((allowed) => {
    if (allowed.endsWith('/*/index')) return target.startsWith(allowed.slice(0, -'*/index'.length)) && target.endsWith('/index.ts');
    if (allowed.endsWith('/*')) return theirs.startsWith(allowed.slice(0, -1));
    return allowed === theirs || target === `${allowed}.ts`;
  });
}

const files = globSync(['server/**/*.ts', 'web/**/*.ts', 'web/**/*.tsx', 'infra/**/*.ts', 'tests/**/*.ts'], { cwd: root })
  .filter((file) => !file.endsWith('.test.ts') || file.startsWith('tests/'));

test('every file belongs to a room of the table', () => {
  assert.deepEqual(files.filter((file) => !roomOf(file)), []);
});

test('imports run one way', () => {
  const wrong: string[] = [];
  for (const file of files) {
    for (const specifier of importsOf(readFileSync(join(root, file), 'utf8'))) {
      if (!specifier.startsWith('.')) continue;
      const target = normalize(join(dirname(file), specifier));
      if (!isAllowed(file, target)) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('npm packages stay where the table puts them', () => {
  const wrong: string[] = [];
  for (const file of files) {
    for (const specifier of importsOf(readFileSync(join(root, file), 'utf8'))) {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) continue;
      if (npmFree.some((room) => file.startsWith(`${room}/`))) wrong.push(`${file} imports ${specifier}`);
      for (const [name, where] of npmOnly) if (name.test(specifier) && !where.test(file)) wrong.push(`${file} imports ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('the table itself refuses what it should', () => {
  assert.equal(isAllowed('server/base/clock.ts', 'server/labs/index.ts'), false);
  assert.equal(isAllowed('server/sessions/session.ts', 'server/checks/runner.ts'), false);
  assert.equal(isAllowed('server/sessions/session.ts', 'server/checks/index.ts'), true);
  assert.equal(isAllowed('web/features/labs/Lab.tsx', 'web/features/terminals/Terminal.tsx'), false);
  assert.equal(isAllowed('server/http/app.ts', 'tests/support/fake.ts'), false);
  assert.equal(isAllowed('server/engine/scheduler/index.ts', 'server/engine/controllers/testing.ts'), false);
});

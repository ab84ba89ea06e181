// Who is given the page: browsers, and anything that does not ask for JSON alone.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import express from 'express';
import { silentLogger } from '../base/index.ts';
import { servePages } from './pages.ts';
import { answerProblems } from './problems.ts';

const folder = mkdtempSync(join(tmpdir(), 'pb-pages-'));
const server = createServer(express().use(servePages(folder)).use(answerProblems(silentLogger)));
before(async () => {
  writeFileSync(join(folder, 'index.html'), '<title>page</title>');
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
});
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const answerTo = async (path: string, accept: string) => {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers: { accept } });
  return `${response.status} ${response.headers.get('content-type')!.split(';')[0]}`;
};

test('an address that has a page answers with it, unless JSON alone is wanted', async () => {
  for (const path of ['/', '/join/abcd-efgh', '/labs/first', '/instructor']) {
    for (const accept of ['*/*', 'text/html,application/xhtml+xml,*/*;q=0.8', 'application/json, text/plain, */*', 'text/*']) assert.equal(await answerTo(path, accept), '200 text/html', `${path} ${accept}`);
    assert.equal(await answerTo(path, 'application/json'), '404 application/problem+json');
  }
});

test('an address without a page is said so in the page to browsers, in a few words to others', async () => {
  assert.equal(await answerTo('/nowhere', 'text/html,*/*;q=0.8'), '404 text/html');
  assert.equal(await answerTo('/nowhere', '*/*'), '404 application/problem+json');
});

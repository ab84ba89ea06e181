// The instructor's page follows the class on the real system, and acts on it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { LiveServer } from '../support/liveServer.ts';
import { TestBrowser } from '../support/testBrowser.ts';
import { launchBrowser, Person } from './support/person.ts';

let server: LiveServer;
let browser: Browser;
before(async () => { [server, browser] = await Promise.all([LiveServer.start(), launchBrowser()]); });
after(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

describe('the instructor', () => {
  let teacher: Person;
  let ada: Person;
  let link: string;
  const row = (): Locator => teacher.page.getByRole('row', { name: /Ada Lovelace/ });
  const cell = (words: string): Locator => row().locator(`td[title*="${words}"]`);
  const ask = async (action: string, verb: string) => {
    await teacher.page.getByRole('button', { name: 'Actions for Ada Lovelace' }).click();
    await teacher.page.getByRole('menuitem', { name: action }).click();
    await teacher.page.getByRole('dialog').or(teacher.page.getByRole('alertdialog')).getByRole('button', { name: verb, exact: true }).click();
  };

  before(async () => {
    teacher = await Person.at(browser);
    ada = await Person.at(browser);
  });
  after(async () => {
    await teacher?.[Symbol.asyncDispose]();
    await ada?.[Symbol.asyncDispose]();
  });

  test('is let in by the password alone', async () => {
    teacher.foretell(/status of 40[13]/);
    await teacher.page.goto(`${server.url}/instructor`);
    await teacher.page.getByLabel('Instructor password').fill(`${server.password}x`);
    await teacher.page.keyboard.press('Enter');
    await teacher.page.locator('form').getByText(/password/i).nth(1).waitFor();
    assert.equal(await teacher.page.getByLabel('Instructor password').getAttribute('aria-invalid'), 'true');
    await teacher.page.getByLabel('Instructor password').fill(server.password);
    await teacher.page.keyboard.press('Enter');
    await teacher.page.getByRole('heading', { name: 'Nobody has joined yet' }).waitFor();
    await teacher.page.getByText(server.joinCode).first().waitFor();
  });

  test('sees who joins, their cluster, where they are and what passes, without a reload', async () => {
    await teacher.page.evaluate(() => { document.body.dataset['untouched'] = 'yes'; });
    link = await ada.join(server.url, server.joinCode, 'Ada Lovelace');
    await row().getByText('here').waitFor();
    await row().getByLabel('cluster ready').or(row().getByText('cluster ready')).first().waitFor({ state: 'attached' });
    await ada.openLab('Reach a pod');
    await ada.type('kubectl run web --image=patchbay/web');
    await ada.look('node-reaches-pod');
    await ada.untilPassed('node-reaches-pod');
    await cell('Reach it from a node: passed, 1 of 1 points').waitFor();
    await cell(', here now').waitFor();
    await row().getByRole('cell', { name: '1', exact: true }).waitFor();
    assert.equal(await teacher.page.evaluate(() => document.body.dataset['untouched']), 'yes');
  });

  test('resets progress: points go on both pages, the cluster stays, and points can be earned again', async () => {
    await ada.type('kubectl delete pod web --now');
    await ada.untilRed('node-reaches-pod');
    await ada.check('node-reaches-pod').getByText('1 point earned').waitFor();
    await ask('Reset progress…', 'Reset the progress');
    await row().getByRole('cell', { name: '0', exact: true }).waitFor();
    await ada.check('node-reaches-pod').getByText('1 point earned').waitFor({ state: 'detached' });
    assert.match(await ada.command('clear; kubectl get pods'), /No resources found/);
    await ada.type('kubectl run web --image=patchbay/web');
    await ada.untilPassed('node-reaches-pod');
    await row().getByRole('cell', { name: '1', exact: true }).waitFor();
  });

  test('makes a new cluster: the student\'s page says so, gets a new shell, and keeps its points', async () => {
    await ask('Make a new cluster…', 'Make a new cluster');
    await ada.page.getByText('Cluster ready').waitFor({ state: 'detached' });
    await ada.untilReady();
    await ada.untilPrompt();
    assert.match(await ada.command('kubectl get pods -A'), /No resources found/);
    await ada.look('node-reaches-pod');
    await ada.untilRed('node-reaches-pod');
    await ada.check('node-reaches-pod').getByText('1 point earned').waitFor();
  });

  test('issues a new link: the old one no longer works, the new one does', async () => {
    ada.foretell(/status of 40[13]/, /WebSocket connection to .* failed/);
    await ask('Issue a new personal link…', 'Issue a new link');
    const issued = await teacher.page.getByRole('dialog', { name: 'New link for Ada Lovelace' }).locator('code').innerText();
    await teacher.page.keyboard.press('Escape');
    const by = async (each: string) => {
      const visitor = new TestBrowser(server.url);
      await visitor.get(new URL(each).pathname);
      return (await visitor.get('/api/v1/me')).body.role;
    };
    assert.deepEqual([await by(link), await by(issued)], ['visitor', 'student']);
    await ada.page.goto(issued);
    await ada.untilReady();
    await ada.openLab('Reach a pod');
  });

  test('removes: the student\'s page says so, and the cluster goes', async () => {
    const removed = teacher.page.waitForResponse((response) => response.request().method() === 'DELETE');
    await ask('Remove from the class…', 'Remove');
    await ada.page.getByText('The instructor removed you from the class').waitFor();
    await teacher.page.getByRole('heading', { name: 'Nobody has joined yet' }).waitFor();
    assert.equal((await removed).status(), 204);
    const clusters = JSON.parse(server.patchbay('cluster', 'list', '--json').stdout);
    assert.deepEqual(clusters.clusters ?? clusters, []);
  });
});

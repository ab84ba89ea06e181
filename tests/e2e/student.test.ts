// A student's way through a lab on the real system: join, cluster, terminal, checks; then reload, second browser, lost network, killed server.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { LiveServer } from '../support/liveServer.ts';
import { TestBrowser } from '../support/testBrowser.ts';
import { Cable } from './support/cable.ts';
import { launchBrowser, Person } from './support/person.ts';

const labs = join(import.meta.dirname, '../../labs/kubernetes-networking');
const times = (text: string, part: string) => text.split(part).length - 1;

let server: LiveServer;
let browser: Browser;
before(async () => { [server, browser] = await Promise.all([LiveServer.start(), launchBrowser()]); });
after(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

describe('a student in lab 2', () => {
  let ada: Person;
  let link: string;
  let cable: Cable;
  before(async () => {
    cable = await Cable.to(server.url);
    ada = await Person.at(browser);
  });
  after(async () => {
    await ada?.[Symbol.asyncDispose]();
    await cable?.[Symbol.asyncDispose]();
  });

  test('joins, and has a cluster and a shell on it', async () => {
    link = await ada.join(cable.url, server.joinCode, 'Ada Lovelace');
    assert.ok(link.startsWith(`${server.url}/s/`), link);
    await ada.untilReady();
    await ada.openLab('Reach a pod');
    const screen = await ada.command('kubectl get nodes');
    assert.match(screen, /control-plane +Ready/);
    assert.match(screen, /worker2 +Ready/);
  });

  test('what is typed and what is run turns the checks green by itself', async () => {
    await ada.read();
    await ada.type('kubectl run web --image=patchbay/web');
    await ada.look('node-reaches-pod');
    await ada.untilPassed('node-reaches-pod');
    const step = ada.step('reach-it-from-another-pod');
    await step.getByRole('button', { name: 'Run on workstation' }).first().click();
    await ada.untilScreen(/pod\/client condition met/);
    await ada.untilPassed('client-reaches-pod');
    await step.getByRole('button', { name: 'Run on workstation' }).nth(1).click();
    await ada.untilScreen(/served by web .*\nyou are +10\.244\./);
    await ada.look('new-address');
    await ada.type('kubectl delete pod web --now', 'kubectl run web --image=patchbay/web');
    await ada.untilPassed('new-address');
  });

  test('an answer is compared with the cluster', async () => {
    const wrong = ada.check('current-address');
    await wrong.getByLabel('Address of the web pod now').fill('10.244.9.9');
    await ada.page.keyboard.press('Enter');
    await ada.untilRed('current-address', /10\.244\.9\.9/);
    const screen = await ada.command('clear; kubectl get pod web -o jsonpath=\'{"addr="}{.status.podIP}{"\\n"}\'');
    await wrong.getByLabel('Address of the web pod now').fill(/addr=(10\.244\.\d+\.\d+)/.exec(screen)![1]!);
    await ada.page.keyboard.press('Enter');
    await ada.untilPassed('current-address');
    await ada.page.getByText('Every step has passed.').waitFor();
  });

  test('a reload keeps shell, screen, scrollback and progress', async () => {
    await ada.type('clear; KEPT=patch-$((6 * 7)); seq -f "line %g of many" 1 300');
    await ada.untilScreen(/line 300 of many/);
    const before = await ada.screen();
    await ada.page.reload();
    await ada.untilScreen(/line 300 of many/);
    assert.equal(await ada.screen(), before);
    await ada.page.getByText('Every step has passed.').waitFor();
    await ada.untilPassed('node-reaches-pod', 'client-reaches-pod', 'new-address', 'current-address');
    await ada.page.locator('.xterm-helper-textarea').focus();
    await ada.page.keyboard.press('Control+Shift+F');
    await ada.page.getByLabel('Search in workstation').fill('line 7 of many');
    await ada.untilScreen(/line 7 of many/);
    await ada.page.keyboard.press('Escape');
    assert.match(await ada.command('clear; echo "kept=$KEPT"'), /kept=patch-42/);
  });

  test('the personal link shows the same shell in a second browser, and both see what either types', async () => {
    await using second = await Person.at(browser);
    await second.page.goto(link);
    await second.page.getByText('Every lab').or(second.page.getByText('points')).first().waitFor();
    await second.openLab('Reach a pod');
    await second.untilScreen(/kept=patch-42/);
    assert.equal(await second.page.getByRole('tab', { name: 'workstation' }).count(), 1);
    await second.command('clear; echo "second sees $KEPT"');
    await ada.untilScreen(/second sees patch-42/);
    await ada.command('echo "first sees $KEPT"');
    await second.untilScreen(/first sees patch-42/);
    assert.equal(await second.screen(), await ada.screen());
  });

  test('a lost network comes back with what was missed, once, and sends nothing twice', async () => {
    ada.foretellOutage();
    await ada.command('clear');
    // The shell counts every line it is given; two outages lie between.
    await ada.command('N=0; counted() { N=$((N + 1)); echo "count=$N"; }');
    await ada.command('counted');
    await ada.type('until test -e /tmp/go; do sleep 0.1; done; echo "missed $((40 + 2))"');
    await ada.untilScreen(/missed \$\(\(40 \+ 2\)\)"$/);
    cable.cut();
    await ada.page.getByText('Connection lost. The shell keeps running; reconnecting…').waitFor();
    const inside = await joinAs(link);
    assert.equal((await inside.post('/api/v1/terminals', { machine: 'workstation' })).status, 200);
    const terminals = (await inside.get('/api/v1/terminals')).body as { id: string }[];
    const other = await inside.socket(`/api/v1/terminals/${terminals.at(-1)!.id}/socket`);
    other.send({ type: 'open', cols: 80, rows: 24 });
    await other.untilTrue('a prompt', () => other.drawn.includes('$ '));
    other.send({ type: 'input', data: 'touch /tmp/go\r' });
    const first = await inside.socket(`/api/v1/terminals/${terminals[0]!.id}/socket`);
    first.send({ type: 'open', cols: 80, rows: 24 });
    await first.untilTrue('the output that the page misses', () => first.drawn.includes('missed 42'));
    first.close();
    other.close();
    await inside.delete(`/api/v1/terminals/${terminals.at(-1)!.id}`);
    cable.mend();
    await ada.untilScreen(/missed 42/);
    await ada.page.getByText('Connection lost.').waitFor({ state: 'detached' });
    await ada.command('counted');

    await ada.context.setOffline(true);
    assert.equal(await ada.page.evaluate(() => navigator.onLine), false);
    await ada.type('counted');
    await ada.context.setOffline(false);
    const screen = await ada.untilScreen(/count=3/);
    for (const once of ['count=1', 'count=2', 'count=3', 'missed 42']) assert.equal(times(screen, once), 1, `${once} in:\n${screen}`);
    assert.equal(times(screen, 'count=4'), 0);
  });

  test('a killed server comes back under the open page: shell, screen and progress are there, nothing is replayed', async () => {
    await ada.command('clear; counted');
    await ada.step('start-a-web-server').getByRole('button', { name: 'Run on workstation' }).nth(1).click();
    await ada.untilScreen(/IP +NODE/);
    await ada.type('(for i in 1 2 3 4 5 6; do sleep 0.3; echo "tick $i"; done) & echo "started $((1 + 1))"');
    await ada.untilScreen(/started 2/);
    await server.kill();
    await ada.page.getByText('Connection lost. The shell keeps running; reconnecting…').waitFor();
    await server.restart();
    await ada.page.getByText('Connection lost.').waitFor({ state: 'detached' });
    await ada.untilScreen(/tick 6/);
    const screen = await ada.command('counted; echo "still $KEPT"');
    assert.match(screen, /count=5\nstill patch-42/);
    assert.equal(times(screen, 'IP '), 1, `the Run button's command ran once:\n${screen}`);
    for (const once of ['count=4', 'tick 1', 'tick 3', 'tick 6']) assert.equal(times(screen, once), 1, `${once} in:\n${screen}`);
    await ada.page.getByText('Every step has passed.').waitFor();
    await ada.page.reload();
    await ada.untilScreen(/still patch-42/);
    await ada.untilPassed('new-address', 'current-address');
  });

  /** The same student, without a browser and not over the cable. */
  async function joinAs(personalLink: string): Promise<TestBrowser> {
    const inside = new TestBrowser(server.url);
    await inside.get(new URL(personalLink).pathname);
    return inside;
  }
});

describe('a wrong solution', () => {
  test('stays red with a sentence that helps, and is green once it is mended', async () => {
    await using grace = await Person.at(browser);
    await grace.join(server.url, server.joinCode, 'Grace Hopper');
    await grace.untilReady();
    await grace.openLab('Reach a pod');
    const mistake = readFileSync(join(labs, '02-reach-a-pod/mistakes/wrongPort.sh'), 'utf8').split('\n').filter((line) => line !== '' && !/^(#|set )/.test(line));
    await grace.look('node-reaches-pod');
    await grace.type(...mistake);
    await grace.untilScreen(/pod\/client condition met/);
    await grace.untilRed('node-reaches-pod', /web:80 refuses connections from control-plane\..*try its address on port 80 yourself\./s);
    await grace.look('client-reaches-pod');
    await grace.untilRed('client-reaches-pod', /web:80 refuses connections/);
    await grace.check('node-reaches-pod').getByRole('button', { name: /^Check/ }).click();
    await grace.page.locator('[data-check-id="node-reaches-pod"] button[type=submit]:not([data-pending])').waitFor();
    await grace.untilRed('node-reaches-pod');
    assert.equal(await grace.page.getByText('earned').count(), 0);
    await grace.type('kubectl delete pod web --now', 'kubectl run web --image=patchbay/web');
    await grace.untilPassed('node-reaches-pod', 'client-reaches-pod');
  });
});

// Journeys through the pages alone, against the scripted server: what a reader does, sees and hears. The built pages must be there.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { CheckId, closeCodes } from '../../server/contract/index.ts';
import { startMockServer } from './support/mockServer.ts';
import type { MockScene, MockServer } from './support/mockServer.ts';
import { mockBoard, provisioningCluster, readyCluster } from './support/mockWorkshop.ts';

const PATIENCE_MS = 10_000;
let browser: Browser;

/** Runs a journey on a fresh page and server; console errors other than refused requests fail it. */
const journey = async (scene: MockScene, path: string, act: (page: Page, server: MockServer) => Promise<void>, width = 1440): Promise<void> => {
  const server = await startMockServer(scene);
  const context = await browser.newContext({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
  const complaints: string[] = [];
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // Chromium logs every refused request and every dropped socket itself.
      if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(server.url + path);
    await act(page, server);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
    await server.close();
  }
};

const lab = '/labs/reach-a-pod';
const screen = (page: Page) => page.locator('.xterm-rows').first();

before(async () => { browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] }); });
after(async () => { await browser.close(); });

describe('joining', () => {
  test('a taken name is a sentence beside the field; another name gets in and is shown the personal link once', () => journey({ role: 'visitor' }, '/join/amber-otter-42', async (page) => {
    await page.getByLabel('Your name').fill('Grace');
    await page.keyboard.press('Enter');
    await page.locator('form').getByText('Someone in this class is called Grace already.').waitFor();
    assert.equal(await page.getByLabel('Your name').getAttribute('aria-invalid'), 'true');
    await page.getByLabel('Your name').fill('Grace H.');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your way back' }).waitFor();
    assert.match(await page.getByLabel('Your personal link').inputValue(), /^http:.*\/s\/7fqk/);
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.reload();
    await page.getByRole('heading', { name: 'Reach a pod' }).waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Your way back' }).count(), 0);
  }));
  test('a wrong code and an empty name stand beside their fields', () => journey({ role: 'visitor' }, '/', async (page) => {
    await page.getByRole('button', { name: 'Join the workshop' }).click();
    await page.locator('form').getByText('Type your name.').waitFor();
    await page.getByLabel('Join code').fill('wrong');
    await page.getByLabel('Your name').fill('Ada');
    await page.keyboard.press('Enter');
    await page.locator('form').getByText('No class has this join code.').waitFor();
  }));
});

test('a personal link that stopped working is a sentence on the door, with what to do', () => journey({ role: 'visitor' }, '/join?problem=link-wrong', async (page) => {
  await page.getByText('This personal link does not work any more.').waitFor();
  await page.getByText('ask your instructor for a new link').waitFor();
}));

describe('the workbench', () => {
  test('Run types into the machine\'s terminal, and says why when its prompt is not free', () => journey({ role: 'student' }, lab, async (page) => {
    await page.getByRole('button', { name: 'Run on workstation' }).first().click();
    await screen(page).getByText('pod/web created').waitFor();
    await screen(page).getByText('10.244.1.7').waitFor();
    await page.getByRole('button', { name: 'Run on workstation' }).nth(1).click();
    await page.getByText('Something is still running on workstation.').waitFor();
    await page.getByRole('button', { name: 'Run in a new shell' }).click();
    await page.getByRole('tab', { name: 'workstation 2' }).waitFor();
    await page.getByRole('button', { name: 'Run on worker', exact: true }).click();
    await page.getByRole('tab', { name: 'worker', exact: true }).and(page.locator('[aria-selected=true]')).waitFor();
    await screen(page).getByText('served by web').waitFor();
  }));
  test('keys reach the shell, F6 leaves it, and comes back', () => journey({ role: 'student' }, lab, async (page, server) => {
    await screen(page).getByText('student@workstation').waitFor();
    await page.locator('.xterm').click();
    await page.keyboard.type('hello');
    await screen(page).getByText('hello').waitFor();
    await page.keyboard.press('F6');
    await page.waitForFunction(() => document.activeElement?.id === 'lab-text');
    await page.keyboard.press('F6');
    await page.waitForFunction(() => document.activeElement?.closest('.xterm') !== null);
    await page.keyboard.press('Enter');
    await screen(page).getByText('you typed: hello').waitFor();
    assert.equal(server.typed(), 'hello\r');
  }));
  test('a lost connection comes back with what was missed, once', () => journey({ role: 'student' }, lab, async (page, server) => {
    await screen(page).getByText('student@workstation').waitFor();
    await page.locator('.xterm').click();
    await page.keyboard.type('one');
    await screen(page).getByText('one').waitFor();
    server.drop();
    await page.getByText('Connection lost.').waitFor();
    await page.getByText('Connection lost.').waitFor({ state: 'detached' });
    await page.locator('.xterm').click();
    await page.keyboard.type('two');
    await screen(page).getByText('onetwo').waitFor();
    assert.equal((await screen(page).innerText()).split('onetwo').length - 1, 1);
  }));
  test('the cursor is there before the terminal was first focused', () => journey({ role: 'student' }, lab, async (page) => {
    await screen(page).getByText('student@workstation').waitFor();
    await page.locator('.xterm-cursor').waitFor();
  }));
  test('code inside a hint can be copied', () => journey({ role: 'student' }, lab, async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByText('Where do I find the address?').click();
    await page.locator('details').getByRole('button', { name: 'Copy the code' }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'kubectl get pod web -o wide');
  }));
  test('the step on screen is followed also after the window was narrow and wide again', () => journey({ role: 'student' }, lab, async (page) => {
    await page.getByText('4 steps', { exact: true }).waitFor();
    for (const width of [390, 1440]) await page.setViewportSize({ width, height: 900 });
    await page.locator('#lab-text').evaluate((text) => text.querySelector('[data-step-id=who-may]')?.scrollIntoView());
    await page.getByText('3 of 4').waitFor();
  }));
  test('a shell that ended can be started again in its place', () => journey({ role: 'student' }, lab, async (page) => {
    await screen(page).getByText('student@workstation').waitFor();
    await page.locator('.xterm').click();
    await page.keyboard.type('exit\n');
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.getByText('The shell ended').waitFor({ state: 'detached' });
    await screen(page).getByText('student@workstation').waitFor();
  }));
  test('splits in two, and remembers it over a reload', () => journey({ role: 'student' }, lab, async (page) => {
    await screen(page).getByText('student@workstation').waitFor();
    await page.getByRole('button', { name: 'Split: another shell below' }).click();
    await page.locator('.xterm').nth(1).waitFor();
    await page.reload();
    await page.locator('.xterm').nth(1).waitFor();
  }));
  test('finds text in the scrollback', () => journey({ role: 'student' }, lab, async (page) => {
    await screen(page).getByText('student@workstation').waitFor();
    await page.locator('.xterm').click();
    await page.keyboard.type('flood\n');
    await screen(page).getByText('399 xxx').waitFor();
    await page.keyboard.press('Control+Shift+F');
    await page.getByLabel('Search in workstation').fill('123 xxx');
    await screen(page).getByText('123 xxx').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement?.closest('.xterm') !== null);
  }));
  test('a check turns green by itself and is spoken; a wrong answer gets a sentence', () => journey({ role: 'student' }, lab, async (page, server) => {
    const check = page.getByRole('region', { name: 'Check: Pod web is ready' });
    await check.waitFor();
    server.setCheck({ id: CheckId.parse('pod-runs'), earned: true, running: false, attempts: 0, checkedAt: Date.now(), verdict: { kind: 'passed', finding: 'Pod web has been ready for 2 seconds.' } }, ['run-a-pod']);
    await check.getByText('Passed.').waitFor();
    await check.getByText('1 point earned').waitFor();
    await page.locator('[aria-live=polite]').getByText('Pod web is ready: Passed.').waitFor({ state: 'attached' });
    await page.getByLabel('Address of pod web').fill('10.0.0.1');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Check: You know its address' }).getByText('10.0.0.1 is not the address of pod web.').waitFor();
  }));
  test('while the cluster is built its stage is told; then the terminal opens by itself', () => journey({ role: 'student', cluster: provisioningCluster, phase: 'closed' }, lab, async (page, server) => {
    await page.getByRole('progressbar', { name: 'Waiting for the nodes to be ready' }).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Check: Pod web is ready' }).isDisabled());
    server.setCluster(readyCluster);
    await screen(page).getByText('student@workstation').waitFor();
    await page.locator('button[aria-label="Check: Pod web is ready"]:enabled').waitFor();
  }));
  test('a student who was removed is told so', () => journey({ role: 'student' }, lab, async (page, server) => {
    await screen(page).getByText('student@workstation').waitFor();
    server.tell({ type: 'removed', reason: 'The instructor removed you from the class.' });
    await page.getByText('The instructor removed you from the class.').waitFor();
  }));
  test('a restarting server is told apart from a lost one', () => journey({ role: 'student' }, lab, async (page, server) => {
    await screen(page).getByText('student@workstation').waitFor();
    const draining = setInterval(() => server.drop(closeCodes.serverDraining), 50);
    try {
      await page.getByText('The server is restarting.').waitFor();
    } finally {
      clearInterval(draining);
    }
    await page.getByText('The server is restarting.').waitFor({ state: 'detached' });
  }));
  test('on a phone text and terminal are tabs, and nothing is wider than the screen', () => journey({ role: 'student', lab: 'mixed' }, lab, async (page) => {
    await page.getByRole('tab', { name: 'Terminal' }).click();
    await screen(page).getByText('student@workstation').waitFor();
    await page.getByRole('tab', { name: 'Text' }).click();
    await page.getByRole('heading', { name: 'Reach a pod' }).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  }, 390));
});

describe('the board', () => {
  test('the password opens it, thirty students fit a laptop, and changes appear as they happen', () => journey({ role: 'visitor', students: 30 }, '/instructor', async (page, server) => {
    await page.getByLabel('Instructor password').fill('wrong');
    await page.keyboard.press('Enter');
    await page.locator('form').getByText('That is not the password.').waitFor();
    await page.getByLabel('Instructor password').fill('open');
    await page.keyboard.press('Enter');
    const last = page.getByRole('button', { name: 'Wang Xiaoyun', exact: true });
    await last.waitFor();
    assert.ok(await page.evaluate(() => [...document.querySelectorAll('table')].every((table) => {
      const box = table.parentElement;
      return box !== null && box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth;
    })), 'the table needs no scrolling');
    const [first] = mockBoard(1, '').students;
    assert.ok(first);
    server.tellBoard({ type: 'student', student: { ...first, points: 41 } });
    await page.getByRole('row', { name: /Ada Lovelace/ }).getByRole('cell', { name: '41', exact: true }).waitFor();
    server.tellBoard({ type: 'left', sessionId: first.sessionId });
    await page.getByRole('button', { name: 'Ada Lovelace', exact: true }).waitFor({ state: 'detached' });
  }));
  test('fourteen labs of four steps fit a laptop too, and who may want help is said in words', () => journey({ role: 'instructor', students: 30, whole: true }, '/instructor', async (page) => {
    await page.getByRole('button', { name: 'Wang Xiaoyun', exact: true }).waitFor();
    assert.ok(await page.evaluate(() => {
      const box = document.querySelector('table')?.parentElement;
      return box != null && box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth;
    }), 'the table needs no scrolling');
    await page.getByText('5 may want help').waitFor();
    await page.getByRole('button', { name: 'Now', exact: true }).click();
    const rows = await page.locator('tbody tr').allInnerTexts();
    assert.match(rows[0]!, /Claude Shannon[^]*14 min, 3 tries/);
    await page.getByRole('row', { name: /Claude Shannon/ }).getByLabel('may want help').waitFor();
    await page.getByRole('button', { name: 'Claude Shannon', exact: true }).click();
    await page.getByText('On screen').waitFor();
  }));
  test('removing a student asks first', () => journey({ role: 'instructor', students: 3 }, '/instructor', async (page) => {
    await page.getByRole('button', { name: 'Actions for Alan Turing' }).click();
    await page.getByRole('menuitem', { name: 'Remove from the class…' }).click();
    await page.getByRole('heading', { name: 'Remove Alan Turing from the class?' }).waitFor();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('heading', { name: 'Remove Alan Turing from the class?' }).waitFor({ state: 'detached' });
  }));
});

test('an address without a page says so and leads back', () => journey({ role: 'visitor' }, '/nowhere', async (page) => {
  await page.getByRole('heading', { name: 'Nothing is plugged in here' }).waitFor();
  await page.getByRole('link', { name: 'Go to the workshop' }).click();
  await page.getByLabel('Join code').waitFor();
}));

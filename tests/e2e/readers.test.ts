// The real system for those without a mouse, on a narrow screen, in the dark.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { LiveServer } from '../support/liveServer.ts';
import { launchBrowser, Person } from './support/person.ts';

let server: LiveServer;
let browser: Browser;
before(async () => { [server, browser] = await Promise.all([LiveServer.start(), launchBrowser()]); });
after(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

const focusedName = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');

/** Tab, at most 60 times, until the focused element's name matches. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let press = 0; press < 60; press++) {
    const here = await focusedName(page);
    if (name.test(here)) return;
    seen.push(here.slice(0, 40));
    await page.keyboard.press('Tab');
  }
  assert.fail(`${name} is not reached by Tab: ${seen.join(' | ')}`);
}

test('with the keyboard alone: join, open a lab, run, check, answer, leave the terminal', async () => {
  await using ada = await Person.at(browser);
  const { page } = ada;
  await page.goto(`${server.url}/`);
  await page.getByLabel('Join code').waitFor();
  await page.keyboard.type(server.joinCode);
  await page.keyboard.press('Tab');
  await page.keyboard.type('Ada Lovelace');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your way back' }).waitFor();
  await tabTo(page, /^I have kept it$/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your way back' }).waitFor({ state: 'detached' });
  await ada.untilReady();
  await tabTo(page, /^Reach a pod$/);
  await page.keyboard.press('Enter');
  await ada.untilPrompt();

  await page.keyboard.press('F6');
  await page.waitForFunction(() => document.activeElement?.closest('.xterm') !== null);
  await page.keyboard.type('kubectl run web --image=patchbay/web\n');
  await ada.untilScreen(/pod\/web created/);
  await page.keyboard.press('Tab'); // completes in the shell and does not leave it
  assert.ok(await page.evaluate(() => document.activeElement?.closest('.xterm') !== null));
  await page.keyboard.press('F6');
  await page.waitForFunction(() => document.activeElement?.id === 'lab-text');

  await tabTo(page, /^Check: The web pod answers a node/);
  await page.keyboard.press('Enter');
  await ada.untilPassed('node-reaches-pod');
  await tabTo(page, /^Run on workstation$/);
  await page.keyboard.press('Enter');
  await ada.untilScreen(/pod\/client condition met/);
  assert.equal(await focusedName(page), 'Run on workstation', 'the keyboard stays where it was');
  await page.keyboard.press('t');
  await page.waitForFunction(() => document.activeElement?.closest('.xterm') !== null);
  await page.keyboard.press('Control+Shift+Escape');
  await page.waitForFunction(() => document.activeElement?.id === 'lab-text');
});

describe('on a screen 390 pixels wide', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`everything is there, nothing is wider than the screen, in ${colorScheme} colours`, async () => {
      await using ada = await Person.at(browser, { viewport: { width: 390, height: 780 }, colorScheme, hasTouch: true });
      const { page } = ada;
      await page.goto(`${server.url}/join/${server.joinCode}`);
      assert.ok(await ada.fitsWidth(), 'the door');
      await page.getByLabel('Your name').fill(`Phone in ${colorScheme}`);
      await page.getByRole('button', { name: 'Join the workshop' }).tap();
      await page.getByRole('button', { name: 'I have kept it' }).tap();
      await page.getByRole('link', { name: 'Reach a pod', exact: true }).waitFor();
      assert.ok(await ada.fitsWidth(), 'the contents');
      await page.getByRole('link', { name: 'Reach a pod', exact: true }).tap();
      await page.getByRole('heading', { name: 'Reach a pod', level: 1 }).waitFor();
      assert.ok(await ada.fitsWidth(), 'the lab text');
      // The cluster is ready before a command is sent.
      await page.getByRole('tab', { name: 'Terminal', exact: true }).tap();
      await ada.untilPrompt();
      assert.ok(await ada.fitsWidth(), 'the terminal');
      await page.getByRole('tab', { name: 'Text', exact: true }).tap();
      await ada.step('start-a-web-server').getByRole('button', { name: 'Run on workstation' }).first().tap();
      await ada.untilScreen(/pod\/web condition met/);
      await page.getByRole('tab', { name: 'Text', exact: true }).tap();
      await ada.look('node-reaches-pod');
      await ada.untilPassed('node-reaches-pod');
      assert.ok(await ada.fitsWidth(), 'the lab text with a verdict');

      const [paper, ink] = await page.evaluate(() => {
        const luminance = (colour: string) => {
          const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')!;
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          const [r = 0, g = 0, b = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => ((value / 255) ** 2.2));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        return [luminance(getComputedStyle(document.documentElement).backgroundColor), luminance(getComputedStyle(document.querySelector('#lab-text p')!).color)];
      });
      assert.ok(colorScheme === 'dark' ? paper! < 0.2 : paper! > 0.7, `paper of luminance ${paper}`);
      const contrast = (Math.max(paper!, ink!) + 0.05) / (Math.min(paper!, ink!) + 0.05);
      assert.ok(contrast >= 4.5, `contrast ${contrast}`);
    });
  }
});

// Someone at a real browser: their page, what they do on it, and every complaint of its console.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';

const PATIENCE_MS = 10_000;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
}

/** A browser context with one page. Disposal fails when the console said anything that was not foretold. */
export class Person implements AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #complaints: string[] = [];
  readonly #foretold: RegExp[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.#complaints.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.#complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
  }

  static async at(browser: Browser, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options });
    return new Person(context, await context.newPage());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
    assert.deepEqual(this.#complaints.filter((complaint) => !this.#foretold.some((pattern) => pattern.test(complaint))), [], 'the console is silent');
  }

  /** Chromium itself logs refused requests and lost connections: a journey says beforehand which it causes. */
  foretell(...patterns: RegExp[]): void {
    this.#foretold.push(...patterns);
  }

  foretellOutage(): void {
    this.foretell(/net::ERR_(CONNECTION|EMPTY|INTERNET|NETWORK)|WebSocket connection to .* failed/);
  }

  /** Joins with the mouse and answers the personal link. */
  async join(url: string, code: string, name: string): Promise<string> {
    await this.page.goto(`${url}/join/${code}`);
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByRole('button', { name: 'Join the workshop' }).click();
    const link = await this.page.getByLabel('Your personal link').inputValue();
    await this.page.getByRole('button', { name: 'I have kept it' }).click();
    return link;
  }

  async untilReady(): Promise<void> {
    await this.page.getByText('Cluster ready').waitFor();
  }

  /** Opens a lab from the contents and waits for the first prompt. */
  async openLab(title: string): Promise<void> {
    await this.page.getByRole('link', { name: title, exact: true }).click();
    await this.untilPrompt();
  }

  /** Goes through all steps of the lab, as someone who reads it. */
  async read(): Promise<void> {
    for (const jack of await this.page.getByRole('navigation', { name: 'Steps of this lab' }).getByRole('link').all()) {
      await jack.click();
      await jack.and(this.page.locator('[aria-current=step]')).waitFor();
    }
  }

  async untilPrompt(): Promise<void> {
    await this.untilScreen(/[$#] ?$/);
  }

  /** The visible lines of the first terminal on the page. */
  screen(): Promise<string> {
    return this.page.evaluate(readScreen);
  }

  /** Waits until the visible lines match; the pattern sees no white space at the end. */
  async untilScreen(pattern: RegExp): Promise<string> {
    try {
      await this.page.waitForFunction(([source, flags]) => {
        const rows = [...document.querySelector('.xterm-rows')?.children ?? []].map((row) => (row.textContent ?? '').replaceAll('\u00a0', ' ').trimEnd());
        return new RegExp(source!, flags).test(rows.join('\n').trimEnd());
      }, [pattern.source, pattern.flags]);
    } catch (error) {
      throw new Error(`the terminal does not show ${pattern}:\n${await this.screen()}`, { cause: error });
    }
    return this.screen();
  }

  /** Types into the terminal key by key, with Enter at the end of each line. */
  async type(...lines: string[]): Promise<void> {
    await this.page.locator('.xterm-helper-textarea').first().focus();
    for (const line of lines) await this.page.keyboard.type(`${line}\n`);
  }

  /** Types a command and waits until it has ended; answers the screen. */
  async command(line: string): Promise<string> {
    const mark = Math.floor(Math.random() * 1e9);
    // The typed line must not look like its own end.
    await this.type(`${line}; echo end-$((${mark} + 1))`);
    return this.untilScreen(new RegExp(`end-${mark + 1}\\n`));
  }

  step(id: string): Locator {
    return this.page.locator(`[data-step-id="${id}"]`);
  }

  check(id: string): Locator {
    return this.page.locator(`[data-check-id="${id}"]`);
  }

  /** Brings a check on screen, where it runs by itself. */
  async look(id: string): Promise<void> {
    await this.check(id).scrollIntoViewIfNeeded();
  }

  async untilPassed(...ids: string[]): Promise<void> {
    for (const id of ids) await this.#untilVerdict(id, 'Passed.');
  }

  /** Waits until a check is red and says what is expected; answers its finding and direction. */
  async untilRed(id: string, saying: RegExp = /\w/): Promise<string> {
    await this.#untilVerdict(id, 'Not yet.');
    await this.check(id).filter({ hasText: saying }).waitFor().catch(async (error: unknown) => {
      throw new Error(`check ${id} does not say ${saying}:\n${await this.check(id).innerText()}`, { cause: error });
    });
    return this.check(id).innerText();
  }

  async #untilVerdict(id: string, words: string): Promise<void> {
    try {
      await this.check(id).locator('strong').getByText(words, { exact: true }).waitFor();
    } catch (error) {
      throw new Error(`check ${id} is not "${words}" but:\n${await this.check(id).innerText()}\n${await this.screen()}`, { cause: error });
    }
  }

  /** True while nothing makes the page scroll sideways. */
  fitsWidth(): Promise<boolean> {
    return this.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  }
}

/** Runs in the page. */
function readScreen(): string {
  return [...document.querySelector('.xterm-rows')?.children ?? []].map((row) => (row.textContent ?? '').replaceAll('\u00a0', ' ').trimEnd()).join('\n').trimEnd();
}

// Firefox ESR, by WebDriver BiDi: puppeteer-core talks to the browser itself, without a driver's program between.
import type { Browser, BrowserContext, ElementHandle, KeyInput, Page } from 'puppeteer-core';
import puppeteer from 'puppeteer-core';
import type { Engine, PhotoFile, Tab, TabOptions } from '../driver.ts';
import { PhotoFiles } from './photo-files.ts';
import { FIND, placeOf } from './place.ts';

type ColorScheme = 'light' | 'dark';

export async function firefox(): Promise<Engine> {
  // What a page prefers is a setting of the whole browser.
  const browsers = new Map<ColorScheme, Promise<Browser>>();
  const browserOf = (scheme: ColorScheme): Promise<Browser> => {
    const known = browsers.get(scheme) ?? launch(scheme);
    browsers.set(scheme, known);
    return known;
  };
  await browserOf('light');
  return {
    async open(address, options: TabOptions = {}) {
      const browser = await browserOf(options.colorScheme === 'dark' ? 'dark' : 'light');
      const context = await browser.createBrowserContext();
      const tab = await FirefoxTab.open(context, options.viewport ?? { width: 1280, height: 840 }, []);
      await tab.goto(address);
      return tab;
    },
    async stop() {
      await Promise.all([...browsers.values()].map(async (browser) => (await browser).close()));
    },
  };
}

function launch(scheme: ColorScheme): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr',
    headless: true,
    // Two cores may have two browsers and a Worker to start.
    timeout: 120_000,
    protocolTimeout: 120_000,
    extraPrefsFirefox: {
      'intl.accept_languages': 'en-GB, en',
      'layout.css.prefers-color-scheme.content-override': scheme === 'dark' ? 0 : 1,
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      // Else a test's page that asks whether to leave would stay.
      'dom.disable_beforeunload': true,
      'ui.prefersReducedMotion': 0,
      // A mouse: without a screen there would be none, and the page would take each shopper for a finger.
      'ui.primaryPointerCapabilities': 6,
      'ui.allPointerCapabilities': 6,
    },
  });
}

class FirefoxTab implements Tab {
  readonly troubles: string[];
  readonly #page: Page;
  readonly #context: BrowserContext;
  readonly #viewport: { width: number; height: number };
  readonly #files = new PhotoFiles();

  private constructor(page: Page, context: BrowserContext, viewport: { width: number; height: number }, troubles: string[]) {
    this.#page = page;
    this.#context = context;
    this.#viewport = viewport;
    this.troubles = troubles;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warn') troubles.push(`${message.text()} (${message.location().url ?? ''})`);
    });
    page.on('pageerror', (error) => troubles.push(String(error)));
  }

  static async open(context: BrowserContext, viewport: { width: number; height: number }, troubles: string[]): Promise<FirefoxTab> {
    const page = await context.newPage();
    await page.setViewport(viewport);
    return new FirefoxTab(page, context, viewport, troubles);
  }

  async goto(address: string): Promise<void> {
    await this.#page.goto(new URL(address, this.#page.url()).href);
  }
  async reload(): Promise<void> {
    await this.#page.reload();
  }
  async back(): Promise<void> {
    // A page that comes back from memory loads nothing that the driver could wait for.
    await this.#page.evaluate(() => void setTimeout(() => history.back()));
  }
  run<T, A>(script: (argument: A) => T | Promise<T>, argument: A): Promise<T> {
    return this.#page.evaluate(script as never, argument as never) as Promise<T>;
  }
  async click(selector: string): Promise<void> {
    const [x, y] = await placeOf((script, argument) => this.#page.evaluate(`(${script})(${JSON.stringify(argument)})`), selector);
    await this.#page.mouse.click(x, y);
  }
  async drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    const { mouse } = this.#page;
    await mouse.move(...from);
    await mouse.down();
    await mouse.move(...to);
    await mouse.up();
  }
  async wheel(x: number, y: number, by: number): Promise<void> {
    await this.#page.mouse.move(x, y);
    await this.#page.mouse.wheel({ deltaY: by });
  }
  async press(keys: string): Promise<void> {
    const names = keys.split('+') as KeyInput[];
    const last = names.pop();
    for (const name of names) await this.#page.keyboard.down(name);
    if (last !== undefined) await this.#page.keyboard.press(last);
    for (const name of names) await this.#page.keyboard.up(name);
  }
  async give(selector: string, file: PhotoFile): Promise<void> {
    const handle = await this.#page.waitForFunction(`(${FIND})(${JSON.stringify(selector)})`);
    await (handle as ElementHandle<HTMLInputElement>).uploadFile(await this.#files.pathOf(file));
  }
  async resize(width: number, height: number): Promise<void> {
    await this.#page.setViewport({ width, height });
  }
  async screenshot(): Promise<Buffer> {
    return Buffer.from(await this.#page.screenshot());
  }
  setOffline(offline: boolean): Promise<void> {
    return this.#page.setOfflineMode(offline);
  }
  async another(address: string): Promise<Tab> {
    const tab = await FirefoxTab.open(this.#context, this.#viewport, this.troubles);
    await tab.goto(new URL(address, this.#page.url()).href);
    return tab;
  }
  async close(): Promise<void> {
    await this.#context.close();
    await this.#files.remove();
  }
}

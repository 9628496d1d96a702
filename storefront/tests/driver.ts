// What the tests of pages need of a browser, whichever it is: one small interface, and Chromium's implementation of it.
// Selectors are CSS and reach into open shadow roots.
import { expect } from 'vitest';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launch, visit } from './browser.ts';

export interface PhotoFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** One browser tab. */
export interface Tab {
  /** Console errors and warnings, uncaught exceptions and policy violations, in order. */
  readonly troubles: string[];
  goto(address: string): Promise<void>;
  reload(): Promise<void>;
  /** Runs in the page; the function must be whole in itself. */
  run<T, A>(script: (argument: A) => T | Promise<T>, argument: A): Promise<T>;
  /** A press of the pointer on the middle of the first match, when it can be hit. */
  click(selector: string): Promise<void>;
  press(key: string): Promise<void>;
  give(selector: string, file: PhotoFile): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  screenshot(): Promise<Buffer>;
  /** Answers the question whether to leave the page, from now on; tells what was asked so far. */
  setOffline(offline: boolean): Promise<void>;
  /** Another tab with the same storage. */
  another(address: string): Promise<Tab>;
  close(): Promise<void>;
}

export interface Engine {
  open(address: string, options?: BrowserContextOptions): Promise<Tab>;
  stop(): Promise<void>;
}

export async function chromium(): Promise<Engine> {
  const browser = await launch();
  return {
    async open(address, options) {
      const { page, context, troubles } = await visit(browser, address, options);
      return new ChromiumTab(page, context, troubles);
    },
    stop: () => browser.close(),
  };
}

export class ChromiumTab implements Tab {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly troubles: string[];

  constructor(page: Page, context: BrowserContext, troubles: string[]) {
    this.page = page;
    this.#context = context;
    this.troubles = troubles;
  }

  async goto(address: string): Promise<void> {
    await this.page.goto(new URL(address, this.page.url()).href);
  }
  async reload(): Promise<void> {
    await this.page.reload();
  }
  run<T, A>(script: (argument: A) => T | Promise<T>, argument: A): Promise<T> {
    return this.page.evaluate(script as never, argument as never) as Promise<T>;
  }
  click(selector: string): Promise<void> {
    return this.page.locator(selector).first().click();
  }
  press(key: string): Promise<void> {
    return this.page.keyboard.press(key);
  }
  give(selector: string, file: PhotoFile): Promise<void> {
    return this.page.locator(selector).first().setInputFiles(file);
  }
  resize(width: number, height: number): Promise<void> {
    return this.page.setViewportSize({ width, height });
  }
  screenshot(): Promise<Buffer> {
    return this.page.screenshot();
  }
  setOffline(offline: boolean): Promise<void> {
    return this.#context.setOffline(offline);
  }
  async another(address: string): Promise<Tab> {
    const page = await this.#context.newPage();
    await page.goto(new URL(address, this.page.url()).href);
    return new ChromiumTab(page, this.#context, this.troubles);
  }
  close(): Promise<void> {
    return this.#context.close();
  }
}

/** What can be seen of the first match: its text, or nothing if there is none. */
export function textOf(tab: Tab, selector: string): Promise<string | undefined> {
  return tab.run((wanted) => {
    const find = (root: ParentNode): Element | undefined =>
      root.querySelector(wanted) ?? [...root.querySelectorAll('*')].map(({ shadowRoot }) => shadowRoot && find(shadowRoot)).find((found) => found) ?? undefined;
    return find(document)?.textContent?.trim().replace(/\s+/g, ' ');
  }, selector);
}

export function attributeOf(tab: Tab, selector: string, name: string): Promise<string | null | undefined> {
  return tab.run(
    ([wanted, attribute]) => {
      const find = (root: ParentNode): Element | undefined =>
        root.querySelector(wanted) ?? [...root.querySelectorAll('*')].map(({ shadowRoot }) => shadowRoot && find(shadowRoot)).find((found) => found) ?? undefined;
      return find(document)?.getAttribute(attribute);
    },
    [selector, name] as const,
  );
}

export async function until(tab: Tab, selector: string): Promise<void> {
  await expect.poll(() => textOf(tab, selector), { message: selector }).toBeDefined();
}

export async function untilText(tab: Tab, selector: string, text: string | RegExp): Promise<void> {
  await expect.poll(() => textOf(tab, selector), { message: selector }).toMatch(text);
}

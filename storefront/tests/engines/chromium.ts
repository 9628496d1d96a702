// Chromium, by playwright-core.
import type { BrowserContext, Page } from 'playwright-core';
import { launch, visit } from '../browser.ts';
import type { Engine, PhotoFile, Tab, TabOptions } from '../driver.ts';

export async function chromium(): Promise<Engine> {
  const browser = await launch();
  return {
    async open(address: string, options?: TabOptions) {
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
  async back(): Promise<void> {
    await this.page.goBack();
  }
  run<T, A>(script: (argument: A) => T | Promise<T>, argument: A): Promise<T> {
    return this.page.evaluate(script as never, argument as never) as Promise<T>;
  }
  click(selector: string): Promise<void> {
    return this.page.locator(selector).first().click();
  }
  async drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    const { mouse } = this.page;
    await mouse.move(...from);
    await mouse.down();
    await mouse.move(...to);
    await mouse.up();
  }
  async wheel(x: number, y: number, by: number): Promise<void> {
    await this.page.mouse.move(x, y);
    await this.page.mouse.wheel(0, by);
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

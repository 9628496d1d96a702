// Hands for the dialog: a stand, a browser and a photo for a test file, and what a shopper does with them.
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { launch, visit, type Visit } from './browser.ts';
import { ENGINE, type Engine, startEngine, type Tab, type TabOptions, until } from './driver.ts';
import { picturePlaceholder } from './pictures.ts';
import { startStand, type Stand } from './stand.ts';

export let stand: Stand;
export let photo: Buffer;
let browser: Browser | undefined;
let engine: Engine;

/** For the top of a test file. */
export function useStand(): void {
  beforeAll(async () => {
    [stand, engine, photo] = await Promise.all([startStand(), startEngine(), picturePlaceholder({ width: 900, height: 1200 })]);
    // Tests by playwright's own pages are Chromium's.
    if (ENGINE === 'chromium') browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await engine?.stop();
    await stand?.stop();
  });
  beforeEach(() => stand.reset());
}

export const part = (page: Page, name: string): Locator => page.locator(`[part=${name}]`);
export const phase = (page: Page, name: string): Promise<void> => page.locator(`.frame[data-phase=${name}]`).waitFor();
export const file = (buffer: Buffer, name = 'me.jpg', mimeType = 'image/jpeg') => ({ name, mimeType, buffer });

export async function withPage(options: BrowserContextOptions, path: string, use: (visit: Visit) => Promise<void>): Promise<void> {
  if (!browser) throw new Error('this test is Chromium’s');
  const opened = await visit(browser, stand.url + path, options);
  try {
    await use(opened);
  } finally {
    await opened.context.close();
  }
}

/** A tab at `path`; what a test leaves open is closed after it. */
export async function withTab(path: string, use: (tab: Tab) => Promise<void>, options?: TabOptions): Promise<void> {
  const tab = await engine.open(stand.url + path, options);
  try {
    await use(tab);
  } finally {
    await tab.close();
  }
}

/** From the button to the picture. */
export async function tryOn(tab: Tab, within = ''): Promise<void> {
  await tab.click(`${within} [part=trigger]`);
  await until(tab, 'dialog[open] .frame');
  await tab.give('dialog[open] [part=file]', file(photo));
  await tab.click('dialog[open] [part=start]');
  await until(tab, 'dialog[open] [part=result]');
}

export async function open(page: Page): Promise<void> {
  await part(page, 'trigger').first().click();
  await page.locator('dialog[open] .frame').waitFor();
}

export async function ready(page: Page): Promise<void> {
  await open(page);
  await part(page, 'file').setInputFiles(file(photo));
  await phase(page, 'ready');
}

export async function start(page: Page): Promise<void> {
  await ready(page);
  await part(page, 'start').click();
}

/** Waits until the photo is kept on the device: that begins when the dialog has it, which has opened the database by then. */
export async function kept(tab: Pick<Tab, 'run'>): Promise<void> {
  const photos = () =>
    new Promise<number>((resolve, reject) => {
      const opening = indexedDB.open('try-it-on');
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const counting = opening.result.transaction('photos').objectStore('photos').count();
        counting.onerror = () => reject(counting.error);
        counting.onsuccess = () => resolve(counting.result);
      };
    });
  await expect.poll(() => tab.run(photos, undefined)).toBe(1);
}

/** Waits for motion to end: half-faded colours would be nobody's. */
export async function still(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map(({ effect, finished }) => (effect?.getComputedTiming().iterations === Infinity ? undefined : finished))),
  );
}

export async function accessible(page: Page, state: string): Promise<void> {
  await still(page);
  const axe = new AxeBuilder({ page });
  // Behind an open dialog the page is inert, and was looked at before.
  if ((await page.locator('dialog[open]').count()) > 0) axe.include('try-it-on');
  const { violations } = await axe.analyze();
  const told = violations.map(({ id, nodes }) => `${state}: ${id} ${nodes.map(({ target, failureSummary }) => `${String(target)} ${failureSummary ?? ''}`).join('; ')}`);
  expect(told).toEqual([]);
}

export interface Recorded {
  name: string;
  detail: Record<string, unknown>;
}

/** Listens to the element's events; answers how to read them. */
export async function recordEvents(page: Page): Promise<() => Promise<Recorded[]>> {
  await page.evaluate(() => {
    const recorded: Recorded[] = [];
    Object.assign(window, { recorded });
    for (const name of ['tryon:start', 'tryon:progress', 'tryon:result', 'tryon:error', 'tryon:cart']) {
      document.addEventListener(name, (event) => recorded.push({ name, detail: (event as CustomEvent<Record<string, unknown>>).detail }));
    }
  });
  return () => page.evaluate(() => (window as unknown as { recorded: Recorded[] }).recorded);
}

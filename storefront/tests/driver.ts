// What the tests of pages need of a browser, whichever it is: one small interface. `ENGINE` chooses: `chromium` (the default),
// `firefox` or `webkit`. Selectors are CSS and reach into open shadow roots.
import { expect } from 'vitest';
import type { BrowserContextOptions } from 'playwright-core';
import { ChromiumTab, chromium } from './engines/chromium.ts';

export { ChromiumTab };

export interface PhotoFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** Chromium takes all of them; the others the size and the colour scheme. */
export type TabOptions = BrowserContextOptions;

/** One browser tab. */
export interface Tab {
  /** Console errors and warnings, uncaught exceptions and policy violations, in order. */
  readonly troubles: string[];
  goto(address: string): Promise<void>;
  reload(): Promise<void>;
  back(): Promise<void>;
  /** Runs in the page; the function must be whole in itself. */
  run<T, A>(script: (argument: A) => T | Promise<T>, argument: A): Promise<T>;
  /** A press of the pointer on the middle of the first match, when it can be hit. */
  click(selector: string): Promise<void>;
  /** Presses the pointer at a place in the window and lets go at another. */
  drag(from: readonly [x: number, y: number], to: readonly [x: number, y: number]): Promise<void>;
  wheel(x: number, y: number, by: number): Promise<void>;
  /** A key by its name, with others held: `Shift+Tab`. */
  press(keys: string): Promise<void>;
  give(selector: string, file: PhotoFile): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  screenshot(): Promise<Buffer>;
  setOffline(offline: boolean): Promise<void>;
  /** Another tab with the same storage. */
  another(address: string): Promise<Tab>;
  close(): Promise<void>;
}

export interface Engine {
  open(address: string, options?: TabOptions): Promise<Tab>;
  stop(): Promise<void>;
}

export type EngineName = 'chromium' | 'firefox' | 'webkit';

export const ENGINE = (process.env['ENGINE'] ?? 'chromium') as EngineName;

/** Each driver is loaded where it is used: two of them are installed by `npm run test:long` alone. */
export async function startEngine(): Promise<Engine> {
  switch (ENGINE) {
    case 'chromium':
      return chromium();
    case 'firefox':
      return (await import('./engines/firefox.ts')).firefox();
    case 'webkit':
      return (await import('./engines/webkit.ts')).webkit();
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

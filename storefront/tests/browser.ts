// Chromium for the storefront's tests: phone and desktop, light and dark, with everything that went wrong kept.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

const screenshots = fileURLToPath(new URL('../../tests/screenshots/storefront/', import.meta.url));

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 840 } };
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

export interface Visit {
  context: BrowserContext;
  page: Page;
  /** Console errors, uncaught exceptions and policy violations; a test that expects none asserts `[]`. */
  troubles: string[];
}

let visitors = 0;

/** Each visit is another shopper's: two who ask for the same would get one picture. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = DESKTOP): Promise<Visit> {
  visitors += 1;
  const extraHTTPHeaders = { 'cf-connecting-ip': `203.0.113.${visitors % 256}` };
  const context = await browser.newContext({ locale: 'en-GB', extraHTTPHeaders, ...options });
  const troubles: string[] = [];
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  await page.goto(url);
  return { context, page, troubles };
}

export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}

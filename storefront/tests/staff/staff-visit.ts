// One stand and one browser for all tests of a file about the staff page, and one visit in each.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { launch, visit, type Visit } from '../browser.ts';
import { startStand, type Stand } from '../stand.ts';
import { merchant } from './merchant.ts';
import { signIn } from './staff-page.ts';
import { serveStaff, type StaffStand } from './staff-stand.ts';

export let staff: StaffStand;
let stand: Stand;
let browser: Browser;
let opened: Visit | undefined;

/** For the top of a test file. */
export function useStaffPage(): void {
  beforeAll(async () => {
    [stand, browser] = await Promise.all([startStand(), launch()]);
  });
  beforeEach(() => {
    staff = serveStaff(stand, merchant());
  });
  afterEach(async () => {
    await opened?.context.close();
    opened = undefined;
  });
  afterAll(async () => {
    await browser?.close();
    await stand?.stop();
  });
}

/** The page, as it is before anybody signs in. */
export async function arrive(): Promise<Visit> {
  opened = await visit(browser, `${stand.url}/staff`);
  return opened;
}

export async function open(options: Parameters<typeof signIn>[2] = {}): Promise<Page> {
  opened = await signIn(browser, stand.url, options);
  return opened.page;
}

/** What went wrong in the visit so far. */
export const troubles = (): string[] => opened?.troubles ?? [];

export const posts = (): string[] => staff.asked.filter((line) => line.startsWith('POST'));

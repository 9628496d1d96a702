// A tab with the staff page, signed in.
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { visit, type Visit } from '../browser.ts';
import { OWNER } from './staff-stand.ts';

export async function signIn(browser: Browser, url: string, { token = OWNER, view = '', options }: { token?: string; view?: string; options?: BrowserContextOptions } = {}): Promise<Visit> {
  const visited = await visit(browser, `${url}/staff${view === '' ? '' : `#${view}`}`, options);
  await visited.page.getByLabel('Staff token').fill(token);
  await visited.page.getByRole('button', { name: 'Sign in' }).click();
  await visited.page.getByRole('navigation', { name: 'Views' }).waitFor();
  return visited;
}

export const go = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
};

/** Without the browser's line on answers that are errors: those that a test sends are meant. */
export const unexpected = (troubles: string[]): string[] => troubles.filter((text) => !/^Failed to load resource.*\/staff\/api\//.test(text));

export async function axe(page: Page, state: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${state}: ${id} ${nodes.map(({ target, failureSummary }) => `${String(target)} ${failureSummary ?? ''}`).join('; ')}`)).toEqual([]);
}

/** The page is as wide as the window, and so is everything in it. */
export async function fits(page: Page, state: string): Promise<void> {
  const wide = await page.evaluate(() => {
    const name = (element: Element): string => `${element.localName}.${element.className}: ${Math.round(element.getBoundingClientRect().right)} of ${innerWidth}`;
    const elements = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.unseen, thead, .u-wrap'));
    return document.documentElement.scrollWidth > innerWidth ? [`the page: ${document.documentElement.scrollWidth}`, ...elements.map(name)] : elements.map(name);
  });
  expect(wide, state).toEqual([]);
}

/** The numbers of a table, by its rows' first cells. */
export async function rowsOf(page: Page, name: string): Promise<Record<string, Record<string, string>>> {
  return page.getByRole('table', { name, exact: true }).evaluate((table) => {
    const rows = [...table.querySelectorAll('tbody tr')].map((row) => [...row.querySelectorAll('td')].map((cell) => [cell.dataset['label'] ?? '', cell.textContent.trim()] as const));
    return Object.fromEntries(rows.map((cells) => [cells[0]?.[1] ?? '', Object.fromEntries(cells)]));
  });
}

/** A tile's number. */
export const tile = async (page: Page, name: string): Promise<string> =>
  page.locator('.tile', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).locator('dd').evaluate((value) => value.childNodes.length > 0 ? [...value.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent).join('').trim() : '');

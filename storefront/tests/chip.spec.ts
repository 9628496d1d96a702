// A closed dialog leaves a chip: it follows the shopper from page to page, and leads back to the picture.
import { expect, test } from 'vitest';
import { accessible, file, photo, stand, useStand, withTab } from './dialog.ts';
import { ChromiumTab, textOf, until, untilText, type Tab } from './driver.ts';
import { completed, status } from './stand.ts';

useStand();

const page = (body: string, lang = 'en'): string =>
  `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="/icon.svg"><script type="module" src="/try-it-on.js"></script></head><body><main><h1>Shop</h1>${body}</main></body></html>`;
const tag = (id: string, image: string): string => `<try-it-on gateway="" product-id="${id}" product-title="${id}" product-image="/pictures/${image}.jpg"></try-it-on>`;

async function startAndClose(tab: Tab): Promise<void> {
  await tab.click('[part=trigger]');
  await until(tab, 'dialog[open] [part=file]');
  await tab.give('dialog[open] [part=file]', file(photo));
  await tab.click('dialog[open] [part=start]');
  await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
  expect(await textOf(tab, '[part=chip]')).toBeUndefined();
  await tab.press('Escape');
}

test('it shows the run on this page and on pages without a button, and leads back to the picture', async () => {
  stand.pages.set('/tee', page(tag('Tee', 'tshirt-sage'))).set('/about', page('', 'de'));
  stand.statuses = [status('processing', { eta_seconds: 20 })];
  await withTab('/tee', async (tab) => {
    await startAndClose(tab);
    await untilText(tab, '[part=chip-open]', 'Making your picture… Tee');
    await accessible((tab as ChromiumTab).page, 'chip');
    await tab.goto('/about');
    await untilText(tab, '[part=chip-open]', 'Dein Bild entsteht … Tee');
    stand.statuses = [completed()];
    await untilText(tab, '[part=chip-open]', 'Dein Bild ist fertig. Ansehen Tee');
    await tab.click('[part=chip-open]');
    await until(tab, 'dialog[open] [part=result]');
    expect(await tab.run(() => location.pathname, undefined)).toBe('/tee');
    await expect.poll(() => textOf(tab, '[part=chip]')).toBeUndefined();
    // It opens once, and not again with every reload.
    await tab.press('Escape');
    await expect.poll(() => textOf(tab, 'dialog[open]')).toBeUndefined();
    await tab.reload();
    await untilText(tab, '[part=trigger]', 'See it on you');
    expect(await textOf(tab, 'dialog[open]')).toBeUndefined();
    expect(stand.runs).toHaveLength(1);
    expect(tab.troubles).toEqual([]);
  });
});

test('on the same page it opens the dialog, which takes its place', async () => {
  stand.pages.set('/tee', page(tag('Tee', 'tshirt-sage')));
  stand.statuses = [status('processing')];
  await withTab('/tee', async (tab) => {
    await startAndClose(tab);
    await tab.click('[part=chip-open]');
    await until(tab, 'dialog[open] .frame[data-phase=running]');
    await expect.poll(() => textOf(tab, '[part=chip]')).toBeUndefined();
  });
});

test('sent away it stays away, and the button tells all the same', async () => {
  stand.pages.set('/tee', page(tag('Tee', 'tshirt-sage')));
  stand.statuses = [status('processing')];
  await withTab('/tee', async (tab) => {
    await startAndClose(tab);
    await tab.click('[part=chip-close]');
    await expect.poll(() => textOf(tab, '[part=chip]')).toBeUndefined();
    stand.statuses = [completed()];
    await untilText(tab, '[part=trigger]', 'See it on you');
    expect(await textOf(tab, '[part=chip]')).toBeUndefined();
  });
});

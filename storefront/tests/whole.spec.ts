// Whole try-ons in each engine: browser → the built gateway in workerd → the sandbox in workerd → webhook → picture.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDesk, type Desk } from '../../tests/desk.ts';
import { file } from './dialog.ts';
import { startEngine, textOf, until, type Engine, type Tab } from './driver.ts';
import { picturePlaceholder } from './pictures.ts';

let desk: Desk;
let engine: Engine;
let shoppers = 0;
beforeAll(async () => {
  // Slow enough that a reload meets a run that is still going.
  [desk, engine] = await Promise.all([startDesk({}, { TIME_SCALE: '0.3' }), startEngine()]);
});
afterAll(async () => {
  await engine?.stop();
  await desk?.stop();
});

async function withShop(path: string, use: (tab: Tab) => Promise<void>): Promise<void> {
  const tab = await engine.open(new URL(path, desk.gateway.url).href);
  try {
    await use(tab);
  } finally {
    await tab.close();
  }
}

/** Another shopper each time: two that ask for the same would get one picture. */
async function start(tab: Tab): Promise<void> {
  shoppers += 1;
  await tab.click('[part=trigger]');
  await until(tab, 'dialog[open] [part=file]');
  await tab.give('dialog[open] [part=file]', file(await picturePlaceholder({ width: 900 + shoppers, height: 1200 })));
  await tab.click('dialog[open] [part=start]');
}

/** The picture as the page has it: its size, once it is decoded. */
const picture = (tab: Tab): Promise<number[] | undefined> =>
  tab.run(async () => {
    const image = document.querySelector('try-it-on')?.shadowRoot?.querySelector<HTMLImageElement>('[part=result]');
    await image?.decode();
    return image ? [image.naturalWidth, image.naturalHeight] : undefined;
  }, undefined);

test('a photograph comes back with the garment on it', async () => {
  await withShop('/products/t-shirt', async (tab) => {
    await start(tab);
    await until(tab, 'dialog[open] [part=result]');
    expect(await picture(tab)).toEqual([864, 1296]);
    expect(tab.troubles).toEqual([]);
  });
});

test('a run that is on its way survives a reload, and its picture another', async () => {
  await withShop('/products/cable-jumper', async (tab) => {
    await start(tab);
    // From its id on there is something to come back to.
    await expect.poll(() => tab.run(() => sessionStorage.getItem('try-it-on:runs'), undefined)).toContain('"id"');
    await tab.reload();
    await until(tab, 'dialog[open] [part=result]');
    await tab.press('Escape');
    await tab.reload();
    expect(await textOf(tab, '[part=trigger]')).toBe('See it on you');
    await tab.click('[part=trigger]');
    await until(tab, 'dialog[open] [part=result]');
    expect(await picture(tab)).toEqual([864, 1296]);
  });
});

test('a photo that is forgotten is gone from the device, and its picture from the gateway', async () => {
  await withShop('/products/denim-jacket', async (tab) => {
    await start(tab);
    await until(tab, 'dialog[open] [part=result]');
    const address = await tab.run(() => document.querySelector('try-it-on')?.shadowRoot?.querySelector<HTMLImageElement>('[part=result]')?.src ?? '', undefined);
    const reached = async (): Promise<number> => (await fetch(address)).status;
    expect(await reached()).toBe(200);
    await tab.click('dialog[open] [part=forget]');
    await until(tab, 'dialog[open] [part=undo]');
    // For good when the time to undo is over.
    await expect.poll(reached).toBe(404);
    await tab.reload();
    expect(await textOf(tab, '[part=trigger]')).toBe('Try it on');
  });
});

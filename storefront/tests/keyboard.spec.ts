// A whole try-on by keyboard alone, in each engine: everything is reached by Tab, nothing holds the focus, and it goes back to
// the button that it came from.
import { expect, test } from 'vitest';
import { file, photo, stand, useStand, withTab } from './dialog.ts';
import { attributeOf, textOf, until, untilText, type Tab } from './driver.ts';
import { completed, status } from './stand.ts';

useStand();

const page = (): void =>
  void stand.pages.set('/tee', `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tee</title><link rel="icon" href="/icon.svg">
    <script type="module" src="/try-it-on.js"></script></head><body><a href="#before">Before</a>
    <try-it-on gateway="" product-id="1" product-title="Tee" product-image="/pictures/tshirt-sage.jpg" cart></try-it-on><a href="#after">After</a></body></html>`);

/** The part that has the focus, or the element. */
const focused = (tab: Tab): Promise<string | undefined> =>
  tab.run(() => {
    const inner = document.activeElement?.shadowRoot?.activeElement;
    return inner ? (inner.getAttribute('part') ?? inner.localName) : document.activeElement?.textContent?.trim() || document.activeElement?.localName;
  }, undefined);

/** Goes on by Tab until a part has the focus; tells what was on the way. */
async function tabTo(tab: Tab, part: string): Promise<string[]> {
  const passed: string[] = [];
  while (!((await focused(tab)) ?? '').split(' ').includes(part)) {
    await tab.press('Tab');
    passed.push((await focused(tab)) ?? '');
    if (passed.length > 30) throw new Error(`${part} can't be reached; on the way were ${passed.join(', ')}`);
  }
  return passed;
}

test('from the button to the cart, and back', async () => {
  page();
  stand.statuses = [status('processing')];
  await withTab('/tee', async (tab) => {
    await tabTo(tab, 'trigger');
    await tab.press('Enter');
    await until(tab, 'dialog[open] [part=file]');
    await tabTo(tab, 'file');
    await tab.give('dialog[open] [part=file]', file(photo));
    await until(tab, 'dialog[open] [part=start]');
    await tabTo(tab, 'start');
    await tab.press('Enter');
    await until(tab, 'dialog[open] .frame[data-phase=running]');
    stand.statuses = [completed()];
    await until(tab, 'dialog[open] [part=result]');
    await tabTo(tab, 'slider');
    await tab.press('ArrowRight');
    expect(await attributeOf(tab, '[part=slider]', 'aria-valuetext')).toBe('1% of the original photo');
    await tabTo(tab, 'zoom');
    await tab.press('Enter');
    await until(tab, 'dialog[open] [part=zoom-close]');
    // Escape leaves the close look, and nothing else.
    await tab.press('Escape');
    await expect.poll(() => textOf(tab, 'dialog[open] [part=zoom-close]')).toBeUndefined();
    await until(tab, 'dialog[open] [part=result]');
    await tab.run(() => document.addEventListener('tryon:cart', (event) => (event as CustomEvent<{ respondWith(added: Promise<void>): void }>).detail.respondWith(Promise.resolve())), undefined);
    await tabTo(tab, 'cart');
    await tab.press('Enter');
    await untilText(tab, 'dialog[open] [part=cart]', 'Added to your cart.');
    await tab.press('Escape');
    await expect.poll(() => textOf(tab, 'dialog[open]')).toBeUndefined();
    await expect.poll(() => focused(tab)).toBe('trigger');
    expect(await tabTo(tab, 'After')).toEqual(['After']);
  });
});

test('the focus stays in the open dialog, both ways', async () => {
  page();
  await withTab('/tee', async (tab) => {
    await tabTo(tab, 'trigger');
    await tab.press('Enter');
    await until(tab, 'dialog[open] [part=file]');
    for (const key of ['Tab', 'Shift+Tab']) {
      for (let press = 0; press < 12; press += 1) {
        await tab.press(key);
        const outside = await tab.run(() => document.activeElement?.localName === 'a', undefined);
        expect(outside, `${key}, ${press + 1} times`).toBe(false);
      }
    }
  });
});

// Every phase on every screen, from a page enlarged to 400 % to a large monitor: the way on is in view, everything can be
// reached by scrolling in one direction and by keyboard, and nothing that has the focus is hidden.
import { mkdir, writeFile } from 'node:fs/promises';
import { expect, describe, test } from 'vitest';
import { file, photo, stand, useStand, withTab } from './dialog.ts';
import { ENGINE, until, untilText, type Tab } from './driver.ts';
import { completed, failed, status } from './stand.ts';

useStand();

const screenshots = new URL(`../../tests/screenshots/storefront/${ENGINE}/`, import.meta.url);
const SCREENS = [[320, 256], [390, 844], [844, 390], [1280, 800], [1920, 1080]] as const;

/** Each picture in view is there to be looked at. */
async function pictures(): Promise<void> {
  const images = [...(document.querySelector('try-it-on')?.shadowRoot?.querySelectorAll('img') ?? [])];
  await Promise.all(images.filter(({ src, loading }) => src && loading !== 'lazy').map((image) => image.decode().catch(() => undefined)));
  await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
}

/** What is wrong with the layout as it stands. */
function faults(tab: Tab): Promise<string[]> {
  return tab.run(() => {
    const root = document.querySelector('try-it-on')?.shadowRoot;
    const dialog = root?.querySelector('dialog');
    if (!root || !dialog) return ['no dialog'];
    const found: string[] = [];
    const primary = root.querySelector<HTMLElement>('.foot .button');
    if (primary) {
      const { left, top, width, height } = primary.getBoundingClientRect();
      const hit = root.elementFromPoint(left + width / 2, top + height / 2);
      if (!hit || !(primary.contains(hit) || hit.contains(primary))) found.push('the way on is out of view');
      if (height < 44) found.push(`the way on is ${height} px high`);
    }
    // What went wrong is seen without scrolling.
    const problem = dialog.querySelector('[part=error] [part=heading]');
    if (problem) {
      const { left, top, height } = problem.getBoundingClientRect();
      if (root.elementFromPoint(left + 4, top + height / 2) !== problem) found.push('what went wrong is out of view');
    }
    for (const box of [dialog, ...dialog.querySelectorAll<HTMLElement>('.frame, .scroll, .foot, .bar')]) {
      if (box.scrollWidth > box.clientWidth + 1) found.push(`${box.className || 'dialog'} is ${box.scrollWidth - box.clientWidth} px too wide`);
    }
    // What scrolls has room to be read in.
    const scrolled = [...dialog.querySelectorAll<HTMLElement>('.frame, .scroll')].find((box) => box.scrollHeight > box.clientHeight + 1 && getComputedStyle(box).overflowY === 'auto');
    const fixed = scrolled?.matches('.frame') ? (dialog.querySelector('.foot')?.getBoundingClientRect().height ?? 0) : 0;
    if (scrolled && scrolled.clientHeight - fixed < 100) found.push(`${scrolled.className} has ${scrolled.clientHeight - fixed} px`);
    const heading = dialog.querySelector<HTMLElement>('[part=heading]');
    heading?.scrollIntoView({ block: 'nearest' });
    const at = heading?.getBoundingClientRect();
    if (dialog.querySelector('[data-phase=running]') === null && at && (at.top < -1 || at.bottom > innerHeight + 1)) found.push('the heading can’t be brought into view');
    dialog.querySelector('.frame')?.scrollTo(0, 0);
    return found;
  }, undefined);
}

/** Goes through everything by keyboard; tells what is hidden when it has the focus. */
async function hiddenFocus(tab: Tab): Promise<string[]> {
  const found: string[] = [];
  for (let press = 0; press < 24; press += 1) {
    await tab.press('Tab');
    const fault = await tab.run(() => {
      const root = document.querySelector('try-it-on')?.shadowRoot;
      const active = root?.activeElement;
      if (!root || !(active instanceof HTMLElement) || active.localName === 'dialog') return '';
      const box = (active.closest('.button') ?? active).getBoundingClientRect();
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      const hit = root.elementFromPoint(x, y);
      const isSeen = hit !== null && (active.contains(hit) || hit.contains(active) || hit.closest('.button, .slider') === active.closest('.button, .slider'));
      return isSeen ? '' : `${active.getAttribute('part') ?? active.className} at ${Math.round(x)}, ${Math.round(y)}`;
    }, undefined);
    if (fault !== '') found.push(fault);
  }
  return found;
}

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  test.each(SCREENS)('%i × %i', { timeout: 120_000 }, async (width, height) => {
    const options = { viewport: { width, height }, colorScheme, hasTouch: width < 900, isMobile: false };
    await withTab('/products/t-shirt', async (tab) => {
      let steps = 0;
      // Elsewhere the smallest screen stands for all: each press takes the drivers long.
      const goesByKeyboard = colorScheme === 'light' && (ENGINE === 'chromium' || width === 320);
      /** For the contact sheet of `npm run screenshots`. */
      const look = async (state: string): Promise<void> => {
        await tab.run(pictures, undefined);
        await tab.run(() => document.querySelector('try-it-on')?.shadowRoot?.getAnimations().forEach((animation) => animation.effect?.getComputedTiming().iterations !== Infinity && animation.finish()), undefined);
        await mkdir(screenshots, { recursive: true });
        await writeFile(new URL(`screen-${width}x${height}-${colorScheme}-${steps++}-${state}.png`, screenshots), await tab.screenshot());
      };
      const seen = async (phase: string, state = phase): Promise<void> => {
        await until(tab, `dialog[open] .frame[data-phase=${phase}]`);
        await look(state);
        expect(await faults(tab), state).toEqual([]);
        if (goesByKeyboard) expect(await hiddenFocus(tab), state).toEqual([]);
      };
      await tab.click('[part=trigger]');
      await seen('choose');
      await tab.give('dialog[open] [part=file]', file(Buffer.from('no picture')));
      await until(tab, 'dialog[open] [part=error]');
      await seen('choose', 'refused');
      await tab.give('dialog[open] [part=file]', file(photo));
      await seen('ready');
      stand.statuses = [status('in_queue', { queue_position: 3, eta_seconds: 30 })];
      await tab.click('dialog[open] [part=start]');
      await untilText(tab, 'dialog[open] [part=status]', /3/);
      await seen('running', 'queued');
      stand.statuses = [status('processing', { eta_seconds: 30 })];
      await untilText(tab, 'dialog[open] [part=status]', /^(?!.*3)/);
      await seen('running');
      stand.statuses = [completed()];
      await seen('done');
      await tab.run(() => {
        const slider = document.querySelector('try-it-on')?.shadowRoot?.querySelector<HTMLInputElement>('[part=slider]');
        if (slider) slider.value = '50';
        slider?.dispatchEvent(new Event('input', { bubbles: true }));
      }, undefined);
      await look('compared');
      await tab.click('dialog[open] [part=zoom]');
      await until(tab, 'dialog[open] [part=zoomed]');
      await look('zoomed');
      await tab.click('dialog[open] [part=zoom-close]');
      await tab.click('dialog[open] [part=product] >> nth=1');
      stand.statuses = [failed('PoseError')];
      await tab.click('dialog[open] [part=start]');
      await seen('failed');
      await tab.press('Escape');
      await tab.click('[part=trigger]');
      await tab.click('dialog[open] [part=forget]');
      await until(tab, 'dialog[open] [part=undo]');
      await seen('choose', 'forgotten');
      expect(tab.troubles).toEqual([]);
    }, options);
  });
});

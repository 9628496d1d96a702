// A box that the shopper ticks before a photo is sent, in each engine: empty at first, explained where it is missed, for one
// photo and one version of the terms; and the gateway's receipt of it.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import en from '../locales/en.json' with { type: 'json' };
import { accessible, file, photo, stand, useStand, withTab } from './dialog.ts';
import { attributeOf, ChromiumTab, ENGINE, textOf, until, untilText, type Tab } from './driver.ts';
import { picturePlaceholder } from './pictures.ts';
import { completed, ID, status } from './stand.ts';

useStand();

const page = (attributes = 'consent="ask" consent-version="2026-11"'): void =>
  void stand.pages.set('/tee', `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tee</title><link rel="icon" href="/icon.svg">
    <script type="module" src="/try-it-on.js"></script></head><body>
    <try-it-on gateway="" product-id="1" product-title="Tee" product-image="/pictures/tshirt-sage.jpg" privacy-url="/#privacy"
      sample="/pictures/shopper-woman.jpg" ${attributes}></try-it-on></body></html>`);

async function ready(tab: Tab): Promise<void> {
  await tab.click('[part=trigger]');
  await until(tab, 'dialog[open] [part=file]');
  await tab.give('dialog[open] [part=file]', file(photo));
  await until(tab, 'dialog[open] .frame[data-phase=ready]');
}

const isTicked = (tab: Tab): Promise<boolean | undefined> =>
  tab.run(() => document.querySelector('try-it-on')?.shadowRoot?.querySelector<HTMLInputElement>('[part=agree]')?.checked, undefined);
const focused = (tab: Tab): Promise<string | null | undefined> =>
  tab.run(() => document.querySelector('try-it-on')?.shadowRoot?.activeElement?.getAttribute('part'), undefined);

/** The gateway's answer to a run, with a receipt; what the run said. */
function certify(): { text: string | undefined; body: string }[] {
  const runs: { text: string | undefined; body: string }[] = [];
  stand.pages.set('/v1/run', ({ headers }, bytes) => {
    runs.push({ text: headers['x-consent-text'] as string | undefined, body: bytes.toString('latin1') });
    return { body: { id: ID, error: null }, headers: { 'content-type': 'application/json', 'x-consent-receipt': `receipt-${runs.length}` } };
  });
  return runs;
}

const receipts = (tab: Tab): Promise<string[]> =>
  tab.run(() => (JSON.parse(localStorage.getItem('try-it-on:receipts') ?? '[]') as { receipt: string }[]).map(({ receipt }) => receipt), undefined);

test('nothing is sent before the box is ticked: start says what is missing, and where', async () => {
  page();
  await withTab('/tee', async (tab) => {
    await ready(tab);
    expect(await isTicked(tab)).toBe(false);
    expect(await textOf(tab, '[part=unagreed]')).toBeUndefined();
    await tab.click('[part=start]');
    await untilText(tab, '[part=unagreed]', en.ready.unagreed);
    expect(await focused(tab)).toBe('agree');
    expect(await attributeOf(tab, '[part=agree]', 'aria-invalid')).toBe('true');
    expect(await attributeOf(tab, '[part=agree]', 'aria-describedby')).toBe('unagreed terms');
    expect(stand.runs).toHaveLength(0);
    if (ENGINE === 'chromium') await accessible((tab as ChromiumTab).page, 'missed');
    // By keyboard, from where the focus is.
    await tab.press(' ');
    expect(await isTicked(tab)).toBe(true);
    await expect.poll(() => textOf(tab, '[part=unagreed]')).toBeUndefined();
    stand.statuses = [completed()];
    await tab.click('[part=start]');
    await until(tab, '[part=result]');
    expect(stand.runs).toHaveLength(1);
    expect(tab.troubles).toEqual([]);
  });
});

test('a tick is taken back, and is for one photo', async () => {
  page();
  await withTab('/tee', async (tab) => {
    await ready(tab);
    await tab.click('[part=agree]');
    await tab.click('[part=agree]');
    await tab.click('[part=start]');
    await until(tab, '[part=unagreed]');
    await tab.click('[part=agree]');
    await tab.click('[part=change]');
    await tab.give('dialog[open] [part=file]', file(await picturePlaceholder({ width: 901, height: 1200 })));
    await until(tab, 'dialog[open] .frame[data-phase=ready]');
    expect(await isTicked(tab)).toBe(false);
    expect(stand.runs).toHaveLength(0);
  });
});

test('a run of an earlier page that failed asks again', async () => {
  page();
  stand.statuses = [status('processing')];
  await withTab('/tee', async (tab) => {
    await ready(tab);
    await tab.click('[part=agree]');
    await tab.click('[part=start]');
    await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
    stand.statuses = [status('failed', { error: { name: 'PipelineError', message: 'for a test' } })];
    await tab.reload();
    await until(tab, 'dialog[open] [part=retry]');
    await tab.click('[part=retry]');
    await until(tab, '[part=unagreed]');
    expect(stand.runs).toHaveLength(1);
  });
});

describe('no box', () => {
  test('where nobody asks for one: starting agrees', async () => {
    page('consent-version="2026-11"');
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await ready(tab);
      expect(await isTicked(tab)).toBeUndefined();
      await tab.click('[part=start]');
      await until(tab, '[part=result]');
    });
  });

  test('for the shop’s model, and no words were agreed to', async () => {
    page();
    const runs = certify();
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=sample]');
      await tab.click('[part=sample]');
      await until(tab, 'dialog[open] .frame[data-phase=ready]');
      expect(await isTicked(tab)).toBeUndefined();
      await tab.click('[part=start]');
      await until(tab, '[part=result]');
      expect(runs).toEqual([{ text: undefined, body: expect.stringContaining('name="consent"\r\n\r\n2026-11') }]);
    });
  });
});

test('the gateway can ask for the box, whatever the page says', async () => {
  page('consent="told"');
  stand.shop = { ...stand.shop, consent_version: '2026-11', consent_mode: 'ask' };
  await withTab('/tee', async (tab) => {
    await ready(tab);
    expect(await isTicked(tab)).toBe(false);
  });
});

test('a gateway that answers late asks for it too', async () => {
  page('');
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  stand.pages.set('/v1/shop', async () => {
    await answered;
    return { body: { open: true, models: [], consent_mode: 'ask' }, headers: { 'content-type': 'application/json' } };
  });
  await withTab('/tee', async (tab) => {
    await ready(tab);
    expect(await isTicked(tab)).toBeUndefined();
    answer();
    await until(tab, '[part=agree]');
  });
});

describe('a receipt', () => {
  test('of the words that were shown is told with the picture, kept, and gone with the photo', async () => {
    page();
    const runs = certify();
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tab.run(() => document.addEventListener('tryon:result', ({ detail }) => Object.assign(window, { told: detail.consentReceipt })), undefined);
      await ready(tab);
      await tab.click('[part=agree]');
      await tab.click('[part=start]');
      await until(tab, '[part=result]');
      const text = createHash('sha256').update(`${en.ready.consent}\n${en.ready.agree}`).digest('hex');
      expect(runs).toEqual([{ text, body: expect.stringContaining('name="consent"\r\n\r\n2026-11') }]);
      expect(await tab.run(() => (window as unknown as { told: string }).told, undefined)).toBe('receipt-1');
      expect(await receipts(tab)).toEqual(['receipt-1']);
      await tab.click('[part=change]');
      await tab.click('[part=keep]');
      await until(tab, '[part=forget]');
      await tab.click('[part=forget]');
      // A page that is left takes nothing back.
      await tab.reload();
      await expect.poll(() => receipts(tab)).toEqual([]);
    });
  });

  test('goes with the run that the shopper deletes', async () => {
    page();
    certify();
    stand.statuses = [status('processing')];
    await withTab('/tee', async (tab) => {
      await ready(tab);
      await tab.click('[part=agree]');
      await tab.click('[part=start]');
      await expect.poll(() => receipts(tab)).toEqual(['receipt-1']);
      await tab.click('[part=cancel]');
      await until(tab, 'dialog[open] .frame[data-phase=ready]');
      expect(await receipts(tab)).toEqual([]);
    });
  });
});

describe.each(['en', 'de', 'es', 'fr', 'ja', 'ar'])('in %s', (locale) => {
  test.each([[320, 256], [390, 844]] as const)('at %i × %i the box can be hit, and what is missing is in view', async (width, height) => {
    page(`consent="ask" locale="${locale}"`);
    const options = { viewport: { width, height }, hasTouch: true };
    await withTab('/tee', async (tab) => {
      await ready(tab);
      await tab.click('[part=start]');
      await until(tab, '[part=unagreed]');
      const found = await tab.run(() => {
        const root = document.querySelector('try-it-on')?.shadowRoot;
        const box = root?.querySelector('[part=agree]');
        const label = box?.closest('label');
        const frame = root?.querySelector('.frame');
        if (!root || !box || !label || !frame) return undefined;
        const { left, top, width: wide, height: high } = box.getBoundingClientRect();
        const target = label.getBoundingClientRect();
        return {
          seen: root.elementFromPoint(left + wide / 2, top + high / 2) === box,
          target: Math.min(target.width, target.height) >= 44 && Math.min(wide, high) >= 24,
          tooWide: frame.scrollWidth - frame.clientWidth,
          before: getComputedStyle(frame).direction === 'rtl' ? target.right - left - wide < 4 : left - target.left < 4,
        };
      }, undefined);
      expect(found).toEqual({ seen: true, target: true, tooWide: 0, before: true });
    }, options);
  });
});

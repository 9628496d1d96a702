// <try-it-on> in Chromium, in every state, at phone and desktop size, under the shop's strict policy. The gateway is on
// strings here (`stand.ts`), because a queue or a refusal has to come when the test wants it.
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DESKTOP, launch, PHONE, shoot, visit, type Visit } from './browser.ts';
import { picturePlaceholder } from './pictures.ts';
import { completed, failed, ID, startStand, status, stream, type Stand } from './stand.ts';

let stand: Stand;
let browser: Browser;
let photo: Buffer;

beforeAll(async () => {
  [stand, browser, photo] = await Promise.all([startStand(), launch(), picturePlaceholder({ width: 900, height: 1200 })]);
});
afterAll(async () => {
  await browser?.close();
  await stand?.stop();
});
beforeEach(() => stand.reset());

const part = (page: Page, name: string): Locator => page.locator(`[part=${name}]`);
const phase = (page: Page, name: string): Promise<void> => page.locator(`.frame[data-phase=${name}]`).waitFor();
const file = (buffer: Buffer, name = 'me.jpg', mimeType = 'image/jpeg') => ({ name, mimeType, buffer });

async function withPage(options: BrowserContextOptions, path: string, use: (visit: Visit) => Promise<void>): Promise<void> {
  const opened = await visit(browser, stand.url + path, options);
  try {
    await use(opened);
  } finally {
    await opened.context.close();
  }
}

async function open(page: Page): Promise<void> {
  await part(page, 'trigger').first().click();
  await page.locator('dialog[open] .frame').waitFor();
}

async function ready(page: Page): Promise<void> {
  await open(page);
  await part(page, 'file').setInputFiles(file(photo));
  await phase(page, 'ready');
}

async function start(page: Page): Promise<void> {
  await ready(page);
  await part(page, 'start').click();
}

/** Motion and fades would give axe half-mixed colours. */
async function accessible(page: Page, state: string): Promise<void> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.effect?.getComputedTiming().iterations === Infinity ? undefined : animation.finished)));
  const axe = new AxeBuilder({ page });
  // Behind an open dialog the page is inert, and was looked at before.
  if ((await page.locator('dialog[open]').count()) > 0) axe.include('try-it-on');
  const { violations } = await axe.analyze();
  expect(violations.map(({ id, nodes }) => `${state}: ${id} ${nodes.map(({ target, failureSummary }) => `${String(target)} ${failureSummary ?? ''}`).join('; ')}`)).toEqual([]);
}

const looks: [string, BrowserContextOptions][] = [
  ['desktop-light', DESKTOP],
  ['desktop-dark', { ...DESKTOP, colorScheme: 'dark' }],
  ['phone-light', PHONE],
  ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
];

describe.each(looks)('every state, %s', (look, options) => {
  test('looks right, is accessible and breaks no policy', { timeout: 120_000 }, async () => {
    await withPage(options, '/products/t-shirt', async ({ page, troubles }) => {
      const seen = async (state: string): Promise<void> => {
        await accessible(page, state);
        await shoot(page, `${look}-${state}`);
      };
      await seen('01-page');
      await open(page);
      await seen('02-choose');
      await part(page, 'file').setInputFiles(file(Buffer.from('no picture at all')));
      await part(page, 'error').waitFor();
      await seen('03-no-photo');
      await part(page, 'file').setInputFiles(file(photo));
      await phase(page, 'ready');
      await seen('04-ready');

      stand.statuses = [status('in_queue', { queue_position: 3, eta_seconds: 25 })];
      await part(page, 'start').click();
      await expect.poll(() => part(page, 'status').textContent()).toBe('You are number 3 in line.');
      await seen('05-queue');
      stand.statuses = [status('processing', { eta_seconds: 6 })];
      await expect.poll(() => part(page, 'status').textContent(), { timeout: 10_000 }).toBe('Making your picture…');
      await seen('06-working');
      stand.statuses = [completed()];
      await part(page, 'result').waitFor();
      await seen('07-done');
      await part(page, 'slider').fill('55');
      await seen('08-compare');
      await part(page, 'cart').click();
      await seen('09-in-cart');

      // Each failure, and the button that leads from it back to the photo.
      const problems: [string, string, string][] = [
        ['10-retry', 'PipelineError', 'change'],
        ['11-other-product', 'InputValidationError', 'change'],
        ['12-retake', 'PoseError', 'remedy'],
        ['13-closed', 'OutOfCredits', 'remedy'],
      ];
      await part(page, 'change').click();
      for (const [state, name, back] of problems) {
        stand.statuses = [failed(name)];
        await part(page, 'keep').click();
        await part(page, 'start').click();
        await part(page, 'error').waitFor();
        await seen(state);
        await part(page, back).click();
      }
      // The last one closes, and what failed does not stand there the next time.
      await page.locator('dialog[open]').waitFor({ state: 'detached' });
      await open(page);
      await phase(page, 'ready');
      expect(troubles).toEqual([]);
    });
  });
});

describe.each([['desktop', DESKTOP], ['phone', PHONE]] as const)('on a %s', (_, options) => {
  test('a photo becomes a picture: upload, stream, result, events', async () => {
    stand.statuses = [stream(status('in_queue', { queue_position: 1 }), status('processing'), completed())];
    await withPage(options, '/products/t-shirt', async ({ page, troubles }) => {
      const events = await recordEvents(page);
      await start(page);
      await part(page, 'result').waitFor();
      expect(await part(page, 'result').getAttribute('src')).toBe(`${stand.url}/v1/outputs/${ID}/0`);
      // One stream, no polling.
      expect(stand.statusRequests).toBe(1);
      const [run] = stand.runs;
      expect(run?.body.model_name).toBe('tryon-v1.6');
      expect(run?.body.inputs).toMatchObject({ category: 'tops' });
      expect(run?.body.inputs['model_image']).toMatch(/^data:image\/jpeg;base64,[A-Za-z0-9+/]+={0,2}$/);
      expect(run?.body.inputs['garment_image']).toMatch(/^data:image\/jpeg;base64,/);
      expect(run?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
      const names = (await events()).map(({ name }) => name);
      expect(names[0]).toBe('tryon:start');
      expect(names.at(-1)).toBe('tryon:result');
      const stages = (await events()).flatMap(({ detail }) => ('progress' in detail ? [detail['progress']] : []));
      expect(stages).toContainEqual({ stage: 'sending', fraction: 1 });
      expect(stages).toContainEqual({ stage: 'queued', place: 1 });
      expect((await events()).at(-1)?.detail).toEqual({ productId: 't-shirt-sage', id: ID, images: [`${stand.url}/v1/outputs/${ID}/0`] });
      expect(troubles).toEqual([]);
    });
  });

  test('the shop’s model needs no photo, no consent and is not kept', async () => {
    stand.statuses = [completed()];
    await withPage(options, '/products/t-shirt', async ({ page, troubles }) => {
      await open(page);
      await part(page, 'sample').click();
      await phase(page, 'ready');
      expect(await part(page, 'forget').count()).toBe(0);
      await part(page, 'start').click();
      await part(page, 'result').waitFor();
      await page.reload();
      await open(page);
      await part(page, 'result').waitFor();
      await part(page, 'change').click();
      await part(page, 'sample').waitFor();
      expect(await part(page, 'keep').count()).toBe(0);
      expect(troubles).toEqual([]);
    });
  });

  test('cancel goes back to the photo and wipes the run', async () => {
    stand.statuses = [status('processing')];
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
      await part(page, 'cancel').click();
      await phase(page, 'ready');
      await expect.poll(() => stand.forgotten).toEqual([ID]);
      expect(await part(page, 'trigger').getAttribute('data-state')).toBe('idle');
      await expect.poll(() => part(page, 'status').textContent()).toBe('Canceled.');
    });
  });

  test('retry after a failure is a new run, with a key of its own', async () => {
    stand.statuses = [failed('PipelineError')];
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      const events = await recordEvents(page);
      await start(page);
      await part(page, 'retry').waitFor();
      stand.statuses = [completed()];
      await part(page, 'retry').click();
      await part(page, 'result').waitFor();
      expect(stand.runs).toHaveLength(2);
      expect(stand.runs[0]?.idempotencyKey).not.toBe(stand.runs[1]?.idempotencyKey);
      expect(await events()).toContainEqual({ name: 'tryon:error', detail: { productId: 't-shirt-sage', code: 'PipelineError', message: 'PipelineError, for a test', action: 'retry' } });
    });
  });

  test('a reload in mid-run picks the run up again, dialog and photo included', async () => {
    stand.statuses = [status('processing')];
    await withPage(options, '/products/t-shirt', async ({ page, troubles }) => {
      await start(page);
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
      await page.reload();
      await phase(page, 'running');
      await part(page, 'photo').waitFor();
      stand.statuses = [completed()];
      await part(page, 'result').waitFor();
      await part(page, 'before').waitFor();
      expect(stand.runs).toHaveLength(1);
      expect(troubles).toEqual([]);
    });
  });

  test('a closed dialog lets the run go on, and the button tells', async () => {
    stand.statuses = [status('processing')];
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
      await page.keyboard.press('Escape');
      await expect.poll(() => page.evaluate(() => Object.values(sessionStorage).join())).toContain('"open":false');
      expect(await part(page, 'trigger').first().textContent()).toBe('Making your picture…');
      await page.reload();
      stand.statuses = [completed()];
      await expect.poll(() => part(page, 'trigger').first().textContent(), { timeout: 10_000 }).toBe('See it on you');
      expect(await page.locator('dialog[open]').count()).toBe(0);
      await part(page, 'trigger').first().click();
      await part(page, 'result').waitFor();
      expect(stand.runs).toHaveLength(1);
    });
  });

  test('offline in mid-run is said, waited out and forgotten', async () => {
    stand.statuses = [status('processing')];
    await withPage(options, '/products/t-shirt', async ({ page, context }) => {
      await start(page);
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
      await context.setOffline(true);
      await expect.poll(() => part(page, 'status').textContent(), { timeout: 15_000 }).toBe('You are offline. We carry on as soon as you are back.');
      stand.statuses = [completed()];
      await context.setOffline(false);
      await part(page, 'result').waitFor();
    });
  });

  test('offline before the upload: the photo is sent when the connection is back', async () => {
    stand.statuses = [completed()];
    await withPage(options, '/products/t-shirt', async ({ page, context }) => {
      await ready(page);
      // The garment's picture is read from the shop first, so that it is cached.
      await page.evaluate(() => fetch('/pictures/tshirt-sage.jpg').then((answer) => answer.blob()));
      await context.setOffline(true);
      await part(page, 'start').click();
      await expect.poll(() => part(page, 'status').textContent(), { timeout: 15_000 }).toBe('You are offline. We carry on as soon as you are back.');
      await context.setOffline(false);
      await part(page, 'result').waitFor();
      expect(stand.runs).toHaveLength(1);
    });
  });

  test('another colour with the same photo is one tap, and going back is free', async () => {
    stand.statuses = [completed()];
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await part(page, 'result').waitFor();
      await page.getByRole('button', { name: 'Organic cotton T-shirt, Rust' }).click();
      await expect.poll(() => stand.runs.length).toBe(2);
      await part(page, 'result').waitFor();
      expect(await part(page, 'result').getAttribute('alt')).toBe('Organic cotton T-shirt, Rust, tried on');
      await page.getByRole('button', { name: 'Organic cotton T-shirt, Sage' }).click();
      await expect.poll(() => part(page, 'result').getAttribute('alt')).toBe('Organic cotton T-shirt, Sage, tried on');
      expect(stand.runs).toHaveLength(2);
    });
  });

  test('the photo is kept for the next product, and one tap forgets it here and there', async () => {
    stand.statuses = [completed()];
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await part(page, 'result').waitFor();
      await page.goto(`${stand.url}/products/cable-jumper`);
      await open(page);
      await phase(page, 'ready');
      await page.goto(`${stand.url}/products/t-shirt`);
      await open(page);
      await part(page, 'result').waitFor();
      await part(page, 'forget').click();
      await phase(page, 'choose');
      await expect.poll(() => stand.forgotten).toEqual([ID]);
      await page.reload();
      await open(page);
      await phase(page, 'choose');
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    });
  });

  test('a dropped photo counts as one that was chosen', async () => {
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      await open(page);
      const transfer = await page.evaluateHandle((base64) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], 'me.jpg', { type: 'image/jpeg' }));
        return data;
      }, photo.toString('base64'));
      await page.locator('.drop').dispatchEvent('dragover', { dataTransfer: transfer });
      await page.getByText('Drop your photo').waitFor();
      await page.locator('.drop').dispatchEvent('drop', { dataTransfer: transfer });
      await phase(page, 'ready');
    });
  });

  test('add to cart puts the result’s id into the product form', async () => {
    stand.statuses = [completed()];
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await part(page, 'result').waitFor();
      await part(page, 'cart').click();
      await expect.poll(() => page.evaluate(() => JSON.parse(localStorage.getItem('cart') ?? '[]') as unknown)).toEqual([{ id: 't-shirt-sage', tryOn: ID }]);
      expect(await part(page, 'cart').textContent()).toContain('Added to your cart.');
    });
  });

  test('save hands over the picture as a file named after the product', async () => {
    stand.statuses = [completed()];
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await part(page, 'result').waitFor();
      const [download] = await Promise.all([page.waitForEvent('download'), part(page, 'save').click()]);
      expect(download.suggestedFilename()).toBe('organic-cotton-t-shirt-sage.jpg');
      expect((await sharp(await download.path()).metadata()).format).toBe('jpeg');
    });
  });

  test('share hands the picture to the device, where it can', async () => {
    stand.statuses = [completed()];
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      // Headless Chromium has no share sheet: the page gets one that remembers.
      await page.evaluate(() => {
        Object.assign(navigator, {
          canShare: () => true,
          share: ({ files }: ShareData) => Promise.resolve(Object.assign(window, { shared: files?.map(({ name, type, size }) => ({ name, type, full: size > 1000 })) })),
        });
      });
      await start(page);
      await part(page, 'share').click();
      await expect.poll(() => page.evaluate(() => (window as unknown as { shared: unknown }).shared)).toEqual([{ name: 'organic-cotton-t-shirt-sage.jpg', type: 'image/jpeg', full: true }]);
    });
  });

  test('several pictures can be chosen from', async () => {
    stand.statuses = [status('completed', { output: { images: [`/v1/outputs/${ID}/0`, '/pictures/shopper-woman.jpg'] } })];
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await page.getByRole('button', { name: 'Picture 2' }).click();
      await expect.poll(() => part(page, 'result').getAttribute('src')).toBe(`${stand.url}/pictures/shopper-woman.jpg`);
    });
  });

  test('a picture that is gone says so and can be made again', async () => {
    stand.statuses = [status('completed', { output: ['/nothing.jpg'] })];
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await part(page, 'error').waitFor();
      expect(await part(page, 'error').textContent()).toContain('This picture is no longer kept');
      stand.statuses = [completed()];
      await part(page, 'retry').click();
      await part(page, 'result').waitFor();
    });
  });
});

test('on a phone the camera is offered, and its photo taken', async () => {
  await withPage(PHONE, '/products/t-shirt', async ({ page }) => {
    await open(page);
    expect(await part(page, 'camera').getAttribute('capture')).toBe('environment');
    await part(page, 'camera').setInputFiles(file(photo));
    await phase(page, 'ready');
  });
});

describe('refusals of the gateway', () => {
  test.each<[string, Parameters<typeof Object.assign>[1], string]>([
    ['a photo it does not take', { status: 400, body: { error: 'BadRequest', message: 'x', errors: [{ path: 'inputs.model_image', message: 'is no picture' }] } }, 'That photo didn’t work'],
    ['no credits', { status: 429, body: { error: 'OutOfCredits', message: 'x' } }, 'Trying on is closed for now'],
    ['a long queue', { status: 429, headers: { 'retry-after': '40' }, body: { error: 'RateLimitExceeded', message: 'x' } }, 'Please try again in 40 seconds.'],
    ['a broken gateway', { status: 500, body: '<h1>oops</h1>' }, 'Something went wrong'],
    ['a server that is down', { status: 503, body: { error: 'UnavailableError', message: 'x' } }, 'Many people are trying things on'],
  ])('%s', async (_, answer, said) => {
    stand.runAnswers = [answer];
    await withPage(DESKTOP, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await part(page, 'error').waitFor();
      expect(await part(page, 'error').textContent()).toContain(said);
      expect(stand.runs).toHaveLength(1);
    });
  });

  test('a short wait is waited out, and a cut line is tried again with the same key', async () => {
    stand.runAnswers = ['cut', { status: 429, headers: { 'retry-after': '1' }, body: { error: 'RateLimitExceeded', message: 'x' } }];
    stand.statuses = ['cut', { status: 502, body: '' }, { status: 429, headers: { 'retry-after': '0' }, body: {} }, completed()];
    await withPage(DESKTOP, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await part(page, 'result').waitFor();
      expect(stand.runs).toHaveLength(3);
      expect(new Set(stand.runs.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    });
  });

  test('a run that the gateway has forgotten ends after a reload', async () => {
    stand.statuses = [status('processing')];
    await withPage(DESKTOP, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
      stand.statuses = [{ status: 404, body: { error: 'NotFound', message: 'x' } }];
      await page.reload();
      await part(page, 'error').waitFor();
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    });
  });
});

describe('keyboard and screen reader', () => {
  test('from the button to the picture and back without a pointer', async () => {
    stand.statuses = [completed()];
    await withPage(DESKTOP, '/products/t-shirt', async ({ page }) => {
      const focused = (): Promise<string | null> =>
        page.evaluate(() => {
          const active = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement;
          return active?.getAttribute('part') ?? active?.tagName ?? null;
        });
      await part(page, 'trigger').focus();
      await page.keyboard.press('Enter');
      await expect.poll(focused).toBe('heading');
      await page.keyboard.press('Tab');
      expect(await focused()).toBe('file');
      await part(page, 'file').setInputFiles(file(photo));
      await phase(page, 'ready');
      await expect.poll(focused).toBe('heading');
      await part(page, 'start').focus();
      await page.keyboard.press('Enter');
      await part(page, 'result').waitFor();
      await expect.poll(focused).toBe('heading');
      await expect.poll(() => part(page, 'status').textContent()).toBe('Your picture is ready.');
      // Before and after, by the arrow keys.
      await part(page, 'slider').focus();
      for (let press = 0; press < 3; press += 1) await page.keyboard.press('ArrowRight');
      expect(await part(page, 'slider').getAttribute('aria-valuetext')).toBe('3%');
      expect(await part(page, 'compare').evaluate((node) => (node as HTMLElement).style.getPropertyValue('--split'))).toBe('3');
      // Nothing behind the dialog can be reached.
      for (let press = 0; press < 20; press += 1) {
        await page.keyboard.press('Tab');
        const inside = await page.evaluate(() => document.activeElement === document.body || document.activeElement?.localName === 'try-it-on');
        expect(inside).toBe(true);
      }
      await page.keyboard.press('Escape');
      await expect.poll(focused).toBe('trigger');
    });
  });

  test('reduced motion stands still', async () => {
    stand.statuses = [status('processing')];
    await withPage({ ...DESKTOP, reducedMotion: 'reduce' }, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    });
  });
});

describe('a good citizen', () => {
  test('two elements on a page keep out of each other’s way, and a second script changes nothing', async () => {
    stand.statuses = [completed()];
    await withPage(DESKTOP, '/', async ({ page, troubles }) => {
      await page.addScriptTag({ url: '/try-it-on.js?again', type: 'module' });
      const cards = page.locator('try-it-on');
      for (const index of [0, 1]) {
        const card = cards.nth(index);
        await card.locator('[part=trigger]').click();
        if (index === 0) await card.locator('[part=file]').setInputFiles(file(photo));
        await card.locator('[part=start]').click();
        await card.locator('[part=result]').waitFor();
        await card.locator('[part=close]').click();
      }
      expect(stand.runs).toHaveLength(2);
      expect(stand.runs[0]?.body.inputs['garment_image']).not.toBe(stand.runs[1]?.body.inputs['garment_image']);
      expect(await cards.nth(2).locator('[part=trigger]').getAttribute('data-state')).toBe('idle');
      expect(troubles).toEqual([]);
    });
  });

  test('an element that leaves the page stops asking', async () => {
    stand.statuses = [status('processing')];
    await withPage(DESKTOP, '/products/t-shirt', async ({ page, troubles }) => {
      await start(page);
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
      await page.evaluate(() => document.querySelector('try-it-on')?.remove());
      const asked = stand.statusRequests;
      await page.waitForTimeout(2500);
      expect(stand.statusRequests).toBeLessThanOrEqual(asked + 1);
      expect(troubles).toEqual([]);
    });
  });

  test('an element that a theme takes out and puts back begins anew, with the photo that is kept', async () => {
    stand.statuses = [status('processing')];
    await withPage(DESKTOP, '/products/t-shirt', async ({ page, troubles }) => {
      await start(page);
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
      await page.evaluate(async () => {
        const element = document.querySelector('try-it-on');
        const parent = element?.parentElement;
        element?.remove();
        await new Promise((resolve) => setTimeout(resolve));
        if (element) parent?.append(element);
      });
      stand.statuses = [completed()];
      await page.locator('dialog[open]').waitFor();
      await part(page, 'before').waitFor();
      expect(await part(page, 'trigger').getAttribute('data-state')).toBe('done');
      expect(stand.runs).toHaveLength(1);
      expect(troubles).toEqual([]);
    });
  });

  test('the variant in the product form is the one that is tried on, and add-to-cart selects the one that was', async () => {
    stand.statuses = [completed()];
    await withPage(DESKTOP, '/products/t-shirt', async ({ page }) => {
      // As Shopify's themes have it: a form with the variant's id, which changes without a word to the element.
      await page.evaluate(() => {
        const form = document.createElement('form');
        form.id = 'shopify';
        form.innerHTML = '<select name="id"><option value="11">S</option><option value="22">M</option></select>';
        document.body.append(form);
        form.addEventListener('submit', (event) => {
          event.preventDefault();
          Object.assign(window, { submitted: Object.fromEntries(new FormData(form)) });
        });
        const element = document.querySelector('try-it-on');
        element?.setAttribute('form', '#shopify');
        element?.setAttribute('products', JSON.stringify([
          { id: 11, title: 'Sage', image: '/pictures/tshirt-sage.jpg' },
          { id: 22, title: 'Ink', image: '/pictures/tshirt-ink.jpg' },
          { id: 33, title: 'Ink, large', image: '/pictures/tshirt-ink.jpg' },
        ]));
        form.querySelector('select')!.value = '22';
      });
      await open(page);
      expect(await page.locator('.product-title').textContent()).toBe('Ink');
      await part(page, 'file').setInputFiles(file(photo));
      await phase(page, 'ready');
      // Two pictures, so two to choose from.
      expect(await part(page, 'product').count()).toBe(2);
      await page.getByRole('button', { name: 'Sage' }).click();
      await part(page, 'start').click();
      await part(page, 'result').waitFor();
      await part(page, 'cart').click();
      expect(await page.evaluate(() => (window as unknown as { submitted: unknown }).submitted)).toEqual({ id: '11', 'properties[_try_on]': ID });
    });
  });

  test('right-to-left and Japanese, by the page’s own language', async () => {
    await withPage(PHONE, '/states', async ({ page, troubles }) => {
      for (const [tag, label, heading] of [['ar', 'جرّبها عليك', 'ابدأ بصورة لك'], ['ja', '試着する', 'ご自分の写真を選んでください']] as const) {
        const trigger = page.locator(`div[lang=${tag}] [part=trigger]`);
        expect(await trigger.textContent()).toBe(label);
        await trigger.click();
        await page.locator(`div[lang=${tag}] [part=heading]`).getByText(heading).waitFor();
        expect(await page.locator('dialog[open]').getAttribute('dir')).toBe(tag === 'ar' ? 'rtl' : 'ltr');
        await page.locator('dialog[open] [part=file]').setInputFiles(file(photo));
        await page.locator('dialog[open] [part=start]').waitFor();
        await accessible(page, tag);
        await shoot(page, `phone-${tag}`);
        await page.locator('dialog[open] [part=forget]').click();
        await page.keyboard.press('Escape');
      }
      expect(troubles).toEqual([]);
    });
  });

  test('the shop’s own strings file is laid over the language', async () => {
    await withPage(DESKTOP, '/products/t-shirt', async ({ page }) => {
      await page.route('**/own.json', (route) => route.fulfill({ json: { choose: { heading: 'Step into our fitting room' } } }));
      await page.evaluate(() => document.querySelector('try-it-on')?.setAttribute('strings', '/own.json'));
      await open(page);
      expect(await part(page, 'heading').textContent()).toBe('Step into our fitting room');
    });
  });
});

test.each([['desktop', DESKTOP], ['phone', PHONE]] as const)('the demo shop: pages on a %s', async (name, options) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const path of ['/', '/products/cable-jumper', '/states']) {
      await withPage({ ...options, colorScheme }, path, async ({ page, troubles }) => {
        if (path === '/states') await page.locator('try-it-on-state').last().waitFor();
        await page.waitForLoadState('networkidle');
        await accessible(page, path);
        await shoot(page, `shop-${name}-${colorScheme}${path.replaceAll('/', '-')}`);
        expect(troubles).toEqual([]);
      });
    }
  }
}, 120_000);

interface Recorded {
  name: string;
  detail: Record<string, unknown>;
}

async function recordEvents(page: Page): Promise<() => Promise<Recorded[]>> {
  await page.evaluate(() => {
    const recorded: Recorded[] = [];
    Object.assign(window, { recorded });
    for (const name of ['tryon:start', 'tryon:progress', 'tryon:result', 'tryon:error', 'tryon:cart']) {
      document.addEventListener(name, (event) => recorded.push({ name, detail: (event as CustomEvent<Record<string, unknown>>).detail }));
    }
  });
  return () => page.evaluate(() => (window as unknown as { recorded: Recorded[] }).recorded);
}

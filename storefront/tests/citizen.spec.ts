// <try-it-on> among others: a gateway that refuses, a keyboard, a screen reader, other elements, themes, languages.
import { describe, expect, test } from 'vitest';
import { DESKTOP, PHONE, shoot } from './browser.ts';
import { accessible, file, open, part, phase, photo, ready, stand, start, useStand, withPage } from './dialog.ts';
import { completed, status } from './stand.ts';

useStand();

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
      expect(await page.evaluate(() => sessionStorage.getItem('try-it-on:runs'))).toBeNull();
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
      // The panel may scroll, so it can have the focus itself.
      await expect.poll(async () => (await focused()) === 'file' || (await page.keyboard.press('Tab'), false)).toBe(true);
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
      expect(await part(page, 'slider').getAttribute('aria-valuetext')).toBe('3% of the original photo');
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

  test('the variant in the product form is the one that is tried on', async () => {
    stand.statuses = [completed()];
    await withPage(DESKTOP, '/products/t-shirt', async ({ page }) => {
      // As Shopify's themes have it: a form with the variant's id, which changes without a word to the element.
      await page.evaluate(() => {
        const form = document.createElement('form');
        form.id = 'shopify';
        form.innerHTML = '<select name="id"><option value="11">S</option><option value="22">M</option></select><button>Add</button>';
        document.body.append(form);
        const element = document.querySelector('try-it-on');
        element?.setAttribute('form', '#shopify');
        element?.removeAttribute('product-field');
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
      expect(await part(page, 'result').getAttribute('alt')).toBe('Sage, tried on');
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

// <try-it-on> in Chromium: what a shopper does, at phone and desktop size. The gateway is on strings (`stand.ts`), because
// a failure has to come when the test wants it; whole try-ons on the real one are in `flows.spec.ts`.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { DESKTOP, PHONE } from './browser.ts';
import { file, kept, open, part, phase, photo, ready, recordEvents, stand, start, useStand, withPage } from './dialog.ts';
import { completed, failed, ID, status, stream } from './stand.ts';

useStand();

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
      expect(await part(page, 'keep').textContent()).toBe('Our model');
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

  test('another colour with the same photo waits for a press that sends, and going back is free', async () => {
    stand.statuses = [completed()];
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      await start(page);
      await part(page, 'result').waitFor();
      await page.getByRole('button', { name: 'Organic cotton T-shirt, Rust' }).click();
      await phase(page, 'ready');
      expect(stand.runs).toHaveLength(1);
      await part(page, 'start').click();
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
      await kept({ run: (script, argument) => page.evaluate(script as never, argument as never) });
      await page.goto(`${stand.url}/products/cable-jumper`);
      await open(page);
      await phase(page, 'ready');
      await page.goto(`${stand.url}/products/t-shirt`);
      await open(page);
      await part(page, 'result').waitFor();
      await part(page, 'forget').click();
      await phase(page, 'choose');
      await page.reload();
      await expect.poll(() => stand.forgotten).toEqual([ID]);
      await open(page);
      await phase(page, 'choose');
      expect(await page.evaluate(() => sessionStorage.getItem('try-it-on:runs'))).toBeNull();
    });
  });

  test('the photo is forgotten though the page is left at once', async () => {
    await withPage(options, '/products/t-shirt', async ({ page }) => {
      await ready(page);
      await kept({ run: (script, argument) => page.evaluate(script as never, argument as never) });
      await page.goto(`${stand.url}/products/cable-jumper`);
      await open(page);
      await phase(page, 'ready');
      await part(page, 'forget').evaluate((forget: HTMLElement) => {
        forget.click();
        location.assign('/products/t-shirt');
      });
      await page.waitForURL('**/products/t-shirt');
      await open(page);
      await phase(page, 'choose');
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
});

test('on a phone the camera is offered, and its photo taken', async () => {
  await withPage(PHONE, '/products/t-shirt', async ({ page }) => {
    await open(page);
    expect(await part(page, 'camera').getAttribute('capture')).toBe('user');
    await part(page, 'camera').setInputFiles(file(photo));
    await phase(page, 'ready');
  });
});

test('a signed garment goes with its signature and letter by letter as the shop wrote it, another colour with its own', async () => {
  stand.statuses = [completed()];
  await withPage(DESKTOP, '/products/t-shirt', async ({ page }) => {
    const [shirt, rust] = ['HTTPS://cdn.shopify.com/a/../salbei grün.jpg?v=1&width=2000', 'https://cdn.shopify.com/rost.jpg'];
    await page.evaluate(([shirt, rust]) => {
      const element = document.querySelector('try-it-on');
      element?.setAttribute('product-image', shirt ?? '');
      element?.setAttribute('garment-signature', 'a1');
      element?.setAttribute('products', JSON.stringify([{ id: 'rust', title: 'Rust', image: rust, signature: 'b2' }, { id: 'ink', title: 'Ink', image: '/pictures/tshirt-ink.jpg' }]));
    }, [shirt, rust]);
    await start(page);
    await part(page, 'result').waitFor();
    for (const [at, name] of [[2, 'Rust'], [3, 'Ink']] as const) {
      await page.getByRole('button', { name }).click();
      await part(page, 'start').click();
      await expect.poll(() => stand.runs.length).toBe(at);
      await part(page, 'result').waitFor();
    }
    expect(stand.runs.map(({ body }) => [body.inputs['garment_image']?.slice(0, 60), body.garment_signature])).toEqual([
      [shirt, 'a1'], [rust, 'b2'], [expect.stringMatching(/^data:image\/jpeg;base64,/), undefined],
    ]);
  });
});

test('the finer model is asked by its own names', async () => {
  stand.statuses = [completed()];
  await withPage(DESKTOP, '/products/t-shirt', async ({ page }) => {
    await page.evaluate(() => document.querySelector('try-it-on')?.setAttribute('model', 'tryon-max'));
    await start(page);
    await part(page, 'result').waitFor();
    expect(stand.runs[0]?.body.model_name).toBe('tryon-max');
    expect(Object.keys(stand.runs[0]?.body.inputs ?? {}).sort()).toEqual(['model_image', 'product_image']);
  });
});

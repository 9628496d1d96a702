// Whole try-ons on the real thing: Chromium → the built gateway in workerd → the sandbox in workerd → webhook → picture.
import type { Browser, Locator, Page } from 'playwright-core';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDesk, type Desk } from '../../tests/desk.ts';
import { DESKTOP, launch, PHONE, shoot, visit, type Visit } from './browser.ts';

let desk: Desk;
let browser: Browser;
/** Another shop on another origin, with nothing of ours but one script tag. */
let elsewhere: { url: string; stop: () => void };
const shirt = await readFile(new URL('../shop/pictures/tshirt-rust.jpg', import.meta.url));
const woman = await readFile(new URL('../shop/pictures/shopper-woman.jpg', import.meta.url));

beforeAll(async () => {
  elsewhere = await startOtherShop();
  // Slow enough that a reload meets a run that is still going.
  [desk, browser] = await Promise.all([startDesk({ ALLOWED_ORIGINS: elsewhere.url }, { TIME_SCALE: '0.3' }), launch()]);
});
afterAll(async () => {
  await browser?.close();
  elsewhere?.stop();
  await desk?.stop();
});

async function startOtherShop(): Promise<typeof elsewhere> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://shop');
    if (pathname === '/shirt.jpg') {
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(shirt);
      return;
    }
    const at = searchParams.get('gateway') ?? '';
    const policy = `default-src 'none'; script-src ${at}; style-src 'none'; connect-src 'self' ${at}; img-src 'self' blob: ${at}; worker-src blob:`;
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }).end(`<!doctype html>
      <html lang="de"><head><title>Anderer Laden</title><link rel="icon" href="${at}/icon.svg"><script type="module" src="${at}/try-it-on.js"></script></head>
      <body><h1>Hemd</h1><try-it-on gateway="${at}" product-id="1" product-title="Hemd" product-image="/shirt.jpg"></try-it-on></body></html>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
}

const part = (page: Page, name: string): Locator => page.locator(`[part=${name}]`);
const file = (buffer: Buffer) => ({ name: 'me.jpg', mimeType: 'image/jpeg', buffer });

async function withPage(url: string, options: object, use: (opened: Visit) => Promise<void>): Promise<void> {
  const opened = await visit(browser, url, options);
  try {
    await use(opened);
  } finally {
    await opened.context.close();
  }
}

/** The picture on the page: its bytes as the page gets them, decoded here. */
async function shownPicture(page: Page): Promise<{ width: number; height: number; format: string; bytes: Buffer }> {
  const address = await part(page, 'result').getAttribute('src');
  const bytes = Buffer.from(await (await page.request.get(address ?? '')).body());
  const { width, height, format } = await sharp(bytes).metadata();
  const natural = await part(page, 'result').evaluate((node) => [(node as HTMLImageElement).naturalWidth, (node as HTMLImageElement).naturalHeight]);
  expect(natural).toEqual([width, height]);
  return { width, height, format, bytes };
}

const at = (path: string): string => new URL(path, desk.gateway.url).href;

describe.each([['desktop', DESKTOP], ['phone', PHONE]] as const)('on a %s', (look, options) => {
  test('a photograph comes back with the garment on it', async () => {
    await withPage(at('/products/t-shirt'), options, async ({ page, troubles }) => {
      await part(page, 'trigger').click();
      await part(page, 'file').setInputFiles(file(woman));
      await part(page, 'start').click();
      await part(page, 'result').waitFor();
      const { width, height, bytes } = await shownPicture(page);
      expect(Math.min(width, height)).toBeGreaterThan(500);
      expect(bytes.length).toBeGreaterThan(20_000);
      await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
      await shoot(page, `flow-${look}-result`);
      await part(page, 'slider').fill('50');
      await shoot(page, `flow-${look}-compare`);
      expect(troubles).toEqual([]);
    });
  });

  test('the shop’s model, then another garment with the same photo', async () => {
    await withPage(at('/products/cable-jumper'), options, async ({ page, troubles }) => {
      await part(page, 'trigger').click();
      await part(page, 'sample').click();
      await part(page, 'start').click();
      await part(page, 'result').waitFor();
      const first = await shownPicture(page);
      await page.getByRole('button', { name: 'Denim jacket' }).click();
      await part(page, 'start').click();
      await expect.poll(() => part(page, 'result').getAttribute('alt'), { timeout: 30_000 }).toBe('Denim jacket, tried on');
      const second = await shownPicture(page);
      expect(second.bytes.equals(first.bytes)).toBe(false);
      expect(troubles).toEqual([]);
    });
  });
});

test('a failure says what helps, and the next try works', async () => {
  await withPage(at('/products/denim-jacket'), PHONE, async ({ page, troubles }) => {
    await desk.control('faults', { do: { fail: { name: 'PoseError', message: 'No body found' } } });
    await part(page, 'trigger').click();
    await part(page, 'camera').setInputFiles(file(woman));
    await part(page, 'start').click();
    await part(page, 'error').getByText('We couldn’t see you clearly').waitFor();
    await desk.control('faults', { do: { fail: { name: 'PipelineError' } } });
    await part(page, 'remedy').click();
    await part(page, 'keep').click();
    await part(page, 'start').click();
    await part(page, 'error').getByText('Something went wrong').waitFor();
    await part(page, 'retry').click();
    await part(page, 'result').waitFor();
    await shownPicture(page);
    expect(troubles).toEqual([]);
  });
});

test('offline in mid-run: the run goes on, and its picture is there when the page is back', async () => {
  await withPage(at('/products/t-shirt'), DESKTOP, async ({ page, context }) => {
    await part(page, 'trigger').click();
    await part(page, 'file').setInputFiles(file(woman));
    await part(page, 'start').click();
    await expect.poll(() => page.evaluate(() => sessionStorage.getItem('try-it-on:runs'))).not.toBeNull();
    await context.setOffline(true);
    await part(page, 'status').getByText('You are offline.').waitFor();
    await context.setOffline(false);
    await part(page, 'result').waitFor();
    await shownPicture(page);
  });
});

test('a reload in mid-run shows the picture of the same run', async () => {
  await withPage(at('/products/floral-dress'), DESKTOP, async ({ page, troubles }) => {
    const ids: string[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/v1/run')) void response.json().then(({ id }: { id: string }) => ids.push(id)).catch(() => undefined);
    });
    await part(page, 'trigger').click();
    await part(page, 'file').setInputFiles(file(woman));
    await part(page, 'start').click();
    await expect.poll(() => page.evaluate(() => sessionStorage.getItem('try-it-on:runs'))).not.toBeNull();
    await page.reload();
    await part(page, 'result').waitFor();
    await part(page, 'before').waitFor();
    expect(ids).toHaveLength(1);
    expect(troubles).toEqual([]);
  });
});

test('a photo that is dropped on the dialog comes back with the garment on it', async () => {
  await withPage(at('/products/t-shirt'), DESKTOP, async ({ page, troubles }) => {
    await part(page, 'trigger').click();
    await page.locator('.drop').waitFor();
    const transfer = await page.evaluateHandle((base64) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], 'me.jpg', { type: 'image/jpeg' }));
      return data;
    }, woman.toString('base64'));
    await page.locator('dialog[open]').dispatchEvent('dragover', { dataTransfer: transfer });
    await page.locator('dialog[open]').dispatchEvent('drop', { dataTransfer: transfer });
    await part(page, 'start').click();
    await part(page, 'result').waitFor();
    await shownPicture(page);
    expect(troubles).toEqual([]);
  });
});

test('cancel in mid-run: the gateway forgets the run, and the next one works', async () => {
  await withPage(at('/products/t-shirt'), PHONE, async ({ page }) => {
    const ids: string[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/v1/run')) void response.json().then(({ id }: { id: string }) => ids.push(id)).catch(() => undefined);
    });
    await part(page, 'trigger').click();
    await part(page, 'file').setInputFiles(file(woman));
    await part(page, 'start').click();
    await expect.poll(() => ids.length).toBe(1);
    await part(page, 'cancel').click();
    await expect.poll(async () => (await desk.gateway.ask(`/v1/status/${ids[0]}`)).status).toBe(404);
    await part(page, 'start').click();
    await part(page, 'result').waitFor();
    await shownPicture(page);
  });
});

test('two elements on a page: each shows its own garment', async () => {
  await withPage(at('/'), DESKTOP, async ({ page, troubles }) => {
    const pictures: Buffer[] = [];
    for (const [nth, choose] of [[0, 'file'], [1, 'start']] as const) {
      const element = page.locator('try-it-on').nth(nth);
      await element.locator('[part=trigger]').click();
      // The photo is kept on the device: the second element has it already.
      if (choose === 'file') await element.locator('[part=file]').setInputFiles(file(woman));
      await element.locator('[part=start]').click();
      await element.locator('[part=result]').waitFor();
      const address = await element.locator('[part=result]').getAttribute('src');
      pictures.push(Buffer.from(await (await page.request.get(address ?? '')).body()));
      await element.locator('[part=close]').click();
    }
    expect(pictures[0]?.equals(pictures[1] ?? Buffer.alloc(0))).toBe(false);
    expect(troubles).toEqual([]);
  });
});

test('a shop of another origin, under a policy that allows one host', async () => {
  // A header of the visitor's own would have to be allowed by the gateway before a script is loaded from it.
  const plain = { ...DESKTOP, extraHTTPHeaders: {} };
  await withPage(`${elsewhere.url}/?gateway=${desk.gateway.url.origin}`, plain, async ({ page, troubles }) => {
    expect(await part(page, 'trigger').textContent()).toBe('Anprobieren');
    await part(page, 'trigger').click();
    await part(page, 'file').setInputFiles(file(woman));
    await part(page, 'start').click();
    await part(page, 'result').waitFor();
    await shownPicture(page);
    expect(troubles).toEqual([]);
  });
});

test('the client alone, for a shop that draws its own interface', async () => {
  await withPage(at('/404'), DESKTOP, async ({ page }) => {
    const outcome = (await page.evaluate(`(async () => {
      const { tryOn, forget, resume } = await import('/client.js');
      const photo = await (await fetch('/pictures/shopper-woman.jpg')).blob();
      const stages = [];
      const result = await tryOn({ gateway: '', photo, garment: '/pictures/tshirt-ink.jpg', onProgress: ({ stage }) => stages.push(stage) });
      const forgotten = await forget({ gateway: '', id: result.id });
      const after = await resume({ gateway: '', id: result.id }).then(() => 'still there', ({ code }) => code);
      const aborted = new AbortController();
      aborted.abort(new Error('enough'));
      const abort = await tryOn({ gateway: '', photo, garment: '/pictures/tshirt-ink.jpg', signal: aborted.signal }).catch(({ message }) => message);
      const refused = await tryOn({ gateway: '', photo: new Blob(['x'], { type: 'text/plain' }), garment: '/pictures/tshirt-ink.jpg' }).catch(({ code, action }) => ({ code, action }));
      return { images: result.images.length, stages: [...new Set(stages)], forgotten, after, abort, refused };
    })()`)) as Record<string, unknown>;
    expect(outcome).toMatchObject({ images: 1, abort: 'enough', refused: { code: 'PhotoUnreadable', action: 'retake' } });
    expect((outcome['stages'] as string[]).slice(0, 3)).toEqual(['preparing', 'sending', 'accepted']);
    if (outcome['forgotten'] === true) expect(outcome['after']).toBe('Expired');
  });
});

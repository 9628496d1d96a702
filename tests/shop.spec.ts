// The demo shop in Chromium, through the real path: browser → gateway → sandbox → webhook → gateway → browser.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDesk, type Desk } from './desk.ts';
import { launch } from '../storefront/tests/browser.ts';

const PHOTO = fileURLToPath(new URL('../storefront/shop/pictures/shopper-man.jpg', import.meta.url));
const SHOTS = fileURLToPath(new URL('screenshots/', import.meta.url));

let desk: Desk;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  desk = await startDesk();
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await desk.stop();
});

/** A page whose console errors fail the test. */
async function open(path: string): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(new URL(path, desk.gateway.url).href);
  return { page, errors };
}

/** The picture as the page shows it: its bytes, its size, and how much of it is not one colour. */
function shown(page: Page) {
  return page.locator('try-it-on img[part=result]').evaluate(async (element) => {
    const image = element as HTMLImageElement;
    await image.decode();
    const blob = await (await fetch(image.src)).blob();
    const head = [...new Uint8Array(await blob.slice(0, 4).arrayBuffer())];
    return { width: image.naturalWidth, height: image.naturalHeight, bytes: blob.size, type: blob.type, head };
  });
}

test('a shopper presses the button, uploads a photograph, and sees herself', async () => {
  const { page, errors } = await open('/products/t-shirt');
  await page.locator('try-it-on button[part=trigger]').click();
  await page.locator('try-it-on input[part=file]').setInputFiles(PHOTO);
  await page.locator('try-it-on button[part=start]').click();
  await page.locator('try-it-on img[part=result]').waitFor();
  const picture = await shown(page);
  expect(picture).toMatchObject({ width: 864, height: 1296 });
  expect(picture.bytes).toBeGreaterThan(20_000);
  // The first bytes of a PNG or a JPEG, as the type says.
  expect(picture.head).toEqual(picture.type === 'image/png' ? [0x89, 0x50, 0x4e, 0x47] : [0xff, 0xd8, 0xff, expect.any(Number)]);
  await page.screenshot({ path: `${SHOTS}shop-result.png` });
  expect(errors).toEqual([]);
  await page.close();
});

test('the sample photograph works as well', async () => {
  const { page, errors } = await open('/products/denim-jacket');
  await page.locator('try-it-on button[part=trigger]').click();
  await page.locator('try-it-on button[part=sample]').first().click();
  await page.locator('try-it-on button[part=start]').click();
  await page.locator('try-it-on img[part=result]').waitFor();
  expect(await shown(page)).toMatchObject({ width: 864, height: 1296 });
  await page.screenshot({ path: `${SHOTS}shop-sample.png` });
  expect(errors).toEqual([]);
  await page.close();
});

test.each(['a URL', 'base64'])('a page of the shop’s own calls the API with the photograph as %s', async (form) => {
  const { page, errors } = await open('/');
  const picture = await page.evaluate(async (asUrl) => {
    const address = (path: string) => new URL(path, location.href).href;
    let photo = address('/pictures/shopper-man.jpg');
    if (!asUrl) {
      const blob = await (await fetch(photo)).blob();
      photo = await new Promise<string>((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(String(reader.result));
        reader.readAsDataURL(blob);
      });
    }
    const run = await fetch('/v1/run', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model_name: 'tryon-v1.6',
        inputs: { model_image: photo, garment_image: address('/pictures/tshirt-rust.jpg') },
      }),
    });
    const { id } = (await run.json()) as { id: string };
    for (;;) {
      const status = (await (await fetch(`/v1/status/${id}`)).json()) as { status: string; output?: string[]; error: unknown };
      if (status.status === 'completed') {
        const bitmap = await createImageBitmap(await (await fetch(status.output?.[0] ?? '')).blob());
        return { width: bitmap.width, height: bitmap.height };
      }
      if (!['starting', 'in_queue', 'processing'].includes(status.status)) throw new Error(JSON.stringify(status));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }, form === 'a URL');
  expect(picture).toEqual({ width: 864, height: 1296 });
  expect(errors).toEqual([]);
  await page.close();
});

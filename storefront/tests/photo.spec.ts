// The photo on its way: upright, small enough, without metadata, and without the page noticing.
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DESKTOP, launch, PHONE, visit } from './browser.ts';
import { picturePlaceholder } from './pictures.ts';
import { completed, startStand, type Stand } from './stand.ts';

let stand: Stand;
let browser: Browser;
beforeAll(async () => {
  [stand, browser] = await Promise.all([startStand(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await stand?.stop();
});
beforeEach(() => {
  stand.reset();
  stand.statuses = [completed()];
});

interface Arrived {
  bytes: Buffer;
  /** What the page's main thread did with pictures: decoded, drew, encoded. */
  onMainThread: string[];
}

async function arrives(buffer: Buffer, mimeType: string, options = DESKTOP, prepare?: (page: Page) => Promise<unknown>): Promise<Arrived> {
  const { page, context, troubles } = await visit(browser, `${stand.url}/products/t-shirt`, options);
  try {
    await prepare?.(page);
    await page.evaluate(() => {
      const onMainThread: string[] = [];
      Object.assign(window, { onMainThread });
      const note = (owner: object, name: string): void => {
        const former = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
        Reflect.set(owner, name, function (this: unknown, ...args: unknown[]) {
          onMainThread.push(name);
          return former.apply(this, args);
        });
      };
      note(window, 'createImageBitmap');
      note(CanvasRenderingContext2D.prototype, 'drawImage');
      note(CanvasRenderingContext2D.prototype, 'getImageData');
      note(HTMLCanvasElement.prototype, 'toBlob');
      note(HTMLCanvasElement.prototype, 'toDataURL');
    });
    await page.locator('[part=trigger]').click();
    await page.locator('dialog[open]').waitFor();
    await page.locator('[part=file]').setInputFiles({ name: 'photo', mimeType, buffer });
    await page.locator('[part=start]').click();
    await page.locator('[part=result]').waitFor();
    const onMainThread = await page.evaluate(() => (window as unknown as { onMainThread: string[] }).onMainThread);
    expect(troubles).toEqual([]);
    const [, base64 = ''] = (stand.runs[0]?.body.inputs['model_image'] ?? '').split(',');
    return { bytes: Buffer.from(base64, 'base64'), onMainThread };
  } finally {
    await context.close();
  }
}

/** The red quarter is up and left; opposite it there is none. */
async function isUpright(bytes: Buffer): Promise<boolean> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const red = (x: number, y: number): boolean => {
    const at = (Math.round(y * info.height) * info.width + Math.round(x * info.width)) * info.channels;
    return (data[at] ?? 0) > 150 && (data[at + 1] ?? 255) < 80;
  };
  return red(0.1, 0.1) && !red(0.9, 0.1) && !red(0.1, 0.9) && !red(0.9, 0.9);
}

describe.each([['desktop', DESKTOP], ['phone', PHONE]] as const)('on a %s', (_, options) => {
  test('a photo of 12 megapixels, turned by EXIF, arrives upright, at 2000 px, bare, and the main thread leaves it alone', async () => {
    const original = await picturePlaceholder({ width: 3024, height: 4032, orientation: 6 });
    const before = await sharp(original).metadata();
    expect(before).toMatchObject({ width: 4032, height: 3024, orientation: 6 });
    expect(before.exif?.toString('latin1')).toContain('A shopper');

    const { bytes, onMainThread } = await arrives(original, 'image/jpeg', options);
    const after = await sharp(bytes).metadata();
    expect(after).toMatchObject({ format: 'jpeg', width: 1500, height: 2000 });
    expect(after.exif).toBeUndefined();
    expect(after.orientation).toBeUndefined();
    expect(bytes.toString('latin1')).not.toContain('A shopper');
    expect(await isUpright(bytes)).toBe(true);
    expect(onMainThread).toEqual([]);
  });
});

test('48 megapixels are more than a canvas of iOS holds, and arrive all the same', async () => {
  const { bytes } = await arrives(await picturePlaceholder({ width: 6048, height: 8064 }), 'image/jpeg');
  expect(await sharp(bytes).metadata()).toMatchObject({ width: 1500, height: 2000 });
  expect(await isUpright(bytes)).toBe(true);
});

test('a small photo is sent in its own size, but not with its metadata', async () => {
  const { bytes } = await arrives(await picturePlaceholder({ width: 600, height: 800, orientation: 6 }), 'image/jpeg');
  const after = await sharp(bytes).metadata();
  expect(after).toMatchObject({ width: 600, height: 800 });
  expect(after.exif).toBeUndefined();
  expect(await isUpright(bytes)).toBe(true);
});

test.each(['png', 'webp'] as const)('a %s becomes a JPEG', async (format) => {
  const { bytes } = await arrives(await picturePlaceholder({ width: 900, height: 1200, format }), `image/${format}`);
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 900, height: 1200 });
  expect(await isUpright(bytes)).toBe(true);
});

test('what is see-through becomes white, not black', async () => {
  const cutOut = await sharp({ create: { width: 900, height: 1200, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } }).png().toBuffer();
  const { bytes } = await arrives(cutOut, 'image/png');
  const { channels } = await sharp(bytes).stats();
  expect(channels.map(({ min }) => min)).toEqual([255, 255, 255]);
});

test('without workers for canvases the browser’s own resizer does it', async () => {
  const { bytes, onMainThread } = await arrives(await picturePlaceholder({ width: 3024, height: 4032, orientation: 6 }), 'image/jpeg', DESKTOP, (page) =>
    page.evaluate(() => Reflect.deleteProperty(globalThis, 'OffscreenCanvas')),
  );
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 1500, height: 2000 });
  expect(onMainThread).toContain('createImageBitmap');
  expect(await isUpright(bytes)).toBe(true);
});

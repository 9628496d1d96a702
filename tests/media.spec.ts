// Outputs in Chromium, on a page of a shop at another origin: a film is wound by ranges, a picture goes onto a canvas and off it.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDesk, type Desk } from './desk.ts';
import { launch } from '../storefront/tests/browser.ts';

const PHOTO = new URL('../storefront/shop/pictures/shopper-man.jpg', import.meta.url);

/** The shop: a page that may load from the gateway and from nowhere else. */
const shop = createServer((request, response) => {
  const policy = `default-src 'none'; img-src ${desk.gateway.url.origin}; media-src ${desk.gateway.url.origin}`;
  response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy }).end(`<!doctype html><title>${request.url ?? ''}</title>`);
});

let desk: Desk;
let browser: Browser;
let page: Page;
let photo: string;

beforeAll(async () => {
  shop.listen(0, '127.0.0.1');
  await once(shop, 'listening');
  const origin = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  photo = `data:image/jpeg;base64,${(await readFile(PHOTO)).toString('base64')}`;
  desk = await startDesk({ ALLOWED_ORIGINS: origin });
  browser = await launch();
  page = await browser.newPage();
  await page.goto(`${origin}/`);
});
afterAll(async () => {
  await browser.close();
  await desk.stop();
  shop.close();
});

/** Runs it as staff; answers where its first output is shown. */
async function made(model_name: string, inputs: object): Promise<string> {
  const { id } = (await (await desk.gateway.run({ model_name, inputs })).json()) as { id: string };
  for (;;) {
    const answer = await desk.gateway.ask(`/v1/status/${id}?wait=25`);
    const { status, output, error } = (await answer.json()) as { status: string; output?: string[]; error: unknown };
    if (status === 'completed') return output?.[0] ?? '';
    if (error !== null) throw new Error(JSON.stringify(error));
  }
}

test('a film plays and is wound: its parts come as ranges', async () => {
  const address = await made('image-to-video', { image: photo, resolution: '480p' });
  expect(new URL(address).origin).toBe(desk.gateway.url.origin);
  const answers: [number, string | undefined][] = [];
  page.on('response', (response) => {
    if (response.url() === address) answers.push([response.status(), response.headers()['content-range']]);
  });
  const seen = await page.evaluate(async (src) => {
    const video = document.createElement('video');
    const on = (name: string) =>
      new Promise<void>((resolve, reject) => {
        video.addEventListener(name, () => resolve(), { once: true });
        video.addEventListener('error', () => reject(new Error(video.error?.message)), { once: true });
      });
    Object.assign(video, { crossOrigin: 'anonymous', muted: true, preload: 'auto', src });
    document.body.append(video);
    await on('loadeddata');
    const seeked = on('seeked');
    video.currentTime = video.duration / 2;
    await seeked;
    const playing = on('timeupdate');
    await video.play();
    await playing;
    const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext('2d')?.drawImage(video, 0, 0);
    const still = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
    return { duration: video.duration, width: video.videoWidth, at: video.currentTime, bytes: still?.size ?? 0 };
  }, address);
  expect(seen.duration).toBeGreaterThan(1);
  expect(seen.at).toBeGreaterThanOrEqual(seen.duration / 2);
  expect(seen.width).toBeGreaterThan(100);
  expect(seen.bytes).toBeGreaterThan(1_000);
  expect(answers.length).toBeGreaterThan(0);
  for (const [status, range] of answers) {
    expect(status).toBe(206);
    expect(range).toMatch(/^bytes \d+-\d+\/\d+$/);
  }
});

test('a picture goes onto a canvas of the shop’s page, and off it again', async () => {
  const address = await made('model-create', { prompt: 'a man in a white shirt' });
  const blob = await page.evaluate(async (src) => {
    const image = Object.assign(new Image(), { crossOrigin: 'anonymous', src });
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.naturalWidth, height: image.naturalHeight });
    canvas.getContext('2d')?.drawImage(image, 0, 0);
    const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg'));
    return { type: made?.type, bytes: made?.size ?? 0, width: canvas.width };
  }, address);
  expect(blob.type).toBe('image/jpeg');
  expect(blob.width).toBeGreaterThan(500);
  expect(blob.bytes).toBeGreaterThan(10_000);
});

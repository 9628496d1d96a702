// Clips, played by a browser: duration, size, and that something moves.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Sandbox } from './sandbox.ts';
import { dataUrl, person } from './pictures.ts';
import { launch } from '../../storefront/tests/browser.ts';

let sandbox: Sandbox;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  browser = await launch();
  page = await browser.newPage();
  await page.goto(sandbox.origin);
});
afterAll(async () => {
  await browser?.close();
  await sandbox?.close();
});

interface Playback {
  duration: number;
  width: number;
  height: number;
  /** The number of pixels that differ between the first frame and one near the end. */
  changed: number;
}

/** Plays a clip in `<video>`: compares two frames, then plays it to its end. */
const play = (address: string): Promise<Playback> =>
  page.evaluate(async (src) => {
    const video = document.createElement('video');
    video.muted = true;
    video.src = src;
    const event = (name: string) =>
      new Promise<void>((resolve, reject) => {
        video.addEventListener(name, () => resolve(), { once: true });
        video.addEventListener('error', () => reject(new Error(`video: ${video.error?.message}`)), { once: true });
      });
    await event('loadeddata');
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    const frame = async (time: number): Promise<Uint8ClampedArray> => {
      const seeked = event('seeked');
      video.currentTime = time;
      await seeked;
      // The compositor has the frame a moment after the event, and until then nothing is drawn.
      do {
        for (let frames = 0; frames < 3; frames += 1) await new Promise(requestAnimationFrame);
        context.drawImage(video, 0, 0);
      } while (context.getImageData(0, 0, 1, 1).data[3] === 0);
      return context.getImageData(0, 0, canvas.width, canvas.height).data;
    };
    const [first, last] = [await frame(0.05), await frame(video.duration - 0.5)];
    const changed = first.filter((value, index) => index % 4 === 0 && Math.abs(value - last[index]!) > 40).length;
    const ended = event('ended');
    await video.play();
    await ended;
    return { duration: video.duration, width: video.videoWidth, height: video.videoHeight, changed };
  }, address);

const clip = async (inputs: Record<string, unknown>): Promise<string> => {
  const id = await sandbox.accepted({ model_name: 'image-to-video', inputs });
  await sandbox.ended(id);
  const output = (await sandbox.status(id)).body.output as string[];
  expect(output).toEqual([`${sandbox.origin}/cdn/${id}/output_0.mp4`]);
  return output[0]!;
};

it.each([
  ['480p', 5, 480, 720],
  ['480p', 10, 480, 720],
  ['720p', 5, 720, 1080],
  ['720p', 10, 720, 1080],
  ['1080p', 5, 1080, 1620],
  ['1080p', 10, 1080, 1620],
])('%s for %i s plays at %i × %i, and something moves', async (resolution, duration, width, height) => {
  const address = await clip({ image: dataUrl('image/jpeg', await person()), resolution, duration });
  const answer = await fetch(address, { headers: { range: 'bytes=0-99' } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([206, 'video/mp4']);
  const playback = await play(address);
  expect([playback.width, playback.height]).toEqual([width, height]);
  expect(playback.duration).toBeCloseTo(duration, 1);
  expect(playback.changed).toBeGreaterThan(1000);
});

it('takes an end image, and 1080p and 5 s where nothing else is said', async () => {
  const image = dataUrl('image/jpeg', await person());
  const { width, duration } = await play(await clip({ image, end_image: image }));
  expect([width, Math.round(duration)]).toEqual([1080, 5]);
});

it('shows its runs on a page for people', async () => {
  await page.goto(sandbox.origin);
  expect(await page.title()).toBe('FASHN sandbox');
  expect(await page.locator('li').count()).toBeGreaterThan(0);
  expect(await page.locator('li video').first().evaluate((video: HTMLVideoElement) => video.error)).toBeNull();
});

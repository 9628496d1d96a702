// Clips, played by a browser: length, size, colours, and that something moves.
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import sharp from 'sharp';
import { Desk } from './desk.ts';
import { dataUrl, person } from './pictures.ts';

let desk: Desk;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  desk = await Desk.open();
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  page = await browser.newPage();
  await page.goto(desk.origin);
});
afterAll(async () => {
  await browser?.close();
  await desk?.close();
});

interface Seen {
  duration: number;
  width: number;
  height: number;
  /** Frames at a few times, each as the colour of some points. */
  frames: number[][][];
}

/** Plays a clip in `<video>`, looks at it at those times, and plays it to its end. */
const watch = (address: string, times: number[], points: [number, number][]): Promise<Seen> =>
  page.evaluate(
    async ({ address, times, points }) => {
      const video = document.createElement('video');
      video.muted = true;
      video.src = address;
      const event = (name: string) =>
        new Promise<void>((resolve, reject) => {
          video.addEventListener(name, () => resolve(), { once: true });
          video.addEventListener('error', () => reject(new Error(`video: ${video.error?.message}`)), { once: true });
        });
      await event('loadeddata');
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
      const context = canvas.getContext('2d', { willReadFrequently: true })!;
      const frames: number[][][] = [];
      for (const time of times) {
        const sought = event('seeked');
        video.currentTime = time;
        await sought;
        // Sought is not yet shown: the compositor has the frame a moment later, and until then nothing is drawn.
        for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
        do {
          await new Promise(requestAnimationFrame);
          context.drawImage(video, 0, 0);
        } while (context.getImageData(0, 0, 1, 1).data[3] === 0);
        frames.push(points.map(([x, y]) => [...context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data]));
      }
      video.currentTime = Math.max(0, video.duration - 0.5);
      const ended = event('ended');
      await video.play();
      await ended;
      return { duration: video.duration, width: video.videoWidth, height: video.videoHeight, frames };
    },
    { address, times, points },
  );

const clip = async (inputs: Record<string, unknown>): Promise<string> => {
  const id = await desk.accepted({ model_name: 'image-to-video', inputs });
  await desk.ended(id);
  const output = (await desk.status(id)).body.output as string[];
  expect(output).toEqual([`${desk.origin}/cdn/${id}/output_0.mp4`]);
  return output[0]!;
};

it.each([
  ['480p', 5, 480, 720],
  ['720p', 10, 720, 1080],
  ['1080p', 5, 1080, 1620],
])('%s for %i s plays at %i × %i, moving slowly closer', async (resolution, duration, width, height) => {
  const address = await clip({ image: dataUrl('image/jpeg', await person()), resolution, duration });
  const answer = await fetch(address, { headers: { range: 'bytes=0-99' } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([206, 'video/mp4']);
  // Beside the head, where the wall meets hair, and on the wall.
  const seen = await watch(address, [0, duration - 0.05], [[0.05, 0.05], [0.5, 0.6]]);
  expect([seen.width, seen.height]).toEqual([width, height]);
  expect(seen.duration).toBeCloseTo(duration, 1);
  const near = (one: number[], other: number[]) => one.every((value, index) => Math.abs(value - other[index]!) < 14);
  expect(near(seen.frames[0]![0]!, [201, 207, 212, 255]), `wall: ${seen.frames[0]![0]}`).toBe(true);
  expect(near(seen.frames[0]![1]!, [91, 122, 153, 255]), `shirt: ${seen.frames[0]![1]}`).toBe(true);
  expect(near(seen.frames[1]![0]!, [201, 207, 212, 255]), `wall at the end: ${seen.frames[1]![0]}`).toBe(true);
  const rows = Array.from({ length: 200 }, (_, index): [number, number] => [0.5, index / 200]);
  const [first, last] = (await watch(address, [0, duration - 0.05], rows)).frames;
  expect(first!.filter((pixel, index) => !near(pixel, last![index]!)).length, 'rows that moved').toBeGreaterThan(2);
});

it('fades from the first picture to the last', async () => {
  const plain = (background: string) => sharp({ create: { width: 540, height: 960, channels: 3, background } }).png().toBuffer();
  const address = await clip({
    image: dataUrl('image/png', await plain('#c02020')),
    end_image: dataUrl('image/png', await plain('#2020c0')),
  });
  const { frames, width, height } = await watch(address, [0, 2.5, 4.95], [[0.5, 0.3]]);
  expect([width, height]).toEqual([1080, 1920]);
  const [first, middle, last] = frames.map(([pixel]) => pixel!);
  expect(first![0]!).toBeGreaterThan(170);
  expect(first![2]!).toBeLessThan(60);
  expect(Math.abs(middle![0]! - middle![2]!), `in the middle: ${middle}`).toBeLessThan(30);
  expect(middle![0]!).toBeGreaterThan(80);
  expect(last![0]!).toBeLessThan(60);
  expect(last![2]!).toBeGreaterThan(170);
});

it('shows its runs on a page for people', async () => {
  await page.goto(desk.origin);
  expect(await page.title()).toBe('FASHN on your desk');
  expect(await page.locator('li').count()).toBeGreaterThan(0);
  expect(await page.locator('li video').first().evaluate((video: HTMLVideoElement) => video.error)).toBeNull();
});

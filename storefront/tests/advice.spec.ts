// What the device sees in a photo: advice for bad ones, none for good ones, and never a wall.
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { ADVICE_EDGE_PX, adviceOn } from '../src/photo/advice.ts';
import { file, stand, useStand, withTab } from './dialog.ts';
import { until, untilText } from './driver.ts';
import { completed } from './stand.ts';

useStand();

const photograph = (name: string): Promise<Buffer> => readFile(new URL(`../shop/pictures/${name}.jpg`, import.meta.url));
const woman = await photograph('shopper-woman');
const man = await photograph('shopper-man');

async function advice(image: Sharp): Promise<string[]> {
  const whole = await image.removeAlpha().png().toBuffer();
  const { width: originalWidth = 0, height: originalHeight = 0 } = await sharp(whole).metadata();
  const { data, info } = await sharp(whole).resize(ADVICE_EDGE_PX, ADVICE_EDGE_PX, { fit: 'inside' }).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return adviceOn({ pixels: new Uint8ClampedArray(data), width: info.width, height: info.height, originalWidth, originalHeight });
}

test('nothing is said of a good photograph', async () => {
  expect(await advice(sharp(woman))).toEqual([]);
});

test.each<[string, () => Sharp, string[]]>([
  ['dark', () => sharp(woman).linear(0.2, 0), ['dark']],
  ['blurred', () => sharp(woman).blur(18), ['blurred']],
  ['small', () => sharp(woman).resize(300), ['small']],
  ['on its side', () => sharp(man), ['wide']],
])('a photograph that is %s', async (_, make, expected) => {
  expect(await advice(make())).toEqual(expected);
});

test('advice stands above the way on, and keeps nobody from it', async () => {
  stand.statuses = [completed()];
  await withTab('/products/t-shirt', async (tab) => {
    await tab.click('[part=trigger]');
    await until(tab, 'dialog[open] [part=file]');
    await tab.give('dialog[open] [part=file]', file(await sharp(woman).linear(0.2, 0).jpeg().toBuffer()));
    await untilText(tab, 'dialog[open] [part=advice]', /^This photo looks rather dark/);
    await tab.click('dialog[open] [part=start]');
    await until(tab, 'dialog[open] [part=result]');
  });
});

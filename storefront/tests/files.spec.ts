// Which files each engine takes for a photo. What an engine can't decode is refused with a sentence before anything is sent.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { photo, stand, useStand, withTab } from './dialog.ts';
import { ENGINE, textOf, until, type EngineName, type PhotoFile } from './driver.ts';
import { picturePlaceholder } from './pictures.ts';

useStand();

const ALL: readonly EngineName[] = ['chromium', 'firefox', 'webkit'];
const picture = async (format: 'png' | 'webp' | 'avif' | 'gif' | 'tiff'): Promise<Buffer> => sharp(await picturePlaceholder({ width: 700, height: 900 })).toFormat(format).toBuffer();
const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic'), Buffer.alloc(4_000)]);

/** A name, what is in it, and the engines that take it. */
const FILES: readonly (readonly [name: string, bytes: () => Promise<Buffer> | Buffer, takes: readonly EngineName[]])[] = [
  ['photo.jpg', () => photo, ALL],
  ['turned.jpg', () => picturePlaceholder({ width: 900, height: 600, orientation: 6 }), ALL],
  ['photo.png', () => picture('png'), ALL],
  ['photo.webp', () => picture('webp'), ALL],
  ['photo.avif', () => picture('avif'), ALL],
  ['photo.gif', () => picture('gif'), ALL],
  ['png-named.jpg', () => picture('png'), ALL],
  ['cut.jpg', () => photo.subarray(0, Math.floor(photo.length / 2)), []],
  ['photo.heic', () => heic, []],
  ['photo.tiff', () => picture('tiff'), []],
  ['text.jpg', () => Buffer.from('this is no picture'), []],
  ['empty.jpg', () => Buffer.alloc(0), []],
];

const TYPES: Readonly<Record<string, string>> = { jpg: 'image/jpeg', heic: 'image/heic' };
const asFile = (name: string, buffer: Buffer): PhotoFile => {
  const ending = name.split('.').at(-1) ?? '';
  return { name, buffer, mimeType: TYPES[ending] ?? `image/${ending}` };
};

describe(ENGINE, () => {
  test.each(FILES)('%s', async (name, bytes, takes) => {
    await withTab('/products/t-shirt', async (tab) => {
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      await tab.give('dialog[open] [part=file]', asFile(name, await bytes()));
      const isTaken = takes.includes(ENGINE);
      await until(tab, isTaken ? 'dialog[open] [part=start]' : 'dialog[open] [part=error]');
      if (!isTaken) expect(await textOf(tab, 'dialog[open] [part=error]')).not.toBe('');
      expect(stand.runs).toEqual([]);
    });
  });
});

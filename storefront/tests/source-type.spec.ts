// What a saved file says of itself: edited by generative AI, by IPTC's words, and no bit of the picture changed.
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { markAsGenerated } from '../src/element/source-type.ts';

const SOURCE = 'digitalsourcetype/compositeWithTrainedAlgorithmicMedia';
const drawn = sharp({ create: { width: 40, height: 60, channels: 3, background: '#7d8f6b' } });
const mark = async (bytes: Buffer, type: string): Promise<Buffer> => {
  const blob = await markAsGenerated(new Blob([new Uint8Array(bytes)], { type }));
  expect(blob.type).toBe(type);
  return Buffer.from(await blob.arrayBuffer());
};
const pixels = (bytes: Buffer): Promise<Buffer> => sharp(bytes).raw().toBuffer();

test.each([
  ['a JPEG', () => drawn.clone().jpeg().toBuffer(), 'image/jpeg'],
  ['a JPEG with EXIF', () => drawn.clone().jpeg().withExif({ IFD0: { Copyright: 'FASHN' } }).toBuffer(), 'image/jpeg'],
  ['a PNG', () => drawn.clone().png().toBuffer(), 'image/png'],
] as const)('%s is read as before, and says its source', async (_, make, type) => {
  const before = await make();
  const after = await mark(before, type);
  const [was, is] = [await sharp(before).metadata(), await sharp(after, { failOn: 'warning' }).metadata()];
  expect(is.xmp?.toString()).toContain(SOURCE);
  expect(is.exif).toEqual(was.exif);
  expect(await pixels(after)).toEqual(await pixels(before));
  // Once more changes nothing.
  expect(await mark(after, type)).toEqual(after);
});

test('files with content credentials, of other kinds, and broken ones stay as they are', async () => {
  const [jpeg, png] = [await drawn.clone().jpeg().toBuffer(), await drawn.clone().png().toBuffer()];
  const credentials = Buffer.from('JP\0\0jumb c2pa');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(credentials.length + 2);
  const inJpeg = Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xeb]), length, credentials, jpeg.subarray(2)]);
  const inPng = Buffer.concat([png.subarray(0, 33), Buffer.from([0, 0, 0, 4]), Buffer.from('caBXc2pa'), Buffer.alloc(4), png.subarray(33)]);
  for (const bytes of [inJpeg, inPng, Buffer.from('\0\0\0\x18ftypmp42'), Buffer.alloc(0), png.subarray(0, 8)]) {
    expect(await mark(bytes, 'application/octet-stream')).toEqual(bytes);
  }
  for (let cut = 0; cut < 40; cut += 1) {
    expect((await mark(jpeg.subarray(0, cut), 'image/jpeg')).subarray(0, Math.min(cut, 2))).toEqual(jpeg.subarray(0, Math.min(cut, 2)));
    await mark(png.subarray(0, cut), 'image/png');
  }
});

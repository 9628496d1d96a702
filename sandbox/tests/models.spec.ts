// What each model delivers: format, size, number, and that it shows the inputs.
import { mkdirSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from './sandbox.ts';
import { dataUrl, person, shirt } from './pictures.ts';
import { Receiver } from './receiver.ts';

let sandbox: Sandbox;
let receiver: Receiver;
let photo: string;
let garment: string;

beforeAll(async () => {
  receiver = await Receiver.open();
  sandbox = await Sandbox.open({ RUN_LIMIT: '1000/1000', STATUS_LIMIT: '1000/1000' });
  photo = receiver.serve('/person.jpg', 'image/jpeg', await person());
  garment = dataUrl('image/jpeg', await shirt());
});
afterAll(async () => {
  await sandbox.close();
  await receiver.close();
});

/** The outputs of a run, as bytes. */
async function made(model: string, inputs: Record<string, unknown>): Promise<Buffer[]> {
  const id = await sandbox.accepted({ model_name: model, inputs });
  const entry = await sandbox.ended(id);
  expect(entry.error).toBeNull();
  const { output } = (await sandbox.status(id)).body;
  const addresses = Array.isArray(output) ? output : output!.images;
  const files = await Promise.all(addresses.map(async (address) => Buffer.from(await (await fetch(address)).arrayBuffer())));
  const folder = process.env['KEEP_PICTURES'];
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    for (const [number, file] of files.entries()) writeFileSync(`${folder}/${model}-${JSON.stringify(inputs['aspect_ratio'] ?? inputs['resolution'] ?? '').replace(/\W/g, '')}-${number}.${addresses[0]!.split('.').at(-1)}`, file);
  }
  return files;
}

const shape = async (file: Buffer | undefined) => {
  const { format, width, height, hasAlpha } = await sharp(file).metadata();
  return { format, width, height, hasAlpha };
};

/** The share of pixels that the test accepts. */
async function share(file: Buffer, accept: (pixel: number[]) => boolean): Promise<number> {
  const { data, info } = await sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  let found = 0;
  for (let at = 0; at < data.length; at += 4) if (accept([...data.subarray(at, at + 4)])) found += 1;
  return found / (info.width * info.height);
}
const isRed = ([red, green, blue]: number[]) => red! > 120 && green! < 80 && blue! < 90;

describe('sizes', () => {
  it.each([
    ['21:9', 1568, 672], ['1:1', 1024, 1024], ['4:3', 1176, 880], ['3:2', 1248, 832], ['5:4', 1144, 912],
    ['4:5', 912, 1144], ['3:4', 880, 1176], ['16:9', 1360, 760], ['9:16', 760, 1360],
  ])('reframe to %s is %i × %i', async (aspect_ratio, width, height) => {
    const [file] = await made('reframe', { image: photo, aspect_ratio });
    expect(await shape(file)).toEqual({ format: 'png', width, height, hasAlpha: false });
  });

  it.each([['1k', 832, 1248], ['2k', 1664, 2496], ['4k', 3328, 4992]])('a 2:3 picture at %s is %i × %i', async (resolution, width, height) => {
    const [file] = await made('tryon-max', { model_image: photo, product_image: garment, resolution, output_format: 'jpeg' });
    expect(await shape(file)).toEqual({ format: 'jpeg', width, height, hasAlpha: false });
  });

  it('model-create is square by default, face-to-model 2:3 and a JPEG', async () => {
    expect(await shape((await made('model-create', { prompt: 'a model' }))[0])).toMatchObject({ format: 'png', width: 1024, height: 1024 });
    expect(await shape((await made('model-create', { prompt: 'a model', aspect_ratio: '21:9' }))[0])).toMatchObject({ width: 1568, height: 672 });
    expect(await shape((await made('model-create', { prompt: 'a model', image_reference: photo }))[0])).toMatchObject({ width: 832, height: 1248 });
    expect(await shape((await made('face-to-model', { face_image: photo }))[0])).toMatchObject({ format: 'jpeg', width: 832, height: 1248 });
  });
});

describe('pictures', () => {
  it('a try-on shows the garment on the photograph, and no white box around it', async () => {
    const [file] = await made('tryon-v1.6', { model_image: photo, garment_image: garment });
    expect(await share(file!, isRed)).toBeGreaterThan(0.12);
    expect(await share(file!, ([red, green, blue]) => red! > 245 && green! > 245 && blue! > 245)).toBeLessThan(0.01);
  });

  it('background-remove leaves only the subject, in the size of the image', async () => {
    const [file] = await made('background-remove', { image: garment });
    expect(await shape(file)).toEqual({ format: 'png', width: 800, height: 1200, hasAlpha: true });
    expect(await share(file!, ([, , , alpha]) => alpha === 0)).toBeGreaterThan(0.5);
    expect(await share(file!, (pixel) => isRed(pixel) && pixel[3]! > 250)).toBeGreaterThan(0.25);
  });

  it('as many as are asked for, each a little different', async () => {
    for (const [model, inputs] of [
      ['tryon-v1.6', { model_image: photo, garment_image: garment, num_samples: 4 }],
      ['edit', { image: photo, prompt: 'warmer', num_images: 3 }],
    ] as const) {
      const files = await made(model, inputs);
      expect(files).toHaveLength('num_samples' in inputs ? 4 : 3);
      expect(new Set(files.map((file) => file.toString('base64'))).size).toBe(files.length);
    }
  });

  it('the same seed gives the same picture, another another', async () => {
    const seeded = async (seed: number) => (await made('model-create', { prompt: 'a model', seed }))[0]!;
    expect((await seeded(7)).equals(await seeded(7))).toBe(true);
    expect((await seeded(7)).equals(await seeded(8))).toBe(false);
  });

  it('references and prompts are shown in the output', async () => {
    const plain = (await made('product-to-model', { product_image: garment, aspect_ratio: '2:3' }))[0]!;
    for (const more of [{ prompt: 'tucked-in' }, { face_reference: photo }, { background_reference: photo }, { image_prompt: photo }, { model_image: photo }]) {
      const [file] = await made('product-to-model', { product_image: garment, aspect_ratio: '2:3', ...more });
      expect(file!.equals(plain), Object.keys(more)[0]).toBe(false);
      expect(await share(file!, isRed), Object.keys(more)[0]).toBeGreaterThan(0.02);
    }
  });
});

describe('what only the pictures can show to be wrong', () => {
  const failed = async (model_name: string, inputs: unknown) => {
    const id = await sandbox.accepted({ model_name, inputs });
    return (await sandbox.ended(id)).error;
  };

  it('reframe to the ratio that the picture has', async () => {
    expect(await failed('reframe', { image: photo, aspect_ratio: '2:3' })).toEqual({
      name: 'InputValidationError',
      message: 'Image already matches target aspect ratio',
    });
  });

  it('a mask of another size', async () => {
    expect(await failed('edit', { image: photo, prompt: 'x', mask: garment })).toMatchObject({ name: 'InputValidationError' });
  });

  it('each picture is named in FASHN’s words', async () => {
    const gone = `${receiver.origin}/gone.png`;
    for (const [model, inputs, label] of [
      ['tryon-max', { model_image: photo, product_image: gone }, 'product image'],
      ['face-to-model', { face_image: gone }, 'face image'],
      ['product-to-model', { product_image: garment, background_reference: gone }, 'background reference'],
      ['image-to-video', { image: gone }, 'image'],
    ] as const) {
      expect(await failed(model, inputs)).toEqual({ name: 'ImageLoadError', message: `Error loading ${label}: The URL answered with HTTP status 404` });
    }
  });
});

// FASHN's official TypeScript SDK, pointed at the gateway: whoever knows it knows this API.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import Fashn from 'fashn';
import sharp from 'sharp';
import { startDesk, type Desk } from './desk.ts';
import { STAFF_TOKEN } from './gateway.ts';

const PICTURES = new URL('../storefront/shop/pictures/', import.meta.url);

let desk: Desk;
let client: Fashn;
let person: string;

beforeAll(async () => {
  desk = await startDesk();
  client = new Fashn({ apiKey: STAFF_TOKEN, baseURL: desk.gateway.url.href });
  person = `data:image/jpeg;base64,${(await readFile(new URL('shopper-man.jpg', PICTURES))).toString('base64')}`;
});
afterAll(() => desk.stop());

const shirt = () => new URL('/pictures/tshirt-sage.jpg', desk.gateway.url).href;

test('the photograph has at least a megapixel', async () => {
  const { width, height } = await sharp(await readFile(new URL('shopper-man.jpg', PICTURES))).metadata();
  expect((width ?? 0) * (height ?? 0)).toBeGreaterThanOrEqual(1_000_000);
});

test('subscribe returns a completed prediction with its picture and its price', async () => {
  const done = await client.predictions.subscribe({
    model_name: 'tryon-v1.6',
    inputs: { model_image: person, garment_image: shirt(), num_samples: 2 },
  });
  expect(done.status).toBe('completed');
  expect(done.creditsUsed).toBe(2);
  const outputs = done.output as string[];
  expect(outputs).toHaveLength(2);
  const picture = sharp(Buffer.from(await (await fetch(outputs[0] ?? '')).arrayBuffer()));
  expect(await picture.metadata()).toMatchObject({ format: 'png', width: 864, height: 1296 });
});

test('a picture by its address, and the result in base64', async () => {
  const own = new URL('/pictures/shopper-man.jpg', desk.gateway.url).href;
  const done = await client.predictions.subscribe({
    model_name: 'tryon-v1.6',
    inputs: { model_image: own, garment_image: shirt(), return_base64: true, output_format: 'jpeg' },
  });
  expect(done.status).toBe('completed');
  const [output] = done.output as string[];
  expect(output).toMatch(/^data:image\/jpeg;base64,/);
  const picture = sharp(Buffer.from((output ?? '').split(',')[1] ?? '', 'base64'));
  expect(await picture.metadata()).toMatchObject({ format: 'jpeg', width: 864, height: 1296 });
});

describe('subscribe works for every model', () => {
  const face = () => ({ face_reference: person });
  test.each<[string, () => object, object]>([
    ['tryon-v1.6', () => ({ model_image: person, garment_image: shirt() }), { creditsUsed: 1 }],
    ['tryon-max', () => ({ model_image: person, product_image: shirt() }), { creditsUsed: 2 }],
    ['product-to-model', () => ({ product_image: shirt(), ...face() }), { creditsUsed: 4 }],
    ['face-to-model', () => ({ face_image: person }), { creditsUsed: 1, output: { images: [expect.any(String)] } }],
    ['model-create', () => ({ prompt: 'a man in a white shirt', num_images: 2 }), { creditsUsed: 2 }],
    ['model-swap', () => ({ model_image: person, prompt: 'blue hair' }), { creditsUsed: 1 }],
    ['reframe', () => ({ image: person, aspect_ratio: '21:9' }), { creditsUsed: 1 }],
    ['edit', () => ({ image: person, prompt: 'soft daylight', generation_mode: 'quality' }), { creditsUsed: 3 }],
    ['background-remove', () => ({ image: shirt() }), { creditsUsed: 1 }],
    ['image-to-video', () => ({ image: person, resolution: '480p' }), { creditsUsed: 1, output: [expect.stringMatching(/\/v1\/outputs\/[^/]+\/0$/)] }],
  ])('%s', async (model_name, inputs, told) => {
    const done = await client.predictions.subscribe({ model_name, inputs: inputs() } as never);
    expect(done).toMatchObject({ status: 'completed', error: null, ...told });
  });
});

test('a run that fails says so in FASHN’s words', async () => {
  const missing = new URL('/pictures/nothing.jpg', desk.gateway.url).href;
  const done = await client.predictions.subscribe({
    model_name: 'tryon-v1.6',
    inputs: { model_image: person, garment_image: missing },
  });
  expect(done).toMatchObject({ status: 'failed', error: { name: 'ImageLoadError' } });
});

test('bad input is an API error that is not retried', async () => {
  const run = client.predictions.run({ model_name: 'tryon-v1.6', inputs: { model_image: person } as never });
  await expect(run).rejects.toMatchObject({ status: 400, error: { errors: [{ path: 'inputs.garment_image' }] } });
});

test('a wrong key is refused', async () => {
  const stranger = new Fashn({ apiKey: 'wrong', baseURL: desk.gateway.url.href, maxRetries: 0 });
  await expect(stranger.predictions.status('123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1')).rejects.toMatchObject({ status: 404 });
  await expect(
    stranger.predictions.run({ model_name: 'tryon-v1.6', inputs: { model_image: person, garment_image: shirt() } }),
  ).rejects.toMatchObject({ status: 401 });
});

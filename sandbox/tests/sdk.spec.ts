// FASHN's official SDK against the sandbox: its own three HTTP tests, remade with the values they use, and
// `subscribe` for each of the ten models.
import Fashn from 'fashn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from './sandbox.ts';
import { dataUrl, person, shirt } from './pictures.ts';
import { Receiver } from './receiver.ts';

let sandbox: Sandbox;
let receiver: Receiver;
let sdk: Fashn;
let photo: string;
let garment: string;

beforeAll(async () => {
  sandbox = await Sandbox.open({ CONCURRENCY_LIMIT: '20' });
  receiver = await Receiver.open();
  sdk = new Fashn({ apiKey: 'My API Key', baseURL: sandbox.origin, maxRetries: 0 });
  photo = receiver.serve('/person.jpg', 'image/jpeg', await person());
  garment = dataUrl('image/jpeg', await shirt());
});
afterAll(async () => {
  await sandbox?.close();
  await receiver?.close();
});

describe('the SDK’s own HTTP tests', () => {
  const example = '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1';
  const inputs = {
    garment_image: 'http://example.com/path/to/garment.jpg',
    model_image: 'http://example.com/path/to/model.jpg',
  };

  it('run: only required params', async () => {
    const promise = sdk.predictions.run({ model_name: 'tryon-v1.6', inputs });
    expect(await promise.asResponse()).toBeInstanceOf(Response);
    const { data, response } = await promise.withResponse();
    expect(response.status).toBe(200);
    expect(data).toEqual({ id: expect.any(String), error: null });
  });

  it('run: required and optional params', async () => {
    const reply = await sdk.predictions.run({
      model_name: 'tryon-v1.6',
      inputs: {
        ...inputs,
        category: 'auto',
        garment_photo_type: 'auto',
        mode: 'performance',
        moderation_level: 'conservative',
        num_samples: 1,
        output_format: 'png',
        return_base64: true,
        seed: 0,
        segmentation_free: true,
      },
      webhook_url: 'https://example.com/webhook',
    });
    expect(reply.id).toMatch(/-u1$/);
    expect((await sandbox.journal()).runs.at(-1)?.webhook?.url).toBe('https://example.com/webhook');
  });

  it('status: the example of FASHN’s pages', async () => {
    const { data, response } = await sdk.predictions.status(example).withResponse();
    expect(response.headers.get('x-fashn-credits-used')).toBe('1');
    expect(data).toEqual({ id: example, status: 'completed', output: [`${sandbox.origin}/cdn/${example}/output_0.png`], error: null });
    const output = await fetch((data.output as string[])[0]!);
    expect([output.status, output.headers.get('content-type')]).toEqual([200, 'image/png']);
  });
});

describe('subscribe', () => {
  const models = (): [Fashn.PredictionSubscribeParams, number][] =>
    [
      [{ model_name: 'tryon-v1.6', inputs: { model_image: photo, garment_image: garment } }, 1],
      [{ model_name: 'tryon-max', inputs: { model_image: photo, product_image: garment } }, 2],
      [{ model_name: 'product-to-model', inputs: { product_image: garment, prompt: 'studio background' } }, 1],
      [{ model_name: 'face-to-model', inputs: { face_image: photo } }, 1],
      [{ model_name: 'model-create', inputs: { prompt: 'Full body shot, woman wearing a white t-shirt' } }, 1],
      [{ model_name: 'model-swap', inputs: { model_image: photo, prompt: 'Asian woman with blue hair' } }, 1],
      [{ model_name: 'reframe', inputs: { image: photo, aspect_ratio: '16:9' } }, 1],
      [{ model_name: 'edit', inputs: { image: photo, prompt: 'soft daylight studio lighting' } }, 1],
      [{ model_name: 'background-remove', inputs: { image: garment } }, 1],
      [{ model_name: 'image-to-video', inputs: { image: photo, resolution: '480p' } }, 1],
    ] as [Fashn.PredictionSubscribeParams, number][];

  it('completes for all ten models, with the credits each costs', async () => {
    const before = (await sandbox.credits('My API Key')).body.credits.total;
    const results = await Promise.all(
      models().map(async ([params, credits]) => {
        const result = await sdk.predictions.subscribe(params, { pollInterval: 400 } as never);
        expect(result, params.model_name).toMatchObject({ status: 'completed', creditsUsed: credits });
        const output = result.output as string[] | { images: string[] };
        expect(Array.isArray(output), params.model_name).toBe(params.model_name !== 'face-to-model');
        const [first] = Array.isArray(output) ? output : output.images;
        const answer = await fetch(first!);
        expect(answer.status, params.model_name).toBe(200);
        expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(1000);
        return credits;
      }),
    );
    expect(results).toHaveLength(10);
    const used = results.reduce((sum, credits) => sum + credits, 0);
    expect((await sandbox.credits('My API Key')).body.credits.total).toBe(before - used);
  });

  it('tells a runtime error as a result, not as an exception', async () => {
    await sandbox.fault({ do: { fail: { name: 'PoseError', message: 'No body pose in the model image' } } });
    const result = await sdk.predictions.subscribe({ model_name: 'tryon-v1.6', inputs: { model_image: photo, garment_image: garment } });
    expect(result).toMatchObject({ status: 'failed', error: { name: 'PoseError', message: 'No body pose in the model image' } });
  });

  it('throws API-level errors with status and code', async () => {
    const wrong = sdk.predictions.run({ model_name: 'tryon-v2' as 'tryon-v1.6', inputs: { model_image: photo, garment_image: garment } });
    await expect(wrong).rejects.toMatchObject({ status: 400, error: { error: 'BadRequest', message: expect.stringContaining('tryon-v1.6') } });
  });
});

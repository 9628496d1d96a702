// POST /v1/quote, and the merchant's policy, which /v1/run and it share.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MODEL_IMAGE, SHOP, STAFF_TOKEN, startGateway, startOwnFashn, tryOn, type Gateway, type OwnFashn } from './gateway.ts';

let fashn: OwnFashn;
let gateway: Gateway;

beforeAll(async () => {
  fashn = await startOwnFashn();
  gateway = await startGateway(fashn.url);
});
afterAll(async () => {
  await gateway.stop();
  await fashn.stop();
});
beforeEach(() => void (fashn.calls.length = 0));

function quote(body: unknown, headers: Record<string, string> = { authorization: `Bearer ${STAFF_TOKEN}` }) {
  return gateway.ask('/v1/quote', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

test.each([
  ['one picture', tryOn(), 1],
  ['four pictures', tryOn({ num_samples: 4 }), 4],
  ['try-on max, where FASHN chooses the mode', { model_name: 'tryon-max', inputs: { model_image: MODEL_IMAGE, product_image: MODEL_IMAGE } }, 2],
  ['edit at 4k in quality, twice', { model_name: 'edit', inputs: { image: MODEL_IMAGE, prompt: 'x', resolution: '4k', generation_mode: 'quality', num_images: 2 } }, 10],
  ['a model with a face of its own', { model_name: 'model-create', inputs: { prompt: 'x', face_reference: MODEL_IMAGE } }, 4],
  ['ten seconds of video', { model_name: 'image-to-video', inputs: { image: MODEL_IMAGE, duration: 10, resolution: '1080p' } }, 12],
])('the price of %s', async (_, body, credits) => {
  const before = gateway.runs();
  const answer = await quote(body);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ credits, expected_seconds: { typical: expect.any(Number), longest: expect.any(Number) } });
  expect(fashn.calls).toEqual([]);
  expect(gateway.runs()).toBe(before);
});

test('it is as strict as the run itself', async () => {
  expect((await quote({})).status).toBe(400);
  expect((await quote(tryOn(), {})).status).toBe(401);
  expect((await quote(tryOn(), { origin: 'https://evil.example' })).status).toBe(403);
});

describe('without a policy, a page of the shop', () => {
  test.each<[string, object, string]>([
    ['gets only the try-on models', { model_name: 'face-to-model', inputs: { face_image: MODEL_IMAGE } }, 'model_name'],
    ['gets one picture', tryOn({ num_samples: 2 }), 'inputs.num_samples'],
    ['can’t turn moderation off', tryOn({ moderation_level: 'none' }), 'inputs.moderation_level'],
    [
      'writes no prompts',
      { model_name: 'tryon-max', inputs: { model_image: MODEL_IMAGE, product_image: MODEL_IMAGE, prompt: 'a castle' } },
      'inputs.prompt',
    ],
  ])('%s', async (_, body, path) => {
    const answer = await gateway.run(body, { origin: SHOP });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { errors: { path: string }[] }).errors.map((fault) => fault.path)).toEqual([path]);
    expect(fashn.calls).toEqual([]);
    // Staff may.
    expect((await gateway.run(body)).status).toBe(200);
  });
});

test('a policy in wrangler.toml’s own form pins and completes what is sent', async () => {
  const policy = {
    models: ['tryon-v1.6'],
    pinned: { 'tryon-v1.6': { moderation_level: 'conservative' } },
    defaults: { 'tryon-v1.6': { output_format: 'jpeg' } },
  };
  const bound = await startGateway(fashn.url, { POLICY: policy });
  try {
    expect((await bound.run(tryOn(), { origin: SHOP })).status).toBe(200);
    expect(JSON.parse(fashn.calls.at(-1)?.body ?? '').inputs).toMatchObject({ moderation_level: 'conservative', output_format: 'jpeg' });
    const changed = await bound.run(tryOn({ moderation_level: 'permissive' }), { origin: SHOP });
    expect(await changed.json()).toMatchObject({ errors: [{ path: 'inputs.moderation_level' }] });
    const other = await bound.run({ model_name: 'tryon-max', inputs: { model_image: MODEL_IMAGE, product_image: MODEL_IMAGE } }, { origin: SHOP });
    expect(await other.json()).toMatchObject({ errors: [{ path: 'model_name' }] });
  } finally {
    await bound.stop();
  }
});

test('a policy that can’t be read keeps the gateway from working, and says where', async () => {
  const bound = await startGateway(fashn.url, { POLICY: { max_output: 1 } });
  try {
    expect(await (await bound.readyz()).json()).toMatchObject({ ready: false, problems: [{ setting: 'POLICY', message: expect.stringContaining('max_output') }] });
    expect((await bound.run(tryOn())).status).toBe(503);
  } finally {
    await bound.stop();
  }
});

// A run over time: its states, its outputs' lifetimes, and what a restart of the object leaves of it.
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Sandbox } from './sandbox.ts';
import { dataUrl, person, shirt } from './pictures.ts';
import { Receiver } from './receiver.ts';

let sandbox: Sandbox;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await Receiver.open();
});
afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

const tryon = async (more: Record<string, unknown> = {}) => ({
  model_name: 'tryon-v1.6',
  inputs: { model_image: dataUrl('image/jpeg', await person(400, 600)), garment_image: dataUrl('image/jpeg', await shirt()), ...more },
});

it('goes through its states as documented: 8 seconds for a balanced try-on', async () => {
  // A hundred times slower, so that no state passes while a busy machine replies.
  sandbox = await Sandbox.open({ TIME_SCALE: '100' });
  const id = await sandbox.accepted(await tryon());
  const seen = async () => (await sandbox.status(id)).body.status;
  expect(await seen()).toBe('starting');
  await sandbox.advance(60_000);
  expect(await seen()).toBe('in_queue');
  await sandbox.advance(120_000);
  expect(await seen()).toBe('processing');
  expect((await sandbox.status(id)).body).toEqual({ id, status: 'processing', error: null });
  await sandbox.advance(700_000);
  const entry = await sandbox.ended(id);
  expect(await seen()).toBe('completed');
  expect(entry.takes_ms).toBe(100 * 8000);
});

it.each([
  [{ mode: 'performance' }, 5000, 5000],
  [{ mode: 'quality' }, 12_000, 17_000],
])('takes its time by mode: %o', async (inputs, shortest, longest) => {
  sandbox = await Sandbox.open({ TIME_SCALE: '1' });
  await sandbox.accepted(await tryon(inputs));
  const { takes_ms } = (await sandbox.journal()).runs[0]!;
  expect(takes_ms).toBeGreaterThanOrEqual(shortest);
  expect(takes_ms).toBeLessThanOrEqual(longest);
});

it('scales every time by one setting', async () => {
  sandbox = await Sandbox.open({ TIME_SCALE: '0.01' });
  const id = await sandbox.accepted(await tryon());
  expect((await sandbox.ended(id)).takes_ms).toBe(80);
});

it('keeps outputs on the CDN for 72 hours', async () => {
  sandbox = await Sandbox.open();
  const id = await sandbox.accepted(await tryon({ num_samples: 2 }));
  await sandbox.ended(id);
  const addresses = (await sandbox.status(id)).body.output as string[];
  expect(addresses).toHaveLength(2);
  await sandbox.advance(72 * 3600_000 - 60_000);
  expect((await fetch(addresses[1]!)).status).toBe(200);
  await sandbox.advance(60_000);
  for (const address of addresses) expect((await fetch(address)).status).toBe(404);
  expect((await sandbox.status(id)).body).toMatchObject({ status: 'completed', output: addresses });
});

it('keeps base64 outputs for 60 minutes, and never on the CDN', async () => {
  sandbox = await Sandbox.open();
  const id = await sandbox.accepted(await tryon({ return_base64: true, output_format: 'jpeg' }), `${receiver.origin}/hook`);
  await sandbox.ended(id);
  const output = (await sandbox.status(id)).body.output as string[];
  expect(output[0]).toMatch(/^data:image\/jpeg;base64,\/9j\//);
  expect((await fetch(`${sandbox.origin}/cdn/${id}/output_0.jpeg`)).status).toBe(404);
  await sandbox.advance(59 * 60_000);
  expect((await sandbox.status(id)).body.output).toEqual(output);
  await sandbox.advance(60_000);
  expect((await sandbox.status(id)).body).toMatchObject({ status: 'completed', output: ['_expired'] });
});

it('serves parts of an output, as players ask for them', async () => {
  sandbox = await Sandbox.open();
  const noise = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 60 } } }).png().toBuffer();
  const id = await sandbox.accepted({ model_name: 'background-remove', inputs: { image: dataUrl('image/png', noise) } });
  await sandbox.ended(id);
  const address = `${sandbox.origin}/cdn/${id}/output_0.png`;
  const whole = new Uint8Array(await (await fetch(address)).arrayBuffer());
  expect(whole.length, 'more than one stored piece').toBeGreaterThan(1 << 20);
  const across = await fetch(address, { headers: { range: 'bytes=1048570-1048585' } });
  expect([across.status, across.headers.get('content-range')]).toEqual([206, `bytes 1048570-1048585/${whole.length}`]);
  expect(new Uint8Array(await across.arrayBuffer())).toEqual(whole.slice(1048570, 1048586));
  expect((await fetch(address, { headers: { range: `bytes=${whole.length}-` } })).status).toBe(416);
  const head = await fetch(address, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'image/png']);
});

it('loses nothing when its object is evicted at any step', async () => {
  sandbox = await Sandbox.open({ TIME_SCALE: '100', WEBHOOK_TIME_SCALE: '0.001' });
  receiver.answers.push((response) => response.writeHead(500).end());
  const id = await sandbox.accepted(await tryon(), `${receiver.origin}/hook`);
  await sandbox.evict();
  expect((await sandbox.status(id)).body.status).toMatch(/starting|in_queue/);
  await sandbox.advance(200_000);
  await sandbox.evict();
  await sandbox.advance(700_000);
  const entry = await sandbox.ended(id);
  await sandbox.evict();
  expect((await sandbox.status(id)).body.status).toBe('completed');
  expect(entry.credits_charged).toBe(1);
  expect((await sandbox.credits()).body.credits.total).toBe(1499);
  expect((await fetch(`${sandbox.origin}/cdn/${id}/output_0.png`)).status).toBe(200);
});

it('repeats itself with its seed', async () => {
  sandbox = await Sandbox.open({ TIME_SCALE: '1' });
  const round = async () => {
    await sandbox.control('POST', 'reset', { seed: 99 });
    await sandbox.accepted(await tryon({ mode: 'quality' }));
    await sandbox.accepted(await tryon({ mode: 'quality' }));
    return (await sandbox.journal()).runs.map(({ id, takes_ms }) => [id, takes_ms]);
  };
  const first = await round();
  expect(await round()).toEqual(first);
});

it('has one hash for equal inputs, whatever their order', async () => {
  sandbox = await Sandbox.open();
  const { inputs } = await tryon();
  await sandbox.accepted({ model_name: 'tryon-v1.6', inputs });
  await sandbox.accepted({ inputs: { garment_image: inputs.garment_image, model_image: inputs.model_image }, model_name: 'tryon-v1.6' });
  await sandbox.accepted({ model_name: 'tryon-v1.6', inputs: { ...inputs, seed: 1 } });
  const [one, other, third] = (await sandbox.journal()).runs.map((run) => run.inputs_sha256);
  expect(one).toBe(other);
  expect(one).not.toBe(third);
});

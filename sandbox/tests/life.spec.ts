// A run over time: its states, its outputs' lifetimes, and what a restart of the object leaves of it.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Desk } from './desk.ts';
import { dataUrl, person, shirt } from './pictures.ts';
import { Receiver } from './receiver.ts';

let desk: Desk;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await Receiver.open();
});
afterEach(async () => {
  await desk.close();
  await receiver.close();
});

const tryon = async (more: Record<string, unknown> = {}) => ({
  model_name: 'tryon-v1.6',
  inputs: { model_image: dataUrl('image/jpeg', await person(400, 600)), garment_image: dataUrl('image/jpeg', await shirt()), ...more },
});

it('goes through its states as documented: 8 seconds for a balanced try-on', async () => {
  desk = await Desk.open({ TIME_SCALE: '1' });
  const id = await desk.accepted(await tryon());
  const seen = async () => (await desk.status(id)).body.status;
  expect(await seen()).toBe('starting');
  await desk.advance(600);
  expect(await seen()).toBe('in_queue');
  await desk.advance(1200);
  expect(await seen()).toBe('processing');
  expect((await desk.status(id)).body).toEqual({ id, status: 'processing', error: null });
  await desk.advance(7000);
  const entry = await desk.ended(id);
  expect(await seen()).toBe('completed');
  expect(entry.takes_ms).toBe(8000);
});

it.each([
  [{ mode: 'performance' }, 5000, 5000],
  [{ mode: 'quality' }, 12_000, 17_000],
])('takes its time by mode: %o', async (inputs, shortest, longest) => {
  desk = await Desk.open({ TIME_SCALE: '1' });
  await desk.accepted(await tryon(inputs));
  const { takes_ms } = (await desk.journal()).runs[0]!;
  expect(takes_ms).toBeGreaterThanOrEqual(shortest);
  expect(takes_ms).toBeLessThanOrEqual(longest);
});

it('scales every time by one setting', async () => {
  desk = await Desk.open({ TIME_SCALE: '0.01' });
  const id = await desk.accepted(await tryon());
  expect((await desk.ended(id)).takes_ms).toBe(80);
});

it('keeps outputs on the CDN for 72 hours', async () => {
  desk = await Desk.open();
  const id = await desk.accepted(await tryon({ num_samples: 2 }));
  await desk.ended(id);
  const addresses = (await desk.status(id)).body.output as string[];
  expect(addresses).toHaveLength(2);
  await desk.advance(72 * 3600_000 - 60_000);
  expect((await fetch(addresses[1]!)).status).toBe(200);
  await desk.advance(60_000);
  for (const address of addresses) expect((await fetch(address)).status).toBe(404);
  expect((await desk.status(id)).body).toMatchObject({ status: 'completed', output: addresses });
});

it('keeps base64 outputs for 60 minutes, and never on the CDN', async () => {
  desk = await Desk.open();
  const id = await desk.accepted(await tryon({ return_base64: true, output_format: 'jpeg' }), `${receiver.origin}/hook`);
  await desk.ended(id);
  const output = (await desk.status(id)).body.output as string[];
  expect(output[0]).toMatch(/^data:image\/jpeg;base64,\/9j\//);
  expect((await fetch(`${desk.origin}/cdn/${id}/output_0.jpeg`)).status).toBe(404);
  await desk.advance(59 * 60_000);
  expect((await desk.status(id)).body.output).toEqual(output);
  await desk.advance(60_000);
  expect((await desk.status(id)).body).toMatchObject({ status: 'completed', output: ['_expired'] });
});

it('serves parts of an output, as players ask for them', async () => {
  desk = await Desk.open();
  const id = await desk.accepted(await tryon());
  await desk.ended(id);
  const address = `${desk.origin}/cdn/${id}/output_0.png`;
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
  desk = await Desk.open({ TIME_SCALE: '1', WEBHOOK_TIME_SCALE: '0.001' });
  receiver.answers.push((response) => response.writeHead(500).end());
  const id = await desk.accepted(await tryon(), `${receiver.origin}/hook`);
  await desk.evict();
  expect((await desk.status(id)).body.status).toMatch(/starting|in_queue/);
  await desk.advance(2000);
  await desk.evict();
  await desk.advance(7000);
  const entry = await desk.ended(id);
  await desk.evict();
  expect((await desk.status(id)).body.status).toBe('completed');
  expect(entry.credits_charged).toBe(1);
  expect((await desk.credits()).body.credits.total).toBe(1499);
  expect((await fetch(`${desk.origin}/cdn/${id}/output_0.png`)).status).toBe(200);
});

it('repeats itself with its seed', async () => {
  desk = await Desk.open({ TIME_SCALE: '1' });
  const round = async () => {
    await desk.control('POST', 'reset', { seed: 99 });
    await desk.accepted(await tryon({ mode: 'quality' }));
    await desk.accepted(await tryon({ mode: 'quality' }));
    return (await desk.journal()).runs.map(({ id, takes_ms }) => [id, takes_ms]);
  };
  const first = await round();
  expect(await round()).toEqual(first);
});

it('has one hash for equal inputs, whatever their order', async () => {
  desk = await Desk.open();
  const { inputs } = await tryon();
  await desk.accepted({ model_name: 'tryon-v1.6', inputs });
  await desk.accepted({ inputs: { garment_image: inputs.garment_image, model_image: inputs.model_image }, model_name: 'tryon-v1.6' });
  await desk.accepted({ model_name: 'tryon-v1.6', inputs: { ...inputs, seed: 1 } });
  const [one, other, third] = (await desk.journal()).runs.map((run) => run.inputs_sha256);
  expect(one).toBe(other);
  expect(one).not.toBe(third);
});

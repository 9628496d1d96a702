// What real clients send, as `npm run record-senders` recorded it, byte for byte against the built gateway. Each sends the
// same run: the picture, the garment's address, the seed.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bare } from '../bare.ts';
import { fashn, gateway, useGateway } from '../one-gateway.ts';

const FOLDER = new URL('recorded/', import.meta.url);
const clients = JSON.parse(readFileSync(new URL('clients.json', FOLDER), 'utf8')) as Record<string, string>;
const recorded = readdirSync(FOLDER).filter((name) => name.endsWith('.http'));
const picture = readFileSync(new URL('picture.jpg', FOLDER));

useGateway({ STAFF_TOKEN: 'staff-token-of-the-recorded' });

test.each(recorded)('%s', async (name) => {
  const bytes = readFileSync(new URL(name, FOLDER));
  const answer = await bare(Number(gateway.url.port), bytes);
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 200 });
  expect(JSON.parse(fashn.calls.find(({ method }) => method === 'POST')?.body ?? '{}')).toEqual({
    model_name: 'tryon-v1.6',
    inputs: { model_image: `data:image/jpeg;base64,${picture.toString('base64')}`, garment_image: 'https://cdn.shopify.com/s/files/shirt.jpg', seed: 7 },
  });
});

test('they are of three browsers and of eight other clients, each with its version', () => {
  const named = [...new Set(recorded.map((name) => name.slice(0, name.indexOf('.'))))];
  expect(named.toSorted()).toEqual(Object.keys(clients).toSorted());
  expect(named).toEqual(expect.arrayContaining(['chromium', 'firefox', 'webkit', 'curl', 'undici', 'python-requests', 'python-httpx', 'python-aiohttp', 'php', 'go', 'okhttp-by-hand', 'dotnet-by-hand']));
  for (const version of Object.values(clients)) expect(version).toMatch(/\d|NET/);
});

test.each(recorded)('%s, cut off in its body, is refused', async (name) => {
  const bytes = readFileSync(new URL(name, FOLDER));
  const answer = await bare(Number(gateway.url.port), bytes.subarray(0, bytes.length - 40), { stall: true });
  expect(answer.status).not.toBe(200);
  expect(fashn.calls).toEqual([]);
});

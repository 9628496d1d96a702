// One try-on, whole: accepted, its states, its picture, its webhook, its credits.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { Sandbox, until } from './sandbox.ts';
import { dataUrl, person, shirt } from './pictures.ts';
import { Receiver } from './receiver.ts';

let sandbox: Sandbox;
let receiver: Receiver;
let inputs: { model_image: string; garment_image: string };

beforeAll(async () => {
  sandbox = await Sandbox.open();
  receiver = await Receiver.open();
  inputs = {
    model_image: receiver.serve('/person.jpg', 'image/jpeg', await person()),
    garment_image: dataUrl('image/jpeg', await shirt()),
  };
});
afterAll(async () => {
  await sandbox.close();
  await receiver.close();
});

describe('a try-on', () => {
  it('goes from an id to a marked picture of 864×1296 on the CDN', async () => {
    const reply = await sandbox.run({ model_name: 'tryon-v1.6', inputs }, `${receiver.origin}/hook/1?x=1`);
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-u1$/), error: null });
    const { id } = reply.body;
    await sandbox.ended(id);

    const status = await sandbox.status(id);
    const output = [`${sandbox.origin}/cdn/${id}/output_0.png`];
    expect(status.body).toEqual({ id, status: 'completed', output, error: null });
    expect(status.headers.get('x-fashn-credits-used')).toBe('1');

    const answer = await fetch(output[0]!);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(answer.headers.get('content-length')).toBe(String(bytes.length));
    const { width, height, format } = await sharp(bytes).metadata();
    expect([format, width, height]).toEqual(['png', 864, 1296]);
    if (process.env['KEEP_PICTURES'] !== undefined) writeFileSync(`${process.env['KEEP_PICTURES']}/tryon.png`, bytes);

    const delivery = await until('the webhook', () => receiver.deliveries.find(({ path }) => path === '/hook/1?x=1'));
    expect(delivery.body).toEqual(status.body);
    expect(delivery.headers['content-type']).toBe('application/json');
  });

  it('fails in FASHN’s words when a picture can’t be loaded, and costs nothing', async () => {
    const before = (await sandbox.credits()).body.credits.total;
    receiver.serve('/text', 'text/plain;charset=UTF-8', Buffer.from('hello'));
    receiver.serve('/broken.jpg', 'image/jpeg', Buffer.from('hello'));
    for (const [address, message] of [
      [`${receiver.origin}/nothing.jpg`, 'Error loading garment image: The URL answered with HTTP status 404'],
      [`${receiver.origin}/text`, 'Error loading garment image: The URL\'s Content-Type is not an image. Content-Type: text/plain;charset=UTF-8'],
      [`${receiver.origin}/broken.jpg`, 'Error loading garment image: Unsupported image format. Use JPEG, PNG or WebP'],
      ['garment.jpg', 'Error loading garment image: Invalid URL format'],
      ['ftp://example.com/garment.jpg', 'Error loading garment image: Invalid URL format'],
    ]) {
      const id = await sandbox.accepted({ model_name: 'tryon-v1.6', inputs: { ...inputs, garment_image: address } });
      await sandbox.ended(id);
      const status = await sandbox.status(id);
      expect(status.status).toBe(200);
      expect(status.body).toEqual({ id, status: 'failed', error: { name: 'ImageLoadError', message } });
      expect(status.headers.get('x-fashn-credits-used')).toBeNull();
    }
    expect((await sandbox.credits()).body.credits.total).toBe(before);
  });
});

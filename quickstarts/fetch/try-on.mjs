// A try-on from a server, without a library: node try-on.mjs PHOTO GARMENT
import { readFile } from 'node:fs/promises';

const { FASHN_BASE_URL: gateway, FASHN_API_KEY: key } = process.env;
const [photo, garment] = process.argv.slice(2);
const headers = { authorization: `Bearer ${key}` };

const form = new FormData();
form.set('model_name', 'tryon-v1.6');
form.set('model_image', new Blob([await readFile(photo)]), 'photo.jpg');
form.set('garment_image', new Blob([await readFile(garment)]), 'garment.jpg');
const answer = await fetch(new URL('/v1/run', gateway), { method: 'POST', headers, body: form });
const run = await answer.json();
if (!answer.ok) throw new Error(run.message);

for (;;) {
  // Answers at the next news, or after 25 seconds.
  const status = await (await fetch(new URL(`/v1/status/${run.id}?wait=25`, gateway))).json();
  if (status.status === 'completed') {
    console.log(status.output[0]);
    break;
  }
  if (status.error) throw new Error(status.error.message);
}

// A try-on with FASHN's SDK: node try-on.ts PHOTO GARMENT
// The SDK reads FASHN_BASE_URL and FASHN_API_KEY from the environment.
import { readFile } from 'node:fs/promises';
import Fashn from 'fashn';

const [photo = '', garment = ''] = process.argv.slice(2);
const picture = async (file: string) =>
  `data:image/jpeg;base64,${(await readFile(file)).toString('base64')}`;

const client = new Fashn();
const done = await client.predictions.subscribe({
  model_name: 'tryon-v1.6',
  inputs: { model_image: await picture(photo), garment_image: await picture(garment) },
});
if (done.status !== 'completed') throw new Error(done.error?.message ?? done.status);
console.log(done.output?.[0]);

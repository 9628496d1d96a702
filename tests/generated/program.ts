// A run by the client that openapi-typescript and openapi-fetch make of the contract: minimal inputs, status, output. The
// test puts it beside the generated types.
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

const [baseUrl = '', token = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });
const picture = (name: string) => new URL(`/pictures/${name}.jpg`, baseUrl).href;

const { data: run, error } = await client.POST('/v1/run', {
  body: { model_name: 'tryon-v1.6', inputs: { model_image: picture('shopper-man'), garment_image: picture('tshirt-sage') } },
});
if (!run) throw new Error(error.message);
const path = { id: run.id };
for (;;) {
  const { data: prediction } = await client.GET('/v1/status/{id}', { params: { path, query: { wait: 25 } }, parseAs: 'json' });
  if (!prediction || typeof prediction === 'string') throw new Error('no status');
  const status: string = prediction.status;
  if (status === 'failed') throw new Error(prediction.error?.message);
  if (status === 'completed') break;
}
const { data: bytes } = await client.GET('/v1/outputs/{id}/{n}', { params: { path: { ...path, n: 0 } }, parseAs: 'arrayBuffer' });
if (!bytes) throw new Error('no output');
console.log(Buffer.from(bytes).subarray(0, 4).toString('hex'), bytes.byteLength);

// Sends the recorded requests with Node's own fetch, which is undici.
const base = process.argv[2];
const { token, picture, address } = await (await fetch(`${base}/what`)).json();
const bytes = Buffer.from(picture, 'base64');
const send = (name, body, more = {}, headers = {}) =>
  fetch(`${base}/v1/run`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'x-case': name, ...headers },
    body,
    ...more,
  });
const form = (fields) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
};
const fields = { model_name: 'tryon-v1.6', garment_image: address, inputs: '{"seed":7}' };
const json = JSON.stringify({
  model_name: 'tryon-v1.6',
  inputs: {
    model_image: `data:image/jpeg;base64,${picture}`,
    garment_image: address,
    seed: 7,
  },
});
const type = { 'content-type': 'application/json' };
await send('json', json, {}, type);
await send('stream', new Blob([json]).stream(), { duplex: 'half' }, type);
const photo = new File([bytes], 'photo.jpg', { type: 'image/jpeg' });
await send('form', form({ ...fields, model_image: photo }));
const odd = new File([bytes], 'mein "Foto"; é.png', { type: 'image/png' });
await send('odd-name', form({ ...fields, model_image: odd }));
const inputs = new Blob(['{"seed":7}'], { type: 'application/json' });
await send('blobs', form({ ...fields, inputs, model_image: new Blob([bytes]) }));

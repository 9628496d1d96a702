// One whole try-on, with the demo shop's pictures.
import { bad, good } from './finding.mjs';
import { ask, jsonOf } from './reach.mjs';

/** A shopper's patience, and the gateway's longest wait for one question. */
const LIMIT_MS = 180_000;
const WAIT_SECONDS = 10;

/** It costs one credit of FASHN's, and nothing in the sandbox. */
export async function tryOn({ gateway, shop, staff }) {
  const json = { 'content-type': 'application/json' };
  const caller = shop === undefined ? staff : { origin: shop };
  const picture = (name) => new URL(`/pictures/${name}`, gateway).href;
  const photo = await fetch(picture('shopper-woman.jpg'), { signal: AbortSignal.timeout(15_000) });
  if (!photo.ok) return bad('The demo shop’s photograph is missing.', 'Deploy with the static files.');
  const bytes = Buffer.from(await photo.arrayBuffer()).toString('base64');
  const began = Date.now();
  const sent = await ask(new URL('/v1/run', gateway), {
    method: 'POST',
    headers: { ...json, ...caller },
    body: JSON.stringify({
      model_name: 'tryon-v1.6',
      inputs: {
        model_image: `data:image/jpeg;base64,${bytes}`,
        garment_image: picture('tshirt-sage.jpg'),
      },
    }),
  });
  const run = jsonOf(sent) ?? {};
  if (sent.status !== 200) {
    return bad(
      `A try-on is refused with ${sent.status}: ${run.message ?? sent.text.slice(0, 200)}`,
      'docs/troubleshooting.md has this sentence, with what mends it.',
    );
  }
  for (;;) {
    const answer = await ask(new URL(`/v1/status/${run.id}?wait=${WAIT_SECONDS}`, gateway));
    const { status, error, output } = jsonOf(answer) ?? {};
    const seconds = Math.round((Date.now() - began) / 1_000);
    if (status === 'completed') return picked(output, answer, seconds);
    if (status === 'failed' || status === 'time_out' || status === 'canceled') {
      return bad(`A try-on ended as ${status}: ${error?.message ?? ''}`, error?.advice);
    }
    if (answer.status !== 200 || Date.now() - began > LIMIT_MS) {
      return bad(
        `A try-on is ${status ?? `answered with ${answer.status}`} after ${seconds} seconds.`,
        'See that FASHN’s webhook reaches the gateway, and FASHN’s status page.',
      );
    }
  }
}

async function picked(output, { headers }, seconds) {
  const [first] = Array.isArray(output) ? output : (output?.images ?? []);
  const got = await ask(first);
  if (got.status !== 200) {
    return bad(`The picture was made, and its address answers ${got.status}.`, 'Check OUTPUT_ADDRESSES.');
  }
  const credits = headers.get('x-fashn-credits-used');
  return good(
    `A try-on was completed in ${seconds} seconds${credits === null ? '' : `, for ${credits} credits`}.`,
  );
}

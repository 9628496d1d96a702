// Before anything is measured: whoever says that they do the gateway's work does it. One table of requests and answers that the gateway
// and its two peers have to give alike. A difference ends the bench.
import type { Answer, Ask } from './connection.ts';
import { headerOf } from './connection.ts';
import { Target } from './target.ts';
import { PUBLIC_ORIGIN, type Variant } from './variants.ts';
import { MODEL_IMAGE, SHOP } from '../tests/gateway.ts';

const GARMENT = 'https://cdn.shopify.com/s/files/shirt.jpg';
const JPEG_AS_PNG = `data:image/png;base64,${Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex').toString('base64')}`;

/** Runs that are refused: what is wrong, and where. */
const FAULTY: [what: string, inputs: object, path: string][] = [
  ['an unknown input', { hat: 'red' }, 'inputs.hat'],
  ['a number as text', { seed: '1' }, 'inputs.seed'],
  ['a seed out of range', { seed: 2 ** 32 }, 'inputs.seed'],
  ['a choice that there isn’t', { mode: 'best' }, 'inputs.mode'],
  ['more pictures than a shopper gets', { num_samples: 4 }, 'inputs.num_samples'],
  ['no moderation', { moderation_level: 'none' }, 'inputs.moderation_level'],
  ['a product from another host', { garment_image: 'https://evil.example/shirt.jpg' }, 'inputs.garment_image'],
  ['a product without https', { garment_image: 'http://cdn.shopify.com/shirt.jpg' }, 'inputs.garment_image'],
  ['a photograph by its address', { model_image: 'https://cdn.shopify.com/me.jpg' }, 'inputs.model_image'],
  ['a photograph that is something else', { model_image: JPEG_AS_PNG }, 'inputs.model_image'],
  ['a photograph that is not base64', { model_image: `${MODEL_IMAGE.slice(0, -4)}A A=` }, 'inputs.model_image'],
  ['no product', { garment_image: undefined }, 'inputs.garment_image'],
];

export async function doSameWork(variant: Variant): Promise<void> {
  const target = await Target.start(variant);
  try {
    await refusesWhatItShould(target);
    await playsARun(target);
  } finally {
    await target.stop();
  }
  const poor = await Target.start(variant, { DAY_CREDITS: '1' });
  try {
    is(poor, 'the run that a budget is for', await poor.ask(run(poor, {})), 200);
    const over = await poor.ask(run(poor, { garment_image: `${GARMENT}?2` }, 1));
    is(poor, 'a run over the budget', over, 429);
    const closed = await poor.ask(shop(poor));
    must(poor, 'a shop that is over its budget', 'closed', closed.body.startsWith('{"open":false,"reason":"budget"'));
    must(poor, 'a run over the budget', 'Retry-After', Number(headerOf(over, 'retry-after')) > 0);
  } finally {
    await poor.stop();
  }
}

async function refusesWhatItShould(target: Target) {
  for (const [what, inputs, path] of FAULTY) {
    const answer = await target.ask(run(target, inputs));
    is(target, what, answer, 400);
    must(target, what, `a fault at ${path}`, answer.body.includes(`"path":"${path}"`));
  }
  const headers = { 'content-type': 'application/json' };
  is(target, 'half a body', await target.ask({ head: target.head('POST', '/v1/run', headers), body: [Buffer.from('{"model_name":')] }), 400);
  is(target, 'a body over the cap', await target.ask({ head: target.head('POST', '/v1/run', { ...headers, 'content-length': String(17 << 20) }) }), 413);
  is(target, 'another page', await target.ask(run(target, {}, 0, { origin: 'https://evil.example' })), 403);
  is(target, 'another page that asks whether the shop is open', await target.ask(shop(target, { origin: 'https://evil.example' })), 403);
  const open = await target.ask(shop(target));
  must(target, 'a shop that is open', 'all that a page is told', open.body === OPEN);
  for (const [name, value] of Object.entries({ ...ALWAYS, 'cache-control': 'public, max-age=30' })) must(target, 'a shop', `${name}: ${value}`, headerOf(open, name)?.toLowerCase() === value);
  is(target, 'no route', await target.ask({ head: target.head('GET', '/v1/nothing') }), 404);
  must(target, 'what is refused', 'nothing sent to FASHN', target.fashn.calls.run === 0);
}

async function playsARun(target: Target) {
  const { fashn } = target;
  const accepted = await target.ask(run(target, {}, 0, {}, { pollInterval: 1_000 }));
  is(target, 'a run', accepted, 200);
  const { id } = JSON.parse(accepted.body) as { id: string };
  must(target, 'a run', 'known fields for FASHN, and no others', fashn.lastRun.includes('model_image') && !fashn.lastRun.includes('pollInterval'));
  const again = await target.ask(run(target, {}, 0, visitorOf(accepted)));
  must(target, 'the same run again', 'the id that there is, and one run', again.body === accepted.body && fashn.calls.run === 1);
  must(target, 'a run', 'another id than its token', !(fashn.live[0]?.webhook ?? id).includes(id));

  const live = await target.ask(status(target, id));
  is(target, 'a live status', live, 200);
  must(target, 'a live status', 'processing', live.body.includes('"status":"processing"'));
  for (const [name, value] of Object.entries(ALWAYS)) must(target, 'an answer', `${name}: ${value}`, headerOf(live, name)?.toLowerCase() === value);
  is(target, 'If-None-Match', await target.ask(status(target, id, { 'if-none-match': headerOf(live, 'etag') ?? '' })), 304);
  const turned = id.replace(/^../, (two) => (two === 'AA' ? 'BB' : 'AA'));
  is(target, 'a forged id', await target.ask(status(target, turned)), 404);

  const [taken] = fashn.live;
  if (!taken) throw new Error(`${target.variant.name} gave FASHN no webhook`);
  const claim = Buffer.from(JSON.stringify({ id: 'another', status: 'completed', output: [], error: null }));
  is(target, 'a webhook of another run', await target.ask({ ...target.webhook(taken), body: [claim] }), 404);
  is(target, 'a forged token', await target.ask(target.webhook({ ...taken, webhook: `/webhooks/fashn/${id}` })), 404);
  must(target, 'what is forged', 'no question to FASHN', fashn.calls.status === 0);
  for (const what of ['a webhook', 'the same webhook again']) {
    is(target, what, await target.ask(target.webhook(taken)), 204);
    must(target, what, 'one question to FASHN', fashn.calls.status === 1);
  }
  const done = await target.ask(status(target, id));
  must(target, 'a finished status', 'completed', done.body.includes('"status":"completed"'));
  must(target, 'a finished status', 'the output at an address of its own', done.body.includes(`"output":["${PUBLIC_ORIGIN}/v1/outputs/${id}/0"]`));
  must(target, 'a finished status', 'the credits used', headerOf(done, 'x-fashn-credits-used') === '1');
}

const ALWAYS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
  'access-control-allow-origin': SHOP,
  vary: 'origin',
};

function run(target: Target, inputs: object, visitor = 0, headers: Record<string, string> = {}, beside: object = {}): Ask {
  const body = { model_name: 'tryon-v1.6', inputs: { model_image: MODEL_IMAGE, garment_image: GARMENT, ...inputs }, ...beside };
  return {
    head: target.head('POST', '/v1/run', { 'content-type': 'application/json', ...target.visitor(visitor), ...headers }),
    body: [Buffer.from(JSON.stringify(body))],
  };
}

const OPEN = '{"open":true,"reason":null,"models":["tryon-v1.6","tryon-max"],"consent_version":null,"consent_mode":"told","challenge":null}';

const shop = (target: Target, headers: Record<string, string> = {}): Ask => ({ head: target.head('GET', '/v1/shop', headers) });

const status = (target: Target, id: string, headers: Record<string, string> = {}): Ask => ({ head: target.head('GET', `/v1/status/${id}`, headers) });

function visitorOf(answer: Answer): Record<string, string> {
  const token = headerOf(answer, 'x-visitor');
  return token === undefined ? {} : { 'x-visitor': token };
}

function is(target: Target, what: string, answer: Answer, status: number) {
  must(target, what, `${status} rather than ${answer.status} ${answer.body.slice(0, 300)}`, answer.status === status);
}

function must(target: Target, what: string, wanted: string, met: boolean) {
  if (!met) throw new Error(`${target.variant.name} does other work than the others: for ${what} there must be ${wanted}`);
}

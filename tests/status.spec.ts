// GET /v1/status/{id}, and the webhook that brings the end: POST /webhooks/fashn/{token}
import { describe, expect, test } from 'vitest';
import { SHOP, accepting, json, startGateway, tryOn, until, webhookOf } from './gateway.ts';
import { fashn, gateway, useGateway } from './one-gateway.ts';

const URL_OUTPUT = 'https://cdn.fashn.ai/a-u1/output_0.png';

useGateway();

/** Sends a run; answers its id and the path that its webhook goes to. */
async function sent(): Promise<{ id: string; webhook: string }> {
  const answer = await gateway.run(tryOn());
  const { id } = (await answer.json()) as { id: string };
  const webhook = webhookOf(fashn.calls.at(-1));
  fashn.calls.length = 0;
  return { id, webhook };
}

function hook(path: string, body: unknown): Promise<Response> {
  return gateway.ask(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
}

/** Where an output is shown: FASHN’s own address stays here. */
const shown = (id: string) => `${gateway.url.origin}/v1/outputs/${id}/0`;

const completed = { id: 'a-u1', status: 'completed', output: [URL_OUTPUT], error: null };

test('a run that FASHN has is processing', async () => {
  const { id } = await sent();
  const answer = await gateway.ask(`/v1/status/${id}`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ id, status: 'processing', error: null, eta_seconds: expect.any(Number) });
});

test('a webhook, confirmed by one status call, completes it and tells the credits', async () => {
  const { id, webhook } = await sent();
  fashn.answer = accepting('a-u1', completed, { 'x-fashn-credits-used': '1' });
  expect((await hook(webhook, completed)).status).toBe(204);
  expect(fashn.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/status/a-u1']);

  const answer = await gateway.ask(`/v1/status/${id}`);
  expect(answer.headers.get('x-fashn-credits-used')).toBe('1');
  expect(await answer.json()).toEqual({ id, status: 'completed', output: [shown(id)], error: null, expires_at: expect.any(Number) });
});

test('the same webhook again changes nothing and asks nobody', async () => {
  const { webhook } = await sent();
  fashn.answer = accepting('a-u1', completed);
  await hook(webhook, completed);
  fashn.calls.length = 0;
  expect((await hook(webhook, completed)).status).toBe(204);
  expect((await hook(webhook, { ...completed, status: 'failed' })).status).toBe(204);
  expect(fashn.calls).toEqual([]);
});

test('a webhook that lies is not believed: FASHN is asked', async () => {
  const { id, webhook } = await sent();
  fashn.answer = accepting('a-u1', { status: 'processing' });
  expect((await hook(webhook, { ...completed, output: ['https://cdn.fashn.ai/other.png'] })).status).toBe(502);
  expect(await (await gateway.ask(`/v1/status/${id}`)).json()).toMatchObject({ status: 'processing' });
});

test('a webhook while FASHN can’t be asked comes again, or is confirmed by the alarm', async () => {
  const { id, webhook } = await sent();
  fashn.answer = (_, response) => json(response, 429, { error: 'RateLimitExceeded', message: 'slow down' });
  const refused = await hook(webhook, completed);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-9]/)]);
  fashn.answer = accepting('a-u1', completed);
  // For a while FASHN isn't asked again. The webhook is written down: the alarm confirms it.
  expect((await hook(webhook, completed)).status).toBe(204);
  const status = async () => (await (await gateway.ask(`/v1/status/${id}`)).json()) as { status: string };
  expect(await status()).toMatchObject({ status: 'processing' });
  await until(async () => (await status()).status === 'completed');
});

test('a webhook that comes before the answer of /v1/run is harmless', async () => {
  fashn.answer = (call, response) => {
    if (call.method === 'GET') return json(response, 200, completed, { 'x-fashn-credits-used': '1' });
    const webhook = webhookOf(call);
    void hook(webhook, completed).then(() => json(response, 200, { id: 'a-u1', error: null }));
  };
  const { id } = (await (await gateway.run(tryOn())).json()) as { id: string };
  expect(await (await gateway.ask(`/v1/status/${id}`)).json()).toMatchObject({ status: 'completed', output: [shown(id)] });
});

test('a webhook for a run whose answer was lost completes it', async () => {
  let webhook = '';
  fashn.answer = (call, response) => {
    webhook = webhookOf(call);
    response.destroy();
  };
  const { id } = (await (await gateway.run(tryOn())).json()) as { id: string };
  fashn.answer = accepting('a-u1', completed);
  expect((await hook(webhook, completed)).status).toBe(204);
  expect(await (await gateway.ask(`/v1/status/${id}`)).json()).toMatchObject({ status: 'completed' });
});

test('a failed run says what a shopper can do', async () => {
  const { id, webhook } = await sent();
  const failed = { id: 'a-u1', status: 'failed', error: { name: 'PoseError', message: 'No pose in model image' } };
  fashn.answer = accepting('a-u1', failed);
  expect((await hook(webhook, failed)).status).toBe(204);
  expect(await (await gateway.ask(`/v1/status/${id}`)).json()).toMatchObject({
    status: 'failed',
    error: { name: 'PoseError', message: 'No pose in model image', action: 'retake', advice: expect.stringMatching(/photo/) },
  });
});

test('pictures in base64 are kept and come back as they were', async () => {
  const picture = `data:image/png;base64,${Buffer.from(Array.from({ length: 300_001 }, (_, at) => at * 7)).toString('base64')}`;
  const { id, webhook } = await sent();
  fashn.answer = accepting('a-u1', { ...completed, output: [picture, picture] });
  expect((await hook(webhook, completed)).status).toBe(204);
  expect(await (await gateway.ask(`/v1/status/${id}`)).json()).toMatchObject({ output: [picture, picture] });
});

test('the other shape of output is kept', async () => {
  const { id, webhook } = await sent();
  fashn.answer = accepting('a-u1', { ...completed, output: { images: [URL_OUTPUT] } });
  await hook(webhook, completed);
  expect(await (await gateway.ask(`/v1/status/${id}`)).json()).toMatchObject({ output: { images: [shown(id)] } });
});

test('an output from somebody else’s address is not passed on', async () => {
  const { id, webhook } = await sent();
  fashn.answer = accepting('a-u1', { ...completed, output: ['https://evil.example/x.png'] });
  await hook(webhook, completed);
  const text = await (await gateway.ask(`/v1/status/${id}`)).text();
  expect(text).not.toContain('evil.example');
  expect(JSON.parse(text)).toMatchObject({ status: 'failed', error: { name: 'PipelineError' } });
});

test('an output from the host of FASHN_BASE_URL is', async () => {
  const { id, webhook } = await sent();
  fashn.answer = accepting('a-u1', { ...completed, output: [`${fashn.url}/cdn/x.png`] });
  await hook(webhook, completed);
  expect(await (await gateway.ask(`/v1/status/${id}`)).json()).toMatchObject({ output: [shown(id)] });
});

describe('what was not minted here is a 404', () => {
  test('ids: forged, changed, of a webhook, too short, strange', async () => {
    const { id, webhook } = await sent();
    const token = webhook.split('/').at(-1) ?? '';
    const changed = `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`;
    const answers = await Promise.all(
      [changed, token, 'x', `${id}A`, id.slice(1), '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1', '%00', '..%2f..%2fhealthz'].map(async (forged) => {
        const answer = await gateway.ask(`/v1/status/${forged}`);
        return `${answer.status} ${await answer.text()}`;
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^404 .*NotFound/);
  });

  test('tokens: forged, changed, of an id', async () => {
    const { id, webhook } = await sent();
    const changed = `${webhook.slice(0, -1)}${webhook.endsWith('A') ? 'B' : 'A'}`;
    for (const forged of [changed, `/webhooks/fashn/${id}`, '/webhooks/fashn/x']) {
      expect((await hook(forged, completed)).status, forged).toBe(404);
    }
    expect(fashn.calls).toEqual([]);
  });

  test('a right token with another run’s id', async () => {
    const { webhook } = await sent();
    expect((await hook(webhook, { ...completed, id: 'b-u1' })).status).toBe(404);
  });

  test('a right token with something that is no prediction', async () => {
    const { webhook } = await sent();
    for (const body of ['', 'nonsense', '{}', '[]', { id: '../x', status: 'completed' }]) {
      expect((await hook(webhook, body)).status, String(body)).toBe(400);
    }
  });
});

test('a result is never cached, sniffed, indexed or told to the next site', async () => {
  const { id } = await sent();
  const { headers } = await gateway.ask(`/v1/status/${id}`);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-robots-tag')).toBe('noindex');
});

describe('what a page of another origin may see', () => {
  test('an allowed origin is echoed, with Vary', async () => {
    const { id } = await sent();
    const { headers } = await gateway.ask(`/v1/status/${id}`, { headers: { origin: SHOP } });
    expect(headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(headers.get('vary')).toMatch(/origin/i);
    expect(headers.get('access-control-expose-headers')).toMatch(/x-fashn-credits-used/);
  });
  test('any other is not', async () => {
    const { headers } = await gateway.ask('/v1/status/x', { headers: { origin: 'https://evil.example' } });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
  test('a preflight allows what the SDKs and the element send', async () => {
    const { status, headers } = await gateway.ask('/v1/run', { method: 'OPTIONS', headers: { origin: SHOP } });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-methods')).toMatch(/POST/);
    for (const name of ['authorization', 'content-type', 'idempotency-key', 'x-stainless-retry-count']) {
      expect(headers.get('access-control-allow-headers')).toContain(name);
    }
  });
  test('even an error can be read by the page that may ask', async () => {
    const answer = await gateway.run({}, { origin: SHOP });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('access-control-allow-origin')).toBe(SHOP);
  });
});

test('a merchant may have FASHN’s own addresses shown', async () => {
  const open = await startGateway(fashn.url, { OUTPUT_ADDRESSES: 'fashn' });
  const { id } = (await (await open.run(tryOn())).json()) as { id: string };
  const webhook = webhookOf(fashn.calls.at(-1));
  fashn.answer = accepting('a-u1', completed);
  expect((await open.ask(webhook, { method: 'POST', body: JSON.stringify(completed) })).status).toBe(204);
  expect(await (await open.ask(`/v1/status/${id}`)).json()).toMatchObject({ output: [URL_OUTPUT] });
  await open.stop();
});

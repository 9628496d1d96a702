// GET /healthz and GET /readyz, and what a gateway with wrong settings does.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, tryOn, type Gateway } from './gateway.ts';

describe('a gateway that is set up', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway('http://127.0.0.1:9');
  });
  afterAll(() => gateway.stop());

  test('is alive and ready', async () => {
    expect(await (await gateway.ask('/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await gateway.ask('/readyz')).json()).toEqual({ ready: true });
    expect(await (await gateway.readyz()).json()).toEqual({ ready: true, problems: [], notices: [] });
    expect((await gateway.ask('/healthz', { method: 'HEAD' })).status).toBe(200);
  });

  test('answers other paths and methods in the same shape', async () => {
    const unknown = await gateway.ask('/v1/nothing');
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: 'NotFound' }]);
    const wrong = await gateway.ask('/v1/run');
    expect([wrong.status, wrong.headers.get('allow'), await wrong.json()]).toMatchObject([405, 'POST, OPTIONS', { error: 'MethodNotAllowed' }]);
  });
});

describe('a gateway whose settings are wrong or missing', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway('http://api.example', { FASHN_API_KEY: undefined, SIGNING_SECRET: 'hunter2', ALLOWED_ORIGINS: 'shop.example' });
  });
  afterAll(() => gateway.stop());

  test('is alive, not ready, and lists everything', async () => {
    expect((await gateway.ask('/healthz')).status).toBe(200);
    const anyones = await gateway.ask('/readyz');
    expect([anyones.status, await anyones.json()]).toEqual([503, { ready: false }]);
    const answer = await gateway.readyz();
    expect(answer.status).toBe(503);
    const { ready, problems } = (await answer.json()) as { ready: boolean; problems: { setting: string }[] };
    expect(ready).toBe(false);
    expect(problems.map(({ setting }) => setting)).toEqual(['FASHN_API_KEY', 'SIGNING_SECRET', 'ALLOWED_ORIGINS', 'FASHN_BASE_URL']);
  });

  test('refuses to work without saying why to strangers, and says it in its log', async () => {
    const answer = await gateway.run(tryOn());
    expect(answer.status).toBe(503);
    const text = await answer.text();
    expect(text).not.toMatch(/FASHN_API_KEY|SIGNING/);
    expect(gateway.log.join('\n')).toMatch(/FASHN_API_KEY/);
    expect(gateway.log.join('\n')).not.toContain('hunter2');
  });
});

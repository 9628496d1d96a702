// Faults of the answer and of the run, and the control route itself.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Sandbox, until } from './sandbox.ts';

let sandbox: Sandbox;
const body = { model_name: 'model-create', inputs: { prompt: 'a model' } };
const raw = (path = '/v1/run', init: RequestInit = { method: 'POST', body: JSON.stringify(body) }) =>
  fetch(sandbox.origin + path, { ...init, headers: { authorization: 'Bearer key' }, redirect: 'manual' });
const accepted = async () => (await sandbox.journal()).runs.length;

beforeAll(async () => {
  sandbox = await Sandbox.open();
});
beforeEach(() => sandbox.control('POST', 'reset'));
afterAll(() => sandbox.close());

describe('the answer', () => {
  it.each([
    ['RateLimitExceeded', 429],
    ['ConcurrencyLimitExceeded', 429],
    ['OutOfCredits', 429],
    ['InternalServerError', 500],
    ['UnauthorizedAccess', 401],
  ])('is refused with %s, and nothing is accepted', async (error, status) => {
    await sandbox.fault({ do: { refuse: { error, retry_after_seconds: 7 } } });
    const reply = await sandbox.run(body);
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([status, '7']);
    expect(reply.body).toMatchObject({ error });
    expect(await accepted()).toBe(0);
    expect((await sandbox.run(body)).status).toBe(200);
  });

  it('is lost after acceptance: no byte of the body comes', async () => {
    await sandbox.fault({ do: { lose_answer: { how: 'cut' } } });
    await expect(raw().then((answer) => answer.text())).rejects.toThrow();
    expect(await accepted()).toBe(1);
  });

  it('hangs after acceptance', async () => {
    await sandbox.fault({ do: { lose_answer: { how: 'hang', ms: 60_000 } } });
    const signal = AbortSignal.timeout(700);
    await expect(raw('/v1/run', { method: 'POST', body: JSON.stringify(body), signal })).rejects.toThrow(/timeout|aborted/i);
    expect(await accepted()).toBe(1);
    expect((await sandbox.credits()).status, 'others are served').toBe(200);
  });

  it('is slow', async () => {
    await sandbox.fault({ do: { slow: { ms: 600 } } });
    const first = raw();
    await until('the run to be accepted', async () => ((await accepted()) === 1 ? true : undefined));
    expect(await Promise.race([first, sandbox.credits().then(() => 'others first')])).toBe('others first');
    expect((await (await first).json()) as object).toMatchObject({ error: null });
  });

  it('is broken JSON, of a run that was accepted', async () => {
    await sandbox.fault({ do: 'broken_json' });
    const answer = await raw();
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toMatch(/^\{/);
    expect(() => JSON.parse(text)).toThrow();
    expect(await accepted()).toBe(1);
  });

  it('is another server’s page, before or after acceptance', async () => {
    await sandbox.fault([
      { do: { status: { status: 502, body: '<h1>Bad gateway</h1>' } } },
      { do: { status: { status: 504, accept: true } }, skip: 1 },
    ]);
    const before = await raw();
    expect([before.status, await before.text()]).toEqual([502, '<h1>Bad gateway</h1>']);
    expect(await accepted()).toBe(0);
    expect((await raw()).status).toBe(504);
    expect(await accepted()).toBe(1);
  });

  it('is a redirect', async () => {
    await sandbox.fault({ do: { redirect: { to: 'https://evil.example/v1/run' } } });
    const answer = await raw();
    expect([answer.status, answer.headers.get('location')]).toEqual([307, 'https://evil.example/v1/run']);
    expect(await accepted()).toBe(0);
  });

  it('may be that of a status, the credits or an output', async () => {
    const id = await sandbox.accepted(body);
    await sandbox.ended(id);
    await sandbox.fault([
      { on: 'status', id, do: { refuse: { error: 'InternalServerError' } } },
      { on: 'credits', do: { status: { status: 503 } } },
      { on: 'output', id, do: { status: { status: 500 } } },
      { on: 'output', id, do: { lose_answer: {} }, skip: 1 },
    ]);
    expect((await sandbox.status('another')).status).toBe(404);
    expect((await sandbox.status(id)).status).toBe(500);
    expect((await sandbox.credits()).status).toBe(503);
    const output = `/cdn/${id}/output_0.png`;
    expect((await raw(output, {})).status).toBe(500);
    await expect(raw(output, {}).then((answer) => answer.arrayBuffer())).rejects.toThrow();
    expect((await raw(output, {})).status).toBe(200);
  });
});

describe('the run', () => {
  it.each(['ImageLoadError', 'ContentModerationError', 'InputValidationError', 'ThirdPartyError', 'UnavailableError', 'PipelineError', 'PoseError', 'BrandNewError'])(
    'fails with %s, for nothing',
    async (name) => {
      await sandbox.fault({ do: { fail: { name, message: 'As asked' } } });
      const id = await sandbox.accepted(body);
      expect(await sandbox.ended(id)).toMatchObject({ status: 'failed', error: { name, message: 'As asked' }, credits_charged: 0 });
    },
  );

  it.each(['canceled', 'time_out'])('ends as %s', async (status) => {
    await sandbox.fault({ do: { end: { status } } });
    const id = await sandbox.accepted(body);
    await sandbox.ended(id);
    expect((await sandbox.status(id)).body).toEqual({ id, status, error: null });
    expect((await sandbox.credits()).body.credits.total).toBe(1500);
  });

  it('never ends', async () => {
    await sandbox.fault({ do: 'stall' });
    const id = await sandbox.accepted(body);
    await sandbox.advance(24 * 3600_000);
    expect((await sandbox.status(id)).body.status).toBe('processing');
  });

  it('takes as long as a fault sets', async () => {
    await sandbox.fault({ do: { take: { ms: 45_000 } } });
    const id = await sandbox.accepted(body);
    await sandbox.advance(44_000);
    expect((await sandbox.status(id)).body.status).toBe('processing');
    await sandbox.advance(1000);
    await sandbox.ended(id);
  });
});

describe('the control route', () => {
  it('is not there unless it was turned on', async () => {
    const closed = await Sandbox.open({ SANDBOX_CONTROL: 'off' });
    try {
      for (const path of ['', 'journal', 'faults', 'reset']) {
        expect((await closed.call('POST', `/_sandbox/${path}`, {})).status).toBe(404);
      }
    } finally {
      await closed.close();
    }
  });

  it('says what is wrong with a fault, and takes none of a list with a wrong one', async () => {
    for (const fault of [{ do: 'stal' }, { do: 'stall', on: 'status' }, [{ do: 'stall' }, { do: 'stall', chance: 2 }], { do: { status: { status: 42 } } }]) {
      const reply = await sandbox.call<{ error: string; message: string }>('POST', '/_sandbox/faults', fault);
      expect(reply.status).toBe(400);
      expect(reply.body).toEqual({ error: 'BadRequest', message: expect.any(String) });
    }
    expect((await sandbox.journal()).faults_waiting).toEqual([]);
  });

  it('counts the faults that were met, and forgets them on request', async () => {
    await sandbox.fault([{ do: 'stall', times: 2 }, { do: 'broken_json', model: 'reframe' }]);
    await sandbox.accepted(body);
    expect(await sandbox.journal()).toMatchObject({ faults_met: { stall: 1 }, faults_waiting: [{ do: 'stall', times: 1 }, { do: 'broken_json' }] });
    await sandbox.control('DELETE', 'faults');
    expect((await sandbox.journal()).faults_waiting).toEqual([]);
  });

  it('keeps changed settings over a restart, and drops them on reset', async () => {
    await sandbox.control('PATCH', 'settings', { concurrency_limit: 1, run_limit: { requests: 3, window_ms: 1000 } });
    await sandbox.evict();
    expect(await sandbox.control('GET', 'settings')).toMatchObject({ concurrency_limit: 1, run_limit: { requests: 3, window_ms: 1000 }, time_scale: 0 });
    const wrong = await sandbox.call('PATCH', '/_sandbox/settings', { concurency_limit: 1 });
    expect(wrong.status).toBe(400);
    await sandbox.control('POST', 'reset');
    expect(await sandbox.control('GET', 'settings')).toMatchObject({ concurrency_limit: 6 });
  });

  it('never tells a picture or a key', async () => {
    const secret = 'data:image/png;base64,iVBORw0KGgo=';
    await sandbox.run({ model_name: 'edit', inputs: { image: secret, prompt: 'x' } }, undefined, 'top-secret-key');
    const journal = JSON.stringify(await sandbox.journal());
    expect(journal).toContain('"model":"edit"');
    expect(journal).not.toContain('iVBOR');
    expect(journal).not.toContain('top-secret-key');
  });
});

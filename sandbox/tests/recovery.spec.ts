// A trap ends an instance of the compiled code. The call that meets it fails, and the next finds a
// new instance with what was stored.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorker, type RunningWorker } from '../../scripts/desk.ts';

let sandbox: RunningWorker;
const ask = (path: string, init: RequestInit = {}) => fetch(new URL(path, sandbox.url), init);

beforeAll(async () => {
  const door = fileURLToPath(new URL('recovery/trap.mjs', import.meta.url));
  sandbox = await startWorker('sandbox', { door, vars: { SANDBOX_CONTROL: 'on' } });
});
afterAll(() => sandbox.stop());

test('a trap is met by one call alone, each time, and costs nothing that was stored', async () => {
  const settings = JSON.stringify({ time_scale: 0.125 });
  expect((await ask('/_sandbox/settings', { method: 'PATCH', body: settings })).status).toBe(200);
  for (const _ of [1, 2, 3]) {
    await ask('/trap');
    expect((await ask('/_sandbox/settings')).status).toBe(500);
    expect(await (await ask('/_sandbox/settings')).json()).toMatchObject({ time_scale: 0.125 });
  }
});

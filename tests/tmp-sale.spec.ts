import { test } from 'vitest';
import { startGateway, startOwnFashn, tryOn, json, SHOP } from '/work/wt/worker/tests/gateway.ts';
test('x', async () => {
  const t0 = Date.now();
  const fashn = await startOwnFashn((call, response) => { console.log('fashn', call.method, Date.now() - t0); json(response, 200, { id: 'a-' + Math.random().toString(36).slice(2), error: null }); });
  const gateway = await startGateway(fashn.url, { CONCURRENT_RUNS: '6', QUEUE_LENGTH_PER_VISITOR: '300', POLICY: { models: ['tryon-v1.6'] } });
  await gateway.run(tryOn());
  const start = Date.now();
  const N = Number(process.env.N ?? 100);
  const times: number[] = [];
  const answers = await Promise.all(Array.from({ length: N }, async (_, n) => { const a = await gateway.run(tryOn()); times.push(Date.now() - start); return a.status; }));
  console.log(JSON.stringify(answers.reduce((m: any, s) => ({ ...m, [s]: (m[s] ?? 0) + 1 }), {})), 'total', Date.now() - start, 'sorted', times.sort((a, b) => a - b).filter((_, i) => i % Math.ceil(N / 10) === 0).join(' '));
  console.log(gateway.log.slice(0, 5).join('\n'));
  await gateway.stop(); await fashn.stop();
}, 120000);

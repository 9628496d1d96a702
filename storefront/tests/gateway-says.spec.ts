// What the gateway says is what the shopper is told: what helps, how long it takes, and what is no fault of the line.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { estimated, fraction, left, type Estimate } from '../src/element/estimate.ts';
import { file, photo, stand, useStand, withTab } from './dialog.ts';
import { attributeOf, ChromiumTab, ENGINE, textOf, until, untilText, type Tab } from './driver.ts';
import { completed, failed, ID, status, type Answer } from './stand.ts';

useStand();

const page = (attributes = 'gateway=""'): void =>
  void stand.pages.set('/tee', `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tee</title><link rel="icon" href="/icon.svg">
    <script type="module" src="/try-it-on.js"></script></head>
    <body><try-it-on product-id="1" product-title="Tee" product-image="/pictures/tshirt-sage.jpg" ${attributes}></try-it-on></body></html>`);

async function start(tab: Tab): Promise<void> {
  await tab.click('[part=trigger]');
  await until(tab, 'dialog[open] [part=file]');
  await tab.give('dialog[open] [part=file]', file(photo));
  await tab.click('dialog[open] [part=start]');
}
const complaints = (tab: Tab): string[] => tab.troubles.filter((line) => line.startsWith('<try-it-on>: '));
const json = { 'content-type': 'application/json' };
const problem = (code: number, error: string, action: string, more: object = {}): Answer => ({ status: code, body: { error, message: `${error}, for a test.`, action, ...more } });

describe('a refusal offers what helps, by the gateway’s own word', () => {
  test.each<[string, Answer, string, string]>([
    ['a photo that is too large', problem(413, 'PayloadTooLarge', 'retake'), 'That photo didn’t work', 'Choose another photo'],
    ['terms that weren’t agreed to', problem(400, 'BadRequest', 'contact', { errors: [{ path: 'consent', message: 'is missing' }] }), 'Trying on is closed for now', 'Close'],
    ['a service that isn’t set up', problem(503, 'ServiceUnavailable', 'contact'), 'Trying on is closed for now', 'Close'],
    ['an address that is none', problem(404, 'NotFound', 'none'), 'Trying on is closed for now', 'Close'],
    ['an origin that isn’t allowed', problem(403, 'OriginNotAllowed', 'contact'), 'Trying on is closed for now', 'Close'],
    ['no such service at all', { status: 404, body: '<h1>Not found</h1>' }, 'Trying on is closed for now', 'Close'],
    ['another product that would do', problem(400, 'BadRequest', 'contact', { errors: [{ path: 'inputs.garment_image', message: 'is not taken' }] }), 'This product can’t be tried on', 'Choose another product'],
    ['a busy moment', problem(503, 'ServiceUnavailable', 'retry'), 'Many people are trying things on', 'Try again'],
  ])('%s', async (_, answer, title, remedy) => {
    page();
    stand.runAnswers = [answer];
    await withTab('/tee', async (tab) => {
      await start(tab);
      await untilText(tab, '[part=error] [part=heading]', title);
      expect(await textOf(tab, '.panel .button.primary')).toBe(remedy);
      if (remedy === 'Close') expect(await textOf(tab, '[part=retry]')).toBeUndefined();
    });
  });

  test.each<[string, Answer, string]>([
    ['consent', problem(400, 'BadRequest', 'contact', { errors: [{ path: 'consent', message: 'is missing' }] }), 'the gateway answered 400: BadRequest, for a test. See the attribute consent-version.'],
    ['gateway=""', { status: 404, body: '<h1>Not found</h1>' }, 'See the attribute gateway: empty means this page'],
    ['product-image', problem(400, 'BadRequest', 'contact', { errors: [{ path: 'inputs.garment_image', message: 'is not taken' }] }), 'PRODUCT_HOSTS'],
  ])('the page’s developer hears it once, with the setting: %s', async (_, answer, sentence) => {
    page();
    stand.runAnswers = [answer, answer];
    await withTab('/tee', async (tab) => {
      await start(tab);
      await until(tab, '[part=error]');
      await expect.poll(() => complaints(tab)).toEqual([expect.stringContaining(sentence)]);
    });
  });

  test('what comes of a photo or a queue is no complaint', async () => {
    page();
    stand.statuses = [failed('PoseError')];
    stand.runAnswers = [problem(429, 'RateLimitExceeded', 'retry')];
    await withTab('/tee', async (tab) => {
      await start(tab);
      await tab.click('[part=retry]');
      await untilText(tab, '[part=error] [part=heading]', 'We couldn’t see you clearly');
      expect(complaints(tab)).toEqual([]);
    });
  });

  test('"send it again in a second" is done', async () => {
    page();
    stand.runAnswers = [{ status: 409, body: { error: 'RequestInProgress', message: 'x', action: 'retry' }, headers: { 'retry-after': '0' } }];
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await start(tab);
      await until(tab, '[part=result]');
      expect(stand.runs.map(({ idempotencyKey }) => idempotencyKey)).toEqual([stand.runs[0]?.idempotencyKey, stand.runs[0]?.idempotencyKey]);
    });
  });
});

describe('no answer', () => {
  test('because this page isn’t let in: said at once, and to the console with the origin', async () => {
    page(`gateway="${stand.url.replace('127.0.0.1', 'localhost')}"`);
    await withTab('/tee', async (tab) => {
      await tab.run(() => {
        const seen: string[] = [];
        Object.assign(window, { seen });
        document.addEventListener('tryon:progress', (event) => seen.push((event as CustomEvent<{ progress: { stage: string } }>).detail.progress.stage));
      }, undefined);
      await start(tab);
      await untilText(tab, '[part=error] [part=heading]', 'Trying on is closed for now');
      expect(await tab.run(() => (window as unknown as { seen: string[] }).seen, undefined)).not.toContain('offline');
      expect(complaints(tab)).toEqual([expect.stringContaining(`${stand.url} is missing in its ALLOWED_ORIGINS`)]);
    });
  });

  test('because the gateway is down: nobody is said to be offline', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    page(`gateway="http://127.0.0.1:${port}"`);
    await withTab('/tee', async (tab) => {
      await start(tab);
      await untilText(tab, 'dialog[open] [part=status]', 'We can’t reach our service right now. Trying again…');
      await untilText(tab, '[part=error] [part=heading]', 'We couldn’t get through');
      expect(complaints(tab)).toEqual([]);
    });
  });
});

describe('a picture', () => {
  const GONE = '/v1/outputs/gone';
  const lost = (): Answer => status('completed', { output: [GONE] });

  test('that the gateway has no more is made again as a new run, and the button doesn’t promise it', async () => {
    page();
    stand.pages.set(GONE, () => ({ status: 404, body: '' }));
    // The picture's run is known until it is asked for once more.
    stand.statuses = [lost(), { status: 404, body: { error: 'NotFound', message: 'x', action: 'none' } }];
    await withTab('/tee', async (tab) => {
      await start(tab);
      await untilText(tab, '[part=error] [part=heading]', 'This picture is no longer kept');
      expect(await textOf(tab, '[part=trigger]')).toBe('Try it on');
      await expect.poll(() => stand.forgotten).toEqual([ID]);
      stand.statuses = [completed()];
      await tab.click('[part=retry]');
      await until(tab, '[part=result]');
      expect(stand.runs).toHaveLength(2);
    });
  });

  test('that is only hard to reach is still kept, and asked for again without a new run', async () => {
    page();
    stand.pages.set(GONE, () => ({ status: 503, body: '' }));
    stand.statuses = [lost()];
    await withTab('/tee', async (tab) => {
      await start(tab);
      await untilText(tab, '[part=error] [part=heading]', 'We couldn’t load your picture');
      expect(await textOf(tab, '[part=trigger]')).toBe('See it on you');
      stand.statuses = [status('completed', { output: ['/pictures/shopper-woman.jpg'] })];
      await tab.click('[part=retry]');
      await until(tab, '[part=result]');
      expect(stand.runs).toHaveLength(1);
      expect(stand.forgotten).toEqual([]);
    });
  });
});

describe('progress is true', () => {
  const none: Estimate = { startedAtMs: 0, dueAtMs: undefined };

  test('nothing is said while nothing is known', () => {
    expect(left(none, 1_000)).toEqual({ kind: 'unknown' });
    expect(fraction(none, 1_000)).toBeUndefined();
  });

  test('a run that is late is not told to be three seconds away again and again', () => {
    let estimate = estimated(none, 8, false, 0);
    expect(left(estimate, 2_000)).toEqual({ kind: 'seconds', seconds: 6 });
    expect(left(estimate, 6_500)).toEqual({ kind: 'soon' });
    for (const nowMs of [8_000, 11_000, 14_000, 20_000]) estimate = estimated(estimate, 3, false, nowMs);
    expect(left(estimate, 9_000)).toEqual({ kind: 'soon' });
    expect(left(estimate, 20_000)).toEqual({ kind: 'late' });
  });

  test('a queue may grow, and good news is taken', () => {
    const queued = estimated(estimated(none, 10, true, 0), 30, true, 1_000);
    expect(queued.dueAtMs).toBe(31_000);
    expect(estimated(queued, 4, false, 2_000).dueAtMs).toBe(6_000);
  });

  test('the bar only grows and is never full', () => {
    const estimate = estimated(none, 10, false, 0);
    let former = -1;
    for (let nowMs = 0; nowMs <= 120_000; nowMs += 500) {
      const now = fraction(estimate, nowMs) ?? -1;
      expect(now).toBeGreaterThanOrEqual(former);
      expect(now).toBeLessThan(1);
      former = now;
    }
    expect(fraction(estimate, 5_000)).toBeCloseTo(0.48);
  });

  test('is shown where the gateway tells how long it takes', async () => {
    page();
    stand.statuses = [status('processing', { eta_seconds: 40 })];
    await withTab('/tee', async (tab) => {
      await start(tab);
      await untilText(tab, '[part=eta]', /^About (39|40) seconds left\.$/);
      expect(Number(await attributeOf(tab, '[part=progress]', 'value'))).toBeGreaterThanOrEqual(0);
    });
  });
});

// Another driver answers the browser's question by itself, or the browser doesn't ask without a finger on the page.
test.runIf(ENGINE === 'chromium')('leaving while the photo is on its way is asked about, once; with an id there is nothing to lose', async () => {
  page();
  let accept = (): void => undefined;
  const accepted = new Promise<void>((resolve) => (accept = resolve));
  stand.pages.set('/v1/run', async () => {
    await accepted;
    return { body: { id: ID, error: null }, headers: json };
  });
  stand.statuses = [status('processing')];
  await withTab('/tee', async (tab) => {
    const { page: chromium } = tab as ChromiumTab;
    const asked: string[] = [];
    chromium.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.dismiss();
    });
    await start(tab);
    await untilText(tab, 'dialog[open] [part=status]', /Sending/);
    await chromium.close({ runBeforeUnload: true });
    await expect.poll(() => asked).toEqual(['beforeunload']);
    accept();
    await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
    await tab.goto('/products/t-shirt');
    expect(asked).toEqual(['beforeunload']);
  });
});

describe('a challenge', () => {
  test('that needs a press stands in the dialog, and its token goes along', async () => {
    page();
    let token: string | undefined;
    stand.pages.set('/v1/run', ({ headers }) => {
      token = String(headers['cf-turnstile-response']);
      return { body: { id: ID, error: null }, headers: json };
    });
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tab.run(() => {
        const element = document.querySelector('try-it-on');
        if (element) element.challenge = (place) =>
          new Promise((resolve) => {
            const box = Object.assign(document.createElement('button'), { id: 'person', textContent: 'I am a person', onclick: () => resolve('token-1') });
            place.append(box);
          });
      }, undefined);
      await start(tab);
      await untilText(tab, 'dialog[open] [part=status]', 'Please confirm that you are a person.');
      await tab.click('#person');
      await until(tab, '[part=result]');
      expect(token).toBe('token-1');
    });
  });

  test('that nobody answers can be canceled, and one that fails can be tried again', async () => {
    page();
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tab.run(() => {
        let calls = 0;
        const element = document.querySelector('try-it-on');
        if (element) element.challenge = () => {
          calls += 1;
          return calls === 1 ? new Promise(() => undefined) : calls === 2 ? Promise.reject(new Error('no')) : Promise.resolve('token');
        };
      }, undefined);
      await start(tab);
      await untilText(tab, 'dialog[open] [part=status]', 'Please confirm that you are a person.');
      await tab.click('[part=cancel]');
      await tab.click('[part=start]');
      await untilText(tab, '[part=error] [part=heading]', 'We couldn’t verify that you are a person');
      await tab.click('[part=retry]');
      await until(tab, '[part=result]');
      expect(stand.runs).toHaveLength(1);
    });
  });
});

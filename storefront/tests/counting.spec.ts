// What the gateway is told of a page's buttons: counts by product, as beacons, and nothing of a visitor.
import { expect, test } from 'vitest';
import { stand, tryOn, useStand, withTab } from './dialog.ts';
import { type Tab } from './driver.ts';
import { completed } from './stand.ts';

useStand();

interface Counted {
  name: string;
  product: string | null;
  group?: string;
}

/** What has arrived, in the order of its coming. */
let counted: Counted[];
let requests: { type: string | undefined; cookie: string | undefined; keys: string[] }[];

function shop(...elements: string[]): void {
  [counted, requests] = [[], []];
  stand.pages.set('/tee', `<!doctype html><html lang="en"><head><title>Tee</title><link rel="icon" href="/icon.svg"><script type="module" src="/try-it-on.js"></script></head>
    <body>${elements.map((attributes) => `<try-it-on gateway="" ${attributes}></try-it-on>`).join('\n')}</body></html>`);
  stand.pages.set('/left', '<!doctype html><title>Left</title><link rel="icon" href="/icon.svg">');
  stand.pages.set('/v1/events', ({ headers }, body) => {
    const sent = JSON.parse(body.toString()) as { events: Counted[] };
    requests.push({ type: headers['content-type'], cookie: headers.cookie, keys: Object.keys(sent) });
    counted.push(...sent.events);
    return { status: 204, body: '' };
  });
}

const IMAGE = 'product-image="/pictures/tshirt-sage.jpg"';
const names = (product: string | null): string[] => counted.filter((event) => event.product === product).map(({ name }) => name).sort();
const leave = (tab: Tab): Promise<void> => tab.goto(`${stand.url}/left`);

test('a try-on is counted by its product when the page is left, and an impression once', async () => {
  shop(`${IMAGE} product-id="48211"`, `${IMAGE} product-id="48211"`);
  stand.statuses = [completed()];
  await withTab('/tee', async (tab) => {
    await tryOn(tab);
    await leave(tab);
    await expect.poll(() => names('48211')).toEqual(['impression', 'open', 'result', 'try']);
    expect(requests.map(({ type }) => type)).toEqual(requests.map(() => 'text/plain;charset=UTF-8'));
    expect(requests.flatMap(({ keys, cookie }) => [...keys, cookie])).toEqual(requests.flatMap(() => ['events', undefined]));
    expect(Object.keys(counted[0] ?? {})).toEqual(['name', 'product']);
  });
});

test('a page that stays open is counted after some seconds', async () => {
  shop(`${IMAGE} product-id="48211"`);
  await withTab('/tee', async () => {
    await expect.poll(() => counted, { timeout: 10_000 }).toEqual([{ name: 'impression', product: '48211' }]);
  });
});

test('an element that says metrics="off" isn’t counted, and one without an id has no name', async () => {
  shop(`${IMAGE} product-id="secret" metrics="off"`, 'product-image="/pictures/tshirt-ink.jpg"', `product-image="/pictures/tshirt-rust.jpg" product-id="${'x'.repeat(65)}"`);
  await withTab('/tee', async (tab) => {
    await expect.poll(() => names(null), { timeout: 10_000 }).toEqual(['impression', 'impression']);
    await leave(tab);
    expect(counted.map(({ product }) => product)).toEqual([null, null]);
  });
});

test('more events than a request takes go in several', async () => {
  shop(...Array.from({ length: 40 }, (_, number) => `${IMAGE} product-id="${number}" style="display: inline-block; width: 90px"`));
  await withTab('/tee', async () => {
    await expect.poll(() => counted.length, { timeout: 10_000 }).toBe(40);
    expect(requests.length).toBeGreaterThan(1);
    expect(new Set(counted.map(({ product }) => product)).size).toBe(40);
  });
});

test('where the counting is lost the button works', async () => {
  shop(`${IMAGE} product-id="48211"`);
  stand.pages.set('/v1/events', () => 'cut' as const);
  stand.statuses = [completed()];
  await withTab('/tee', async (tab) => {
    await tryOn(tab);
    expect(tab.troubles.filter((line) => line.includes('try-it-on'))).toEqual([]);
  });
});

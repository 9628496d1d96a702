// What no shopper waits for, loaded once the page has nothing else to do: counting, the dialog's files where a finger may
// press next, and a word for the page's developer about a button without a picture. It names no visitor and sets nothing.
import { route } from '../client/address.ts';
import { complain } from './complain.ts';
import type { TryItOnEvents } from './events.ts';
import type { Host, Page } from './host.ts';

/** What the gateway counts (`POST /v1/events`). */
interface Counted {
  name: 'impression' | 'open' | 'try' | 'result' | 'cart';
  product: string | null;
}

const SEND_AFTER_MS = 5_000;
/** As many as the gateway takes at once, of ids as long as it takes. */
const EVENTS_MAX = 32;
const PRODUCT_CHARS_MAX = 64;
/** A framework may set an address a moment after the element is there. */
const PICTURE_WITHIN_MS = 1_000;

const NAMES = { 'tryon:impression': 'impression', 'tryon:open': 'open', 'tryon:start': 'try', 'tryon:result': 'result', 'tryon:cart': 'cart' } as const;
type Name = keyof typeof NAMES;

/** Counts of each gateway that are not sent yet. */
const waiting = new Map<string, Counted[]>();
/** Impressions by product, and results by id: each counts once a page view. */
const known = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

export function watch(page: Page): void {
  for (const host of page.hosts) {
    const seen = host.seen();
    if (seen !== undefined) seenBy(host, seen);
    setTimeout(() => complainOfImage(host), PICTURE_WITHIN_MS);
  }
  for (const name of Object.keys(NAMES) as Name[]) {
    document.addEventListener(name, (event) => {
      const [origin] = event.composedPath();
      // A run that an earlier page load has left may have no button here.
      const host = [...page.hosts].find(({ element }) => element === origin) ?? [...page.hosts][0];
      if (host && name === 'tryon:impression') seenBy(host, event.detail.productId);
      else if (host) count(host, name, event.detail);
    });
  }
  addEventListener('pagehide', send);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') send();
  });
}

function seenBy(host: Host, productId: string): void {
  count(host, 'tryon:impression', { productId });
  // A finger doesn't hover: where it may press next, the files are under way.
  const { saveData } = (navigator as { connection?: { saveData?: boolean } }).connection ?? {};
  if (!saveData && matchMedia('(hover: none)').matches) host.load();
}

function count<N extends Name>({ element, config }: Host, name: N, detail: TryItOnEvents[N]): void {
  if (element.getAttribute('metrics') === 'off' || ('resumed' in detail && detail.resumed)) return;
  const { gateway } = config();
  const { productId } = detail;
  const once = name === 'tryon:impression' ? `${gateway} ${productId}` : name === 'tryon:result' && 'id' in detail ? detail.id : undefined;
  if (once !== undefined && known.has(once)) return;
  if (once !== undefined) known.add(once);
  // Without an id of the shop's the product is known by its picture's address, which says nothing to the merchant.
  const isNamed = productId.length <= PRODUCT_CHARS_MAX && productId !== element.getAttribute('product-image')?.trim();
  const events = waiting.get(gateway) ?? [];
  events.push({ name: NAMES[name], product: isNamed ? productId : null });
  waiting.set(gateway, events);
  timer ??= setTimeout(send, SEND_AFTER_MS);
}

/** As beacons, which outlive the page. What a browser doesn't take, and what is lost on the way, stays uncounted. */
function send(): void {
  clearTimeout(timer);
  timer = undefined;
  for (const [gateway, events] of waiting) {
    while (events.length > 0) navigator.sendBeacon(route(gateway, '/v1/events'), JSON.stringify({ events: events.splice(0, EVENTS_MAX) }));
  }
}

function complainOfImage({ element, config }: Host): void {
  if (element.isConnected && config().product.image === '') complain(`product-image="${element.getAttribute('product-image') ?? ''}" is no address.`);
}

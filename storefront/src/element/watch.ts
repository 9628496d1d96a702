// What no shopper waits for, loaded once the page has nothing else to do: counting, the dialog's files where a finger may
// press next, and a word for the page's developer about a button without a picture. It names no visitor and sets nothing.
import { route } from '../client/address.ts';
import { complain } from './complain.ts';
import type { TryItOnEvents } from './events.ts';
import { controls } from './form.ts';
import { isHeld } from './holdout.ts';
import type { Host, Page } from './host.ts';
import { isItem } from './item.ts';

type Group = 'shown' | 'held';

/** What the gateway counts (`POST /v1/events`). */
interface Counted {
  name: 'impression' | 'open' | 'try' | 'result' | 'cart' | 'visitor';
  product: string | null;
  group?: Group;
}

/** The day (UTC) on which this visitor was counted as one of a holdout, and the group: `20412 shown`. */
const VISITOR = 'try-it-on:counted';
const SEND_AFTER_MS = 5_000;
/** As many as the gateway takes at once, of ids as long as it takes. */
const EVENTS_MAX = 32;
const PRODUCT_CHARS_MAX = 64;
/** A framework may set attributes a moment after the element is there. */
const SET_WITHIN_MS = 1_000;

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
    setTimeout(() => complainOf(host), SET_WITHIN_MS);
    divide(host, page);
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
  // A theme may have drawn its form anew: it is marked by the time that it is sent or that its button is pressed.
  const mark = (): void => page.hosts.forEach((host) => markForm(host));
  for (const name of ['change', 'click', 'submit']) document.addEventListener(name, mark, true);
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
  add(gateway, { name: NAMES[name], product: isNamed ? productId : null });
}

function add(gateway: string, event: Counted): void {
  const events = waiting.get(gateway) ?? [];
  events.push(event);
  waiting.set(gateway, events);
  timer ??= setTimeout(send, SEND_AFTER_MS);
}

/** As beacons, which outlive the page. What a browser doesn't take, and what is lost on the way, stays uncounted. */
function send(): void {
  clearTimeout(timer);
  timer = undefined;
  for (const [gateway, events] of waiting) {
    while (events.length > 0) tell(gateway, events.splice(0, EVENTS_MAX));
  }
}

function tell(gateway: string, events: Counted[]): boolean {
  return navigator.sendBeacon(route(gateway, '/v1/events'), JSON.stringify({ events }));
}

/** Once a day the visitor of a holdout counts, whether the button is there or held back. */
function divide(host: Host, page: Page): void {
  const { element, config } = host;
  const text = element.getAttribute('holdout');
  if (text === null) return;
  if (!/^(100|\d?\d)%$/.test(text)) complain(`holdout="${text}" is no whole percentage from 0% to 100%: the button is shown.`);
  const group = groupOf(element);
  const { gateway, product } = config();
  // A page where nothing can be tried on says nothing about either group.
  if (!group || product.image === '' || element.getAttribute('metrics') === 'off') return;
  markForm(host);
  void page.shop(gateway).then(({ open }) => {
    const today = `${Math.floor(Date.now() / 86_400_000)} ${group}`;
    if (open === false || localStorage.getItem(VISITOR) === today) return;
    // At once, and known as counted when the browser has taken it: a page that is being left calls no timer any more.
    if (tell(gateway, [{ name: 'visitor', product: null, group }])) localStorage.setItem(VISITOR, today);
  }).catch(() => undefined);
}

/** The form's lines tell the group where nothing was tried on; a result's id takes its place for as long as it is ordered. */
function markForm({ element, config }: Host): void {
  const group = groupOf(element);
  if (!group) return;
  const { form, cartField: name } = config();
  if (!form || controls(form).some((control) => control.name === name)) return;
  form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value: group }));
}

/** The visitor's group, where the shop has a holdout. */
function groupOf(element: Element): Group | undefined {
  const held = isHeld(element);
  return held === undefined ? undefined : held ? 'held' : 'shown';
}

/** Of what the button leaves out without a word. */
function complainOf({ element, config }: Host): void {
  if (!element.isConnected) return;
  if (config().product.image === '') complain(`product-image="${element.getAttribute('product-image') ?? ''}" is no address.`);
  const form = element.getAttribute('form')?.trim();
  if (form && !isSelector(form)) complain(`form="${form}" is no CSS selector.`);
  const products = parsed(element.getAttribute('products'));
  if (!Array.isArray(products)) complain('products must be a JSON list.');
  else for (const item of products) if (!isItem(item)) complain(`products: ${JSON.stringify(item)} has no "id", "title" and "image".`);
}

function isSelector(text: string): boolean {
  try {
    document.querySelector(text);
    return true;
  } catch {
    return false;
  }
}

/** What is no JSON is told of where it is read. */
function parsed(text: string | null): unknown {
  try {
    return text ? JSON.parse(text) : [];
  } catch {
    return [];
  }
}

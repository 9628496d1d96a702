// Where an element is, for drivers without selectors that reach into shadow roots: found, scrolled to, at rest,
// and not covered.
import type { Tab } from '../driver.ts';

type Point = readonly [x: number, y: number];

/** So long a shopper's press may take to find its button. */
const PATIENCE_MS = 30_000;

/**
 * The first match, or the one after `>> nth=`. A selector's parts may lie in different shadow roots. Whole in itself: it runs in
 * the page.
 */
export const FIND = `(wanted) => {
  const [selector, nth = '0'] = wanted.split(' >> nth=');
  const parts = selector.trim().match(/(?:\\[[^\\]]*\\]|[^\\s[])+/g) ?? [];
  const all = (root) => [...root.querySelectorAll('*')].flatMap((element) => [element, ...(element.shadowRoot ? all(element.shadowRoot) : [])]);
  const above = (element) => element.parentElement ?? element.getRootNode().host;
  const isWithin = (element, rest) => {
    const last = rest.at(-1);
    if (last === undefined) return true;
    for (let up = above(element); up; up = above(up)) if (up.matches(last)) return isWithin(up, rest.slice(0, -1));
    return false;
  };
  const last = parts.at(-1) ?? '*';
  return all(document).filter((element) => element.matches(last) && isWithin(element, parts.slice(0, -1)))[Number(nth)];
}`;

/** The middle of an element when it can be pressed, or what keeps it from that. */
const LOOK = `(wanted) => {
  const element = (${FIND})(wanted);
  if (!element) return 'is not there';
  element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
  const { left, top, width, height } = element.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + height / 2];
  if (width === 0 || height === 0) return 'is not shown';
  if (element.disabled) return 'is disabled';
  let hit = document.elementFromPoint(x, y);
  while (hit?.shadowRoot?.elementFromPoint(x, y) && hit.shadowRoot.elementFromPoint(x, y) !== hit) hit = hit.shadowRoot.elementFromPoint(x, y);
  for (let up = hit; up; up = up.assignedSlot ?? up.parentElement ?? up.getRootNode().host) if (up === element || element.control === up) return [x, y];
  return 'is covered by ' + (hit?.outerHTML.slice(0, 80) ?? 'nothing');
}`;

/** Waits until an element can be pressed and stands still; answers its middle. */
export async function placeOf(evaluate: (script: string, argument: string) => Promise<unknown>, selector: string): Promise<Point> {
  const endsAt = performance.now() + PATIENCE_MS;
  let last = '';
  for (;;) {
    const found = (await evaluate(LOOK, selector)) as string | Point;
    const text = String(found);
    if (typeof found !== 'string' && text === last) return found;
    if (performance.now() > endsAt) throw new Error(`${selector} ${text}`);
    last = text;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Two frames, after which what was moved is where it goes. */
export const frames = (tab: Tab): Promise<void> =>
  tab.run(() => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))), undefined);

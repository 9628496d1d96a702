// Our Liquid, rendered: by liquidjs, and the filters that are Shopify's own as Shopify's pages describe them.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Liquid } from 'liquidjs';

const FOLDERS = ['storefront/shopify/extensions/try-it-on/snippets', 'storefront/shopify/snippet'];

/** A picture as themes know it: `image_url` makes its address, on the shop's own host and without a scheme. */
export type LiquidImage = `/${string}`;

/** The shop's host, as a visitor of its pages has it. */
export const LIQUID_HOST = 'shop.example';

const engine = new Liquid({ root: FOLDERS, extname: '.liquid', globals: { request: { locale: { iso_code: 'en' } } } });
engine.registerFilter('hmac_sha256', (text: string, secret: string) => createHmac('sha256', secret).update(text).digest('hex'));
engine.registerFilter('money', (cents: number) => `<span class=money>€${(cents / 100).toFixed(2)}</span>`);
engine.registerFilter('image_url', (image: LiquidImage, [, width]: [string, number]) => `//${LIQUID_HOST}/cdn/shop${image}?v=1763670000&width=${width}`);

/** `{% doc %}` is for editors; liquidjs has no such tag. */
const render = (source: string, scope: object): string =>
  engine.parseAndRenderSync(source.replace(/\{%-? doc -?%\}[\s\S]*?\{%-? enddoc -?%\}/, ''), scope);

/** A snippet of ours, by its file. `change` is what a merchant writes into it. */
export const renderFile = (file: string, scope: object, change = (source: string) => source): string =>
  render(change(readFileSync(file, 'utf8')), scope);

export const renderSource = render;

/** The attributes of the first `<try-it-on>`, as a browser reads them. */
export function attributes(html: string): Record<string, string> {
  const tag = /<try-it-on([\s\S]*?)><\/try-it-on>/.exec(html)?.[1] ?? '';
  const plain = (text: string) => text.replaceAll('&quot;', '"').replaceAll('&#34;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, plain(value)]));
}

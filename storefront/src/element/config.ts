// The element's attributes, parsed when they are needed: a page may change them at any time.
import { parseAddress } from '../client/address.ts';
import type { TryOnModel } from '../client/types.ts';
import { complain } from './complain.ts';
import { findForm, selectedProduct } from './form.ts';
import type { Config } from './host.ts';
import { LANGUAGES } from './labels.ts';
import { isItem } from './item.ts';
import type { Product } from './state.ts';
import { bestLocale } from './words.ts';

export interface Challenged extends HTMLElement {
  challenge: Config['challenge'];
}

export function readConfig(element: Challenged): Config {
  const text = (name: string): string | undefined => element.getAttribute(name)?.trim() || undefined;
  const model = (text('model') ?? 'tryon-v1.6') as TryOnModel;
  // tryon-max finds out for itself and would refuse to be told.
  const category = model === 'tryon-max' ? undefined : text('category');
  const image = text('product-image') ?? '';
  const own = asProduct(text('product-id') ?? image, text('product-title') ?? document.title, image, text('garment-signature'), '');
  const known = parseProducts(text('products'));
  const form = readForm(element, text('form'));
  const productField = text('product-field');
  // The form's variant is the shopper's choice, also where the theme changes it and tells nobody.
  const product = (form && selectedProduct(form, [...known, own], productField)) ?? own;
  // Sizes share a picture: each picture is offered once.
  const others = known.filter((item, at) => item.image !== product.image && known.findIndex((other) => other.image === item.image) === at);
  const sample = text('sample');
  return {
    gateway: text('gateway') ?? '',
    model,
    inputs: { ...(category && { category }), ...(parseJson('inputs', text('inputs')) as object | undefined) },
    product,
    products: [product, ...others],
    sample: sample && absolute('sample', sample),
    privacyUrl: text('privacy-url'),
    challenge: element.challenge,
    form,
    selected: form && product,
    productField,
    cart: element.hasAttribute('cart'),
    cartField: text('cart-field') ?? 'properties[_try_on]',
    locale: readLocale(element),
    strings: text('strings'),
  };
}

/** The language that is spoken: of those that we have, the one that suits the page. */
export function readLocale(element: Element): string {
  const wanted = element.getAttribute('locale') || element.closest('[lang]')?.getAttribute('lang') || navigator.language;
  return bestLocale(wanted, LANGUAGES);
}

function readForm(element: Element, selector: string | undefined): HTMLFormElement | undefined {
  if (selector === undefined) return undefined;
  try {
    return findForm(element, selector);
  } catch {
    // No CSS selector: `watch.ts` says so.
    return undefined;
  }
}

/** `watch.ts` tells the page's developer of those that are none. */
function parseProducts(text: string | undefined): Product[] {
  const list = parseJson('products', text);
  if (!Array.isArray(list)) return [];
  return list.filter(isItem).flatMap(({ id, title, image, signature, url, fields, option, price }) => {
    const product = asProduct(String(id), title, image, signature, 'products');
    if (!product.image) return [];
    // Text as it is shown, and fields as the form has them.
    return [{ ...product, fields, option, price, url: typeof url === 'string' ? absolute('products', url) : undefined } as Product];
  });
}

/** A signed address stays letter by letter as it was signed. */
function asProduct(id: string, title: string, image: string, signature: unknown, attribute: string): Product {
  return { id, title, ...(typeof signature === 'string' ? { image, signature } : { image: absolute(attribute, image) }) };
}

function parseJson(name: string, text: string | undefined): unknown {
  try {
    return text && JSON.parse(text);
  } catch {
    complain(`${name} is no JSON: ${text}`);
    return undefined;
  }
}

/** Empty for what is no address, which is said of the attribute `name`. */
function absolute(name: string, address: string): string {
  const url = address ? parseAddress(address, document.baseURI) : undefined;
  if (!url && name) complain(`${name}="${address}" is no address.`);
  return url?.href ?? '';
}

// The app embed: the button where a theme marks a place for it, and in quick views, which come after the page has loaded.
// Its settings stand in the page as JSON; products are read from Shopify's `/products/HANDLE.js`.
import { parseAddress } from '../client/address.ts';

interface Settings {
  /** The element's attributes, the same for every product. */
  attributes: Record<string, string>;
  /** Products of this page with metafields, by handle. */
  products: Record<string, { enabled?: boolean; image?: string; category?: string }>;
  quickViews: boolean;
  /** Of the shop's language: `/fr/`. */
  root: string;
}

interface ProductJson {
  title: string;
  featured_image: string | null;
  variants: { id: number; title: string; featured_image: { src: string } | null }[];
}

const MARK = 'data-try-it-on';
const DONE = 'data-try-it-on-done';
const FORM = 'form[action*="/cart/add"]';

const settings = readSettings();
if (settings) start(settings);

function readSettings(): Settings | undefined {
  try {
    return JSON.parse(document.getElementById('try-it-on-embed')?.textContent ?? '') as Settings;
  } catch {
    return undefined;
  }
}

function start({ attributes, products, quickViews, root }: Settings): void {
  // Forms that are there at once are the product page's, which has the block.
  const own = new WeakSet<Element>(document.querySelectorAll(FORM));
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        const handle = target.getAttribute(MARK) ?? '';
        void place(handle, target, (element) => target.append(element));
      }
    },
    { rootMargin: '200px' },
  );

  const look = (): void => {
    for (const marked of document.querySelectorAll(`[${MARK}]:not([${DONE}])`)) {
      marked.setAttribute(DONE, '');
      near.observe(marked);
    }
    if (!quickViews) return;
    for (const form of document.querySelectorAll<HTMLFormElement>(FORM)) {
      if (own.has(form) || !form.elements.namedItem('id')) continue;
      own.add(form);
      const view = viewOf(form);
      if (view && !view.scope.querySelector('try-it-on')) void place(view.handle, form, (element) => form.after(element), true);
    }
  };
  look();
  // A page that changes much is looked at once a frame.
  let isDue = false;
  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      look();
    });
  }).observe(document.body, { childList: true, subtree: true });

  async function place(handle: string, at: Element, put: (element: Element) => void, inForm = false): Promise<void> {
    const { enabled = true, image, category } = products[handle] ?? {};
    if (!enabled) return;
    const given = at.getAttribute('data-image') ?? undefined;
    const product = given === undefined ? await readProduct(`${root}products/${encodeURIComponent(handle)}.js`) : undefined;
    const chosen = at instanceof HTMLFormElement ? new FormData(at).get('id') : undefined;
    const variant = product?.variants.find(({ id }) => String(id) === chosen) ?? product?.variants[0];
    const picture = given ?? (image || undefined) ?? address(variant?.featured_image?.src ?? product?.featured_image);
    if (picture === undefined || !at.isConnected) return;
    const others = image ? [] : (product?.variants ?? []).flatMap(({ id, title, featured_image: own }) => {
      const shown = address(own?.src);
      return shown === undefined ? [] : [{ id: String(id), title: `${product?.title ?? ''}, ${title}`, option: title, image: shown }];
    });
    const all: Record<string, string | null | undefined> = {
      ...attributes,
      ...(category && { category }),
      'product-image': picture,
      'product-id': at.getAttribute('data-id') ?? (variant && String(variant.id)) ?? handle,
      'product-title': at.getAttribute('data-title') ?? product?.title,
      'garment-signature': at.getAttribute('data-signature'),
      products: others.length > 0 ? JSON.stringify(others) : undefined,
      form: inForm ? FORM : undefined,
    };
    if (all['model'] === 'tryon-max') delete all['category'];
    const element = document.createElement('try-it-on');
    for (const [name, value] of Object.entries(all)) if (value) element.setAttribute(name, value);
    put(element);
  }
}

/** The nearest box around the form that names one product by a link. */
function viewOf(form: Element): { scope: Element; handle: string } | undefined {
  for (let scope = form.parentElement; scope && scope !== document.body; scope = scope.parentElement) {
    const named = [scope, ...scope.querySelectorAll('a[href*="/products/"], [data-product-url], [data-url*="/products/"]')];
    const handles = new Set(named.map(handleOf).filter((handle) => handle !== undefined));
    const [handle] = handles;
    // With several it is a list of products, and the form's own isn't known.
    if (handles.size > 1) return undefined;
    if (handle !== undefined) return { scope, handle };
  }
  return undefined;
}

function handleOf(element: Element): string | undefined {
  const url = element.getAttribute('href') ?? element.getAttribute('data-product-url') ?? element.getAttribute('data-url');
  const handle = /\/products\/([^/?#]+)/.exec(url ?? '')?.[1];
  try {
    return handle && decodeURIComponent(handle);
  } catch {
    // A page may hold any link: one that can't be read names no product.
    return undefined;
  }
}

async function readProduct(url: string): Promise<ProductJson | undefined> {
  try {
    const answer = await fetch(url);
    return answer.ok ? ((await answer.json()) as ProductJson) : undefined;
  } catch {
    return undefined;
  }
}

/** A picture's address on Shopify's CDN, which makes it as wide as it is of use. */
function address(source: string | null | undefined): string | undefined {
  if (!source) return undefined;
  const url = parseAddress(source, document.baseURI);
  if (!url) return undefined;
  if (url.pathname.includes('/cdn/') || url.host === 'cdn.shopify.com') url.searchParams.set('width', '2000');
  return url.href;
}

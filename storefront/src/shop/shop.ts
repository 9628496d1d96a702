// The demo shop's own script: theme, colours, and a cart that lives in this browser.
import type { TryItOnEvents } from '../element/events.ts';

interface Line {
  id: string;
  /** The picture that led to the order, if one did: what the element put into the form. */
  tryOn: string;
}

const byId = <T extends HTMLElement>(id: string): T | null => document.getElementById(id) as T | null;

theme();
cart();
colours();

function theme(): void {
  const button = byId<HTMLButtonElement>('theme');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let chosen = localStorage.getItem('theme');
  const show = (): void => {
    if (chosen === null) delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = chosen;
    button?.setAttribute('aria-pressed', String((chosen ?? (dark.matches ? 'dark' : 'light')) === 'dark'));
  };
  button?.addEventListener('click', () => {
    chosen = button.getAttribute('aria-pressed') === 'true' ? 'light' : 'dark';
    localStorage.setItem('theme', chosen);
    show();
  });
  dark.addEventListener('change', show);
  show();
}

function cart(): void {
  const lines = readLines();
  const add = (line: Line): void => {
    lines.push(line);
    localStorage.setItem('cart', JSON.stringify(lines));
    show();
  };
  const show = (): void => {
    const count = byId('cart-count');
    if (count) count.textContent = String(lines.length);
  };
  // The shop's own button.
  byId<HTMLFormElement>('product-form')?.addEventListener('submit', (event) => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const tryOn = String(data.get('properties[_try_on]') ?? '');
    add({ id: String(data.get('colour')), tryOn });
    const note = byId('cart-note');
    if (note) note.textContent = 'Added to your cart.';
  });
  // The shop's cart is a list in this browser, so it takes the event and says what came of it.
  document.addEventListener('tryon:cart', (event) => {
    const { productId, resultId, respondWith } = (event as CustomEvent<TryItOnEvents['tryon:cart']>).detail;
    respondWith(Promise.resolve(add({ id: productId, tryOn: resultId })));
  });
  show();
}

function readLines(): Line[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem('cart') ?? '[]');
    return Array.isArray(value) ? (value as Line[]) : [];
  } catch {
    return [];
  }
}

/** Another colour: another picture on the page, and another product for the element. */
function colours(): void {
  const picture = byId<HTMLImageElement>('picture');
  const name = byId('colour-name');
  const element = document.querySelector('#product-form try-it-on');
  for (const input of document.querySelectorAll<HTMLInputElement>('input[name=colour]')) {
    const choose = (): void => {
      const { picture: file = '', title = '', name: colour = '' } = input.dataset;
      if (picture) {
        picture.srcset = [400, 800, 1200].map((width) => `/pictures/${file}-${width}.webp ${width}w`).join(', ');
        picture.src = `/pictures/${file}.jpg`;
        picture.alt = title;
      }
      if (name) name.textContent = colour;
      element?.setAttribute('product-id', input.value);
      element?.setAttribute('product-title', title);
      element?.setAttribute('product-image', `/pictures/${file}.jpg`);
    };
    input.addEventListener('change', choose);
    // A browser that restores the form after "back" sends no event.
    if (input.checked && !input.defaultChecked) choose();
  }
}

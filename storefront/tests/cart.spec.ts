// Add to cart on pages as shops write them: the product that was tried on, once, by the theme's own button; and a word that
// is true.
import type { IncomingMessage } from 'node:http';
import { beforeEach, describe, expect, test } from 'vitest';
import { stand, tryOn, useStand, withTab } from './dialog.ts';
import { attributeOf, ENGINE, textOf, until, untilText, type Tab } from './driver.ts';
import { completed, formOf, ID, type Answer } from './stand.ts';
import { dawn } from './themes/dawn.ts';
import { simple, variable } from './themes/woocommerce.ts';

useStand();

/** The lines that the shop's cart has got. */
let lines: Record<string, string>[] = [];
const takes =
  (answer: Answer) =>
  async (request: IncomingMessage, body: Buffer): Promise<Answer> => {
    lines.push(await formOf(request, body));
    return answer;
  };
const json = (status: number, body: object): Answer => ({ status, body, headers: { 'content-type': 'application/json' } });

beforeEach(() => {
  lines = [];
  stand.statuses = [completed()];
});

const ADD = 'dialog[open] [part=cart]';
/** WebKit keeps the status of an answer from the page: there the dialog makes way, and the theme itself says what came of it. */
const knowsAnswers = ENGINE !== 'webkit';
async function untilAdded(tab: Tab): Promise<void> {
  if (knowsAnswers) return untilText(tab, ADD, 'Added to your cart.');
  await expect.poll(() => textOf(tab, 'dialog[open]')).toBeUndefined();
}
const fieldsOf = (tab: Tab, selector: string): Promise<Record<string, string>> =>
  tab.run((form) => Object.fromEntries([...new FormData(document.querySelector(form) as HTMLFormElement)].map(([name, value]) => [name, String(value)])), selector);

describe('a theme as Dawn, whose instalments form stands first', () => {
  const cart = (answer: Answer, options = {}): void => {
    stand.pages.set('/tee', dawn(options)).set('/cart/add', takes(answer));
  };

  test('three presses add one line, through the theme’s own script, with the quantity and the result', async () => {
    cart(json(200, { id: 41 }));
    await withTab('/tee', async (tab) => {
      await tab.run(() => void ((document.querySelector('[name=quantity]') as HTMLInputElement).value = '3'), undefined);
      await tryOn(tab);
      await tab.run(() => {
        const add = document.querySelector('try-it-on')?.shadowRoot?.querySelector<HTMLElement>('[part=cart]');
        add?.click();
        add?.click();
        add?.click();
      }, undefined);
      await untilAdded(tab);
      await tab.press('Enter');
      expect(lines).toEqual([expect.objectContaining({ id: '41', quantity: '3', 'properties[_try_on]': ID })]);
      expect(await tab.run(() => (document.querySelector('cart-drawer') as HTMLElement).hidden, undefined)).toBe(false);
      expect(tab.troubles).toEqual([]);
      // The next press on the theme's own button is no try-on's.
      expect(await fieldsOf(tab, '#product-form')).not.toHaveProperty('properties[_try_on]');
    });
  });

  test('option and price stand beside the button: of what a press would add', async () => {
    cart(json(200, { id: 41 }));
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      expect(await textOf(tab, 'dialog[open] [part=order]')).toBe('Sage / M€41.00');
      await tab.click('dialog[open] [part=product] >> nth=1');
      await tab.click('dialog[open] [part=start]');
      await until(tab, ADD);
      expect(await textOf(tab, 'dialog[open] [part=order]')).toBe('Rust / M€42.00');
      await tab.click('dialog[open] [part=product] >> nth=2');
      await tab.click('dialog[open] [part=start]');
      await until(tab, 'dialog[open] [part=product-link]');
      // The shop told neither of this one.
      expect(await textOf(tab, 'dialog[open] [part=order]')).toBeUndefined();
    });
  });

  test('adding is said until the shop answers', async () => {
    let answers = (): void => undefined;
    const wait = new Promise<void>((resolve) => (answers = resolve));
    stand.pages.set('/tee', dawn()).set('/cart/add', async () => {
      await wait;
      return json(200, { id: 41 });
    });
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await tab.click(ADD);
      await untilText(tab, ADD, 'Adding…');
      expect(await attributeOf(tab, ADD, 'aria-disabled')).toBe('true');
      answers();
      await untilAdded(tab);
    });
  });

  test('a shop that refuses is not said to have added', async () => {
    cart(json(422, { status: 422, description: 'All 1 in your cart.' }));
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await tab.click(ADD);
      if (knowsAnswers) {
        await untilText(tab, '[part=cart-problem]', 'The shop didn’t add it to your cart.');
        // "Go to product" leads to the page's own words.
        await tab.click('dialog[open] [part=go]');
      }
      await expect.poll(() => textOf(tab, 'dialog[open]')).toBeUndefined();
      expect(await textOf(tab, '.product-form__error-message')).toBe('All 1 in your cart.');
      expect(lines).toHaveLength(1);
    });
  });

  test('sold out: nothing is sent', async () => {
    cart(json(200, {}), { soldOut: true });
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await tab.click(ADD);
      await untilText(tab, '[part=cart-problem]', 'This one can’t be added from here right now.');
      expect(lines).toEqual([]);
    });
  });

  test('a required field that is empty: nothing is sent, and the form shows which', async () => {
    cart(json(200, {}), { required: true });
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await tab.click(ADD);
      await expect.poll(() => tab.run(() => (document.activeElement as HTMLInputElement).name, undefined)).toBe('properties[Engraving]');
      expect(await textOf(tab, 'dialog[open]')).toBeUndefined();
      expect(lines).toEqual([]);
    });
  });

  test('another variant than the page shows is the one that is added, and the page keeps its own', async () => {
    cart(json(200, { id: 42 }));
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await tab.click('dialog[open] [part=product][title="T-shirt, Rust"]');
      await tab.click('dialog[open] [part=start]');
      await until(tab, 'dialog[open] [part=result][alt^="T-shirt, Rust"]');
      await tab.click(ADD);
      await untilAdded(tab);
      expect(lines.map(({ id }) => id)).toEqual(['42']);
      expect(await fieldsOf(tab, '#product-form')).toMatchObject({ id: '41' });
    });
  });

  test('another product has its own page, and never lands in the cart as this one', async () => {
    cart(json(200, {}));
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await tab.click('dialog[open] [part=product][title="Jumper"]');
      await tab.click('dialog[open] [part=start]');
      await until(tab, 'dialog[open] [part=result][alt^="Jumper"]');
      expect(await textOf(tab, ADD)).toBeUndefined();
      expect(await attributeOf(tab, '[part=product-link]', 'href')).toBe(`${stand.url}/products/cable-jumper`);
      expect(lines).toEqual([]);
    });
  });
});

describe('WooCommerce', () => {
  test('a simple product: its id is the button’s', async () => {
    stand.pages.set('/tee', simple()).set('/product/jumper/', takes({ body: '<title>Cart</title>' }));
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await tab.click(ADD);
      await expect.poll(() => tab.run(() => document.title, undefined).catch(() => ''), { timeout: 20_000 }).toBe('Cart');
      expect(lines).toEqual([{ quantity: '2', 'add-to-cart': '4711', try_on: ID }]);
    });
  });

  test('a variable product: the tried variation is selected first', async () => {
    stand.pages.set('/tee', variable()).set('/product/t-shirt/', takes({ body: '<title>Cart</title>' }));
    await withTab('/tee', async (tab) => {
      await tab.run(() => {
        const select = document.querySelector('select') as HTMLSelectElement;
        select.value = 'rust';
        select.dispatchEvent(new Event('change', { bubbles: true }));
      }, undefined);
      await expect.poll(() => fieldsOf(tab, 'form')).toMatchObject({ variation_id: '52' });
      await tryOn(tab);
      expect(await attributeOf(tab, '[part=result]', 'alt')).toBe('T-shirt, rust, tried on');
      await tab.click('dialog[open] [part=product][title="T-shirt, sage"]');
      await tab.click('dialog[open] [part=start]');
      await until(tab, 'dialog[open] [part=result][alt^="T-shirt, sage"]');
      await tab.click(ADD);
      // The form loads the next page.
      await expect.poll(() => tab.run(() => document.title, undefined).catch(() => ''), { timeout: 20_000 }).toBe('Cart');
      expect(lines).toEqual([
        { attribute_pa_colour: 'sage', quantity: '1', 'add-to-cart': '50', product_id: '50', variation_id: '51', try_on: ID },
      ]);
    });
  });

  test('a variation that was tried on before any was selected', async () => {
    stand.pages.set('/tee', variable()).set('/product/t-shirt/', takes({ body: '<title>Cart</title>' }));
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await tab.click('dialog[open] [part=product][title="T-shirt, rust"]');
      await tab.click('dialog[open] [part=start]');
      await until(tab, 'dialog[open] [part=result][alt^="T-shirt, rust"]');
      await tab.click(ADD);
      await expect.poll(() => tab.run(() => document.title, undefined).catch(() => ''), { timeout: 20_000 }).toBe('Cart');
      expect(lines).toEqual([
        { attribute_pa_colour: 'rust', quantity: '1', 'add-to-cart': '50', product_id: '50', variation_id: '52', try_on: ID },
      ]);
    });
  });

  test('a variation that is out of stock is not sent', async () => {
    stand.pages.set('/tee', variable()).set('/product/t-shirt/', takes({ body: '<title>Cart</title>' }));
    await withTab('/tee', async (tab) => {
      await tab.run(() => {
        const select = document.querySelector('select') as HTMLSelectElement;
        select.value = 'ink';
        select.dispatchEvent(new Event('change', { bubbles: true }));
      }, undefined);
      await tryOn(tab);
      await tab.click(ADD);
      await untilText(tab, '[part=cart-problem]', 'This one can’t be added from here right now.');
      expect(lines).toEqual([]);
    });
  });
});

describe('a shop that puts products into the cart itself', () => {
  const listen = (tab: Tab, outcome: 'resolves' | 'rejects' | 'prevents'): Promise<void> =>
    tab.run((how) => {
      document.addEventListener('tryon:cart', (event) => {
        const { detail } = event as CustomEvent<{ productId: string; resultId: string; respondWith(added: Promise<unknown>): void }>;
        document.body.dataset['taken'] = `${document.body.dataset['taken'] ?? ''}${detail.productId} `;
        if (how === 'prevents') event.preventDefault();
        else detail.respondWith(how === 'resolves' ? Promise.resolve() : Promise.reject(new Error('no')));
      });
    }, outcome);

  test.each([
    ['resolves', ADD, 'Added to your cart.'],
    ['rejects', '[part=cart-problem]', 'The shop didn’t add it to your cart.'],
  ] as const)('its promise %s', async (outcome, where, said) => {
    stand.pages.set('/tee', dawn()).set('/cart/add', takes(json(200, {})));
    await withTab('/tee', async (tab) => {
      await listen(tab, outcome);
      await tryOn(tab);
      await tab.click(ADD);
      await untilText(tab, where, said);
      expect(lines).toEqual([]);
      expect(tab.troubles).toEqual([]);
    });
  });

  test('it prevents and says no more: the dialog makes way for the page', async () => {
    stand.pages.set('/tee', dawn());
    await withTab('/tee', async (tab) => {
      await listen(tab, 'prevents');
      await tryOn(tab);
      await tab.click(ADD);
      await expect.poll(() => textOf(tab, 'dialog[open]')).toBeUndefined();
      expect(await tab.run(() => document.body.dataset['taken'], undefined)).toBe('41 ');
    });
  });
});

describe('the demo shop', () => {
  test('in Dawn’s markup adds the variant that was tried on, and its drawer says so', async () => {
    await withTab('/themes/dawn', async (tab) => {
      await tryOn(tab);
      await tab.click(ADD);
      await untilAdded(tab);
      await untilText(tab, 'cart-drawer', 'In your cart: 1 × 41, tried on');
      expect(tab.troubles).toEqual([]);
    });
  });

  test('in WooCommerce’s markup adds the product that its button names', async () => {
    await withTab('/themes/woocommerce', async (tab) => {
      await tryOn(tab);
      await tab.click(ADD);
      await untilText(tab, '.woocommerce-notices-wrapper', '1 × Jumper has been added to your cart, tried on.');
    });
  });
});

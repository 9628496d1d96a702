// Whose picture it is: what a button says and shows belongs to its product and the shopper's photo as they are now, on pages
// that change under it, with two buttons of one product, and in several tabs.
import { describe, expect, test } from 'vitest';
import { file, kept, photo, stand, tryOn, useStand, withTab } from './dialog.ts';
import { attributeOf, textOf, until, untilText, type Tab } from './driver.ts';
import { picturePlaceholder } from './pictures.ts';
import { completed, ID, status } from './stand.ts';

useStand();

const tag = (id: string, image: string, more = ''): string =>
  `<try-it-on gateway="" product-id="${id}" product-title="${id}" product-image="/pictures/${image}.jpg" ${more}></try-it-on>`;
const html = (body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="/icon.svg"><script type="module" src="/try-it-on.js"></script></head><body>${body}</body></html>`;
/** A navigation as Turbo and Hydrogen make it: the page's parts are changed in place. */
const morph = (tab: Tab, id: string, image: string): Promise<void> =>
  tab.run(
    ([productId, picture]) => {
      const element = document.querySelector('try-it-on');
      history.pushState({ turbo: {} }, '', `/${productId}`);
      element?.setAttribute('product-id', productId);
      element?.setAttribute('product-title', productId);
      element?.setAttribute('product-image', `/pictures/${picture}.jpg`);
    },
    [id, image] as const,
  );
const trigger = (tab: Tab): Promise<string | undefined> => textOf(tab, '[part=trigger]');
const modals = (tab: Tab): Promise<number> =>
  tab.run(() => [...document.querySelectorAll('try-it-on')].filter((element) => element.shadowRoot?.querySelector('dialog:modal')).length, undefined);
const close = async (tab: Tab): Promise<void> => {
  await tab.press('Escape');
  await expect.poll(() => textOf(tab, 'dialog[open]')).toBeUndefined();
};

describe('a page that changes in place', () => {
  test('the button speaks for the product that it stands at now, and adds that one', async () => {
    stand.pages.set('/tee', html(tag('tee', 'tshirt-sage', 'cart')));
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await close(tab);
      expect(await trigger(tab)).toBe('See it on you');
      await morph(tab, 'jumper', 'cable-jumper');
      expect(await trigger(tab)).toBe('Try it on');
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=start]');
      expect(await textOf(tab, '.product-title')).toBe('jumper');
      await close(tab);
      await morph(tab, 'tee', 'tshirt-sage');
      expect(await trigger(tab)).toBe('See it on you');
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=result][alt^="tee"]');
      expect(stand.runs).toHaveLength(1);
      expect(tab.troubles).toEqual([]);
    });
  });

  test('a run that was started on one product ends on that one, also while another one stands there', async () => {
    stand.pages.set('/tee', html(tag('tee', 'tshirt-sage')));
    stand.statuses = [status('processing')];
    await withTab('/tee', async (tab) => {
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      await tab.give('dialog[open] [part=file]', file(photo));
      await tab.click('dialog[open] [part=start]');
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
      await close(tab);
      await morph(tab, 'jumper', 'cable-jumper');
      expect(await trigger(tab)).toBe('Try it on');
      stand.statuses = [completed()];
      await expect.poll(() => tab.run(() => sessionStorage.getItem('try-it-on:runs'), undefined)).toContain('"done":true');
      expect(await trigger(tab)).toBe('Try it on');
      await morph(tab, 'tee', 'tshirt-sage');
      expect(await trigger(tab)).toBe('See it on you');
    });
  });

  test('a variant of another picture asks anew, one of the same picture doesn’t', async () => {
    const products = JSON.stringify([['1', 'sage'], ['2', 'sage'], ['3', 'rust']].map(([id, colour]) => ({ id, title: colour, image: `/pictures/tshirt-${colour}.jpg` })));
    stand.pages.set('/tee', html(`<form><select name="id"><option>1</option><option>2</option><option>3</option></select><button>Add</button>
      ${tag('1', 'tshirt-sage', `products='${products}' form="form"`)}</form>`));
    stand.statuses = [completed()];
    const choose = (tab: Tab, id: string): Promise<void> =>
      tab.run((value) => {
        const select = document.querySelector('select') as HTMLSelectElement;
        select.value = value;
        select.dispatchEvent(new Event('change', { bubbles: true }));
      }, id);
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await close(tab);
      for (const [id, said] of [['2', 'See it on you'], ['3', 'Try it on'], ['1', 'See it on you']] as const) {
        await choose(tab, id);
        await expect.poll(() => trigger(tab)).toBe(said);
      }
    });
  });
});

describe('before and after are one person', () => {
  test('another photo ends the picture that the first one made, also after a reload', async () => {
    stand.pages.set('/tee', html(tag('tee', 'tshirt-sage')));
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await tab.click('dialog[open] [part=change]');
      await tab.give('dialog[open] [part=file]', file(await picturePlaceholder({ width: 800, height: 1000, colour: '#204060' })));
      await until(tab, 'dialog[open] [part=start]');
      expect(await trigger(tab)).toBe('Try it on');
      await kept(tab);
      await tab.reload();
      expect(await trigger(tab)).toBe('Try it on');
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=start]');
    });
  });

  test('a picture of the shop’s model is compared with the shop’s model', async () => {
    stand.pages.set('/tee', html(tag('tee', 'tshirt-sage', 'sample="/pictures/shopper-woman.jpg"')));
    stand.statuses = [completed()];
    const before = (tab: Tab): Promise<number | undefined> =>
      tab.run(async () => {
        const image = document.querySelector('try-it-on')?.shadowRoot?.querySelector<HTMLImageElement>('[part=before]');
        await image?.decode();
        return image?.naturalWidth;
      }, undefined);
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      expect(await before(tab)).toBe(900);
      await tab.click('dialog[open] [part=change]');
      await tab.click('dialog[open] [part=sample]');
      await tab.click('dialog[open] [part=start]');
      await until(tab, 'dialog[open] [part=before]');
      const model = await before(tab);
      expect(model).not.toBe(900);
      await tab.reload();
      expect(await trigger(tab)).toBe('See it on you');
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=before]');
      expect(await before(tab)).toBe(model);
    });
  });
});

describe('two buttons of one product', () => {
  const page = (): void => void stand.pages.set('/tee', html(`${tag('tee', 'tshirt-sage', 'id="main"')}<div style="position:sticky;bottom:0">${tag('tee', 'tshirt-sage', 'id="bar"')}</div>`));

  test('one run, one dialog, one word, also after a reload', async () => {
    page();
    stand.statuses = [status('processing')];
    await withTab('/tee', async (tab) => {
      await tab.click('#bar [part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      await tab.give('#bar [part=file]', file(photo));
      await tab.click('#bar [part=start]');
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
      expect(await textOf(tab, '#main')).toBe('');
      expect(await trigger(tab)).toBe('Making your picture…');
      const asked = stand.statusRequests;
      await tab.reload();
      await until(tab, 'dialog[open] .frame[data-phase=running]');
      expect(await modals(tab)).toBe(1);
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(asked);
      stand.statuses = [completed()];
      await until(tab, 'dialog[open] [part=result]');
      expect(await modals(tab)).toBe(1);
      await close(tab);
      const labels = await tab.run(() => [...document.querySelectorAll('try-it-on')].map((element) => element.shadowRoot?.querySelector('[part=trigger]')?.textContent), undefined);
      expect(labels).toEqual(['See it on you', 'See it on you']);
      expect(stand.runs).toHaveLength(1);
    });
  });

  test('a photo given to one is the other’s', async () => {
    page();
    await withTab('/tee', async (tab) => {
      await tab.click('#main [part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      await tab.give('#main [part=file]', file(photo));
      await until(tab, '[part=start]');
      await close(tab);
      await tab.click('#bar [part=trigger]');
      await until(tab, 'dialog[open] [part=start]');
    });
  });
});

describe('an element that is', () => {
  test('moved while its dialog is open: still modal', async () => {
    stand.pages.set('/tee', html(`<main>${tag('tee', 'tshirt-sage')}</main><aside></aside>`));
    await withTab('/tee', async (tab) => {
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      await tab.run(() => document.querySelector('aside')?.append(document.querySelector('try-it-on') as Element), undefined);
      await expect.poll(() => modals(tab)).toBe(1);
      await close(tab);
      await expect.poll(() => tab.run(() => document.documentElement.style.overflow, undefined)).toBe('');
    });
  });

  test('removed while its dialog is open: the page can be scrolled again', async () => {
    stand.pages.set('/tee', html(tag('tee', 'tshirt-sage')));
    await withTab('/tee', async (tab) => {
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      expect(await tab.run(() => document.documentElement.style.overflow, undefined)).toBe('hidden');
      await tab.run(() => document.querySelector('try-it-on')?.remove(), undefined);
      await expect.poll(() => tab.run(() => document.documentElement.style.overflow, undefined)).toBe('');
    });
  });

  test('removed during an upload: the run goes on, and the next button of its product knows', async () => {
    stand.pages.set('/tee', html(tag('tee', 'tshirt-sage')));
    let accept = (): void => undefined;
    const accepted = new Promise<void>((resolve) => (accept = resolve));
    stand.pages.set('/v1/run', async () => {
      await accepted;
      return { body: { id: ID, error: null }, headers: { 'content-type': 'application/json' } };
    });
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      await tab.give('dialog[open] [part=file]', file(photo));
      await tab.click('dialog[open] [part=start]');
      await tab.run((text) => {
        document.querySelector('try-it-on')?.remove();
        document.body.insertAdjacentHTML('beforeend', text);
      }, tag('tee', 'tshirt-sage'));
      await expect.poll(() => trigger(tab)).toBe('Making your picture…');
      accept();
      await expect.poll(() => trigger(tab)).toBe('See it on you');
      expect(tab.troubles).toEqual([]);
    });
  });
});

describe('a photo that is forgotten', () => {
  test('is forgotten in all tabs, with its pictures', async () => {
    stand.pages.set('/tee', html(tag('tee', 'tshirt-sage'))).set('/jumper', html(tag('jumper', 'cable-jumper')));
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await kept(tab);
      await close(tab);
      const other = await tab.another('/jumper');
      await other.click('[part=trigger]');
      await until(other, 'dialog[open] [part=start]');
      await other.click('dialog[open] [part=forget]');
      await untilText(other, 'dialog[open] [part=forgotten]', 'Your photo is forgotten.');
      await expect.poll(() => trigger(tab)).toBe('Try it on');
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=file]');
      expect(await textOf(tab, 'dialog[open] [part=keep]')).toBeUndefined();
      // For good when the time to undo is over.
      await expect.poll(() => stand.forgotten, { timeout: 30_000 }).toEqual([ID]);
      await expect.poll(() => textOf(other, 'dialog[open] [part=undo]')).toBeUndefined();
    });
  });

  test('comes back with its picture by undo, in all tabs', async () => {
    stand.pages.set('/tee', html(tag('tee', 'tshirt-sage')));
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await kept(tab);
      await tab.click('dialog[open] [part=forget]');
      await tab.click('dialog[open] [part=undo]');
      await until(tab, 'dialog[open] [part=result]');
      await tab.reload();
      expect(await trigger(tab)).toBe('See it on you');
      await tab.click('[part=trigger]');
      await until(tab, 'dialog[open] [part=before]');
      expect(stand.forgotten).toEqual([]);
    });
  });
});

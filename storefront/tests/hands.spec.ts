// What hands do on somebody else's page: scroll, go back, select, drop, paste, hold; and what must not reach that page.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isCutJpeg, isHeic } from '../src/photo/intact.ts';
import { file, photo, stand, tryOn, useStand, withTab } from './dialog.ts';
import { attributeOf, ENGINE, textOf, until, untilText, type Tab } from './driver.ts';
import { frames } from './engines/place.ts';
import { completed, status } from './stand.ts';

useStand();

const page = (attributes = '', content = ''): void =>
  void stand.pages.set('/tee', `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tee</title><link rel="icon" href="/icon.svg">
    <script type="module" src="/try-it-on.js"></script></head>
    <body style="margin:0"><try-it-on gateway="" product-id="1" product-title="Tee" product-image="/pictures/tshirt-sage.jpg" ${attributes}>${content}</try-it-on>
    <div style="height:4000px">Below</div></body></html>`);
const isOpen = async (tab: Tab): Promise<boolean> => (await textOf(tab, 'dialog[open]')) !== undefined;
async function open(tab: Tab): Promise<void> {
  await tab.click('[part=trigger]');
  await until(tab, 'dialog[open] [part=file]');
}
/** Drops or pastes a file at a place in the window. */
const bring = (tab: Tab, type: 'drop' | 'paste', x = 2, y = 2): Promise<boolean> =>
  tab.run(
    ([base64, kind, left, top]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], 'me.jpg', { type: 'image/jpeg' }));
      const target = document.elementFromPoint(left, top) ?? document.body;
      const send = (name: string): boolean => {
        const event = name === 'paste' ? new ClipboardEvent('paste', { bubbles: true, cancelable: true }) : new DragEvent(name, { bubbles: true, cancelable: true });
        // Some engines take no files from a script's own event.
        Object.defineProperty(event, name === 'paste' ? 'clipboardData' : 'dataTransfer', { value: data });
        return target.dispatchEvent(event);
      };
      if (kind === 'drop') send('dragover');
      return send(kind);
    },
    [photo.toString('base64'), type, x, y] as const,
  );

describe('the page behind the dialog', () => {
  test('stands still', async () => {
    page();
    await withTab('/tee', async (tab) => {
      await open(tab);
      // A wheel moves what is drawn.
      await frames(tab);
      await tab.wheel(5, 300, 900);
      // What the wheel moves begins to move within two frames.
      await frames(tab);
      expect(await tab.run(() => scrollY, undefined)).toBe(0);
      await tab.press('Escape');
      await expect.poll(() => isOpen(tab)).toBe(false);
      await expect.poll(() => tab.run(() => [document.documentElement.style.overflow, document.body.style.overflow], undefined)).toEqual(['', '']);
      // WebKit's driver moves nothing any more by its wheel then.
      if (ENGINE === 'webkit') return;
      // Some engines need a moment until the wheel is the page's again.
      const scrolled = async (): Promise<number> => {
        await tab.wheel(5, 300, 900);
        return tab.run(() => scrollY, undefined);
      };
      await expect.poll(scrolled).toBeGreaterThan(0);
    });
  });

  test('hears nothing of keys and fields', async () => {
    page();
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tab.run(() => {
        const heard: string[] = [];
        Object.assign(window, { heard });
        for (const type of ['keydown', 'keyup', 'input', 'change']) document.addEventListener(type, () => heard.push(type));
      }, undefined);
      await tryOn(tab);
      await tab.run(() => document.querySelector('try-it-on')?.shadowRoot?.querySelector<HTMLElement>('[part=slider]')?.focus(), undefined);
      await tab.press('ArrowRight');
      await tab.press('ArrowRight');
      expect(await attributeOf(tab, '[part=slider]', 'aria-valuetext')).toBe('2% of the original photo');
      expect(await tab.run(() => (window as unknown as { heard: string[] }).heard, undefined)).toEqual([]);
    });
  });
});

describe('back', () => {
  test('closes the dialog, and only then leaves the page; the page’s router hears nothing', async () => {
    page();
    await withTab('/products/t-shirt', async (tab) => {
      await tab.goto('/tee');
      await tab.run(() => {
        history.replaceState({ turbo: { restorationIndex: 1 } }, '');
        const popped: unknown[] = [];
        Object.assign(window, { popped });
        addEventListener('popstate', ({ state }) => popped.push(state));
      }, undefined);
      const path = (): Promise<string> => tab.run(() => location.pathname, undefined);
      await open(tab);
      await tab.run(() => history.back(), undefined);
      await expect.poll(() => isOpen(tab)).toBe(false);
      expect(await path()).toBe('/tee');
      // Closed by hand, our entry is gone too.
      await open(tab);
      await tab.press('Escape');
      await expect.poll(() => tab.run(() => history.state as unknown, undefined)).toEqual({ turbo: { restorationIndex: 1 } });
      // Nothing that a router would take for a visit of its own.
      expect(await tab.run(() => JSON.stringify((window as unknown as { popped: unknown[] }).popped), undefined)).not.toContain('turbo');
      await tab.back();
      await expect.poll(path).toBe('/products/t-shirt');
    });
  });

  test('is the open dialog’s also where the page closed and opened it in one breath, or another in its place', async () => {
    page();
    await withTab('/products/t-shirt', async (tab) => {
      await tab.goto('/tee');
      const heard = (): Promise<string[]> => tab.run(() => (window as unknown as { heard: string[] }).heard, undefined);
      await tab.run(() => {
        const heard: string[] = [];
        Object.assign(window, { heard });
        const first = document.querySelector('try-it-on');
        first?.after(Object.assign(first.cloneNode() as Element, { id: 'second' }));
        for (const name of ['tryon:open', 'tryon:close']) document.addEventListener(name, ({ target }) => heard.push(`${(target as Element).id || 'first'} ${name}`));
      }, undefined);
      await open(tab);
      await tab.run(async () => {
        const first = document.querySelector('try-it-on');
        history.replaceState({ ...(history.state as object), ofTheFirst: true }, '');
        first?.close();
        await first?.open();
        first?.close();
        await (document.querySelector('#second') as HTMLElementTagNameMap['try-it-on']).open();
      }, undefined);
      await expect.poll(() => tab.run(() => history.state as unknown, undefined)).toEqual({ tryItOn: true });
      await expect.poll(heard).toEqual(['first tryon:open', 'first tryon:close', 'first tryon:open', 'first tryon:close', 'second tryon:open']);
      expect(await tab.run(() => document.querySelector('#second')?.shadowRoot?.querySelector('dialog')?.open, undefined)).toBe(true);
      await tab.back();
      await expect.poll(heard).toContain('second tryon:close');
      expect(await tab.run(() => location.pathname, undefined)).toBe('/tee');
      await tab.back();
      await expect.poll(() => tab.run(() => location.pathname, undefined)).toBe('/products/t-shirt');
    });
  });
});

describe('a pointer', () => {
  test('that selects text and lets go outside closes nothing; a press outside does', async () => {
    page();
    await withTab('/tee', async (tab) => {
      await open(tab);
      const at = await tab.run(() => document.querySelector('try-it-on')?.shadowRoot?.querySelector('[part=heading]')?.getBoundingClientRect().toJSON() as DOMRect, undefined);
      await tab.drag([at.x + 5, at.y + 5], [3, 3]);
      expect(await isOpen(tab)).toBe(true);
      await tab.drag([3, 3], [3, 3]);
      await expect.poll(() => isOpen(tab)).toBe(false);
    });
  });

  test('drags the line over the picture by its grip, and the picture itself can be held', async () => {
    page();
    stand.statuses = [completed()];
    await withTab('/tee', async (tab) => {
      await tryOn(tab);
      await tab.run(async () => void (await Promise.all((document.querySelector('try-it-on')?.shadowRoot?.getAnimations() ?? []).map(({ finished }) => finished))), undefined);
      const box = (selector: string): Promise<DOMRect> =>
        tab.run((wanted) => document.querySelector('try-it-on')?.shadowRoot?.querySelector(wanted)?.getBoundingClientRect().toJSON() as DOMRect, selector);
      const [grip, picture] = [await box('.handle .icon'), await box('[part=result]')];
      await tab.drag([grip.x + grip.width / 2, grip.y + grip.height / 2], [picture.x + picture.width / 2, picture.y + 20]);
      expect(await attributeOf(tab, '[part=slider]', 'aria-valuetext')).toMatch(/^(49|50|51)% of/);
      const held = await tab.run(([x, y]) => document.querySelector('try-it-on')?.shadowRoot?.elementFromPoint(x, y)?.getAttribute('part'), [picture.x + picture.width * 0.8, picture.y + 40] as const);
      expect(held).toBe('result');
    });
  });
});

describe('a photo', () => {
  test.each(['drop', 'paste'] as const)('is taken by %s, wherever in the window', async (type) => {
    page();
    await withTab('/tee', async (tab) => {
      await open(tab);
      expect(await bring(tab, type)).toBe(false);
      await until(tab, 'dialog[open] [part=start]');
    });
  });

  test('is not taken in while a picture is being made, and takes nobody’s place', async () => {
    page();
    stand.statuses = [status('processing')];
    await withTab('/tee', async (tab) => {
      await open(tab);
      await tab.give('dialog[open] [part=file]', file(photo));
      await tab.click('dialog[open] [part=start]');
      await expect.poll(() => stand.statusRequests).toBeGreaterThan(0);
      expect(await bring(tab, 'drop')).toBe(false);
      await until(tab, 'dialog[open] .frame[data-phase=running]');
    });
  });

  test('that was cut off is refused before it is sent half grey', async () => {
    page();
    await withTab('/tee', async (tab) => {
      await open(tab);
      await tab.give('dialog[open] [part=file]', file(photo.subarray(0, Math.floor(photo.length * 0.6))));
      await untilText(tab, '[part=error] [part=heading]', 'This photo is incomplete');
      await tab.give('dialog[open] [part=file]', file(photo));
      await until(tab, 'dialog[open] [part=start]');
    });
  });

  test('in HEIC is explained', async () => {
    page();
    const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic'), Buffer.alloc(4_000)]);
    await withTab('/tee', async (tab) => {
      await open(tab);
      await tab.give('dialog[open] [part=file]', file(heic, 'IMG_1.HEIC', ''));
      await untilText(tab, '[part=error] [part=heading]', 'This browser can’t read HEIC photos');
    });
  });

  test('is whole with its end, and cut without, also with a small picture in its EXIF', () => {
    const inner = [0xff, 0xd8, 0xff, 0xd9];
    const exif = [0xff, 0xe1, 0x00, 2 + inner.length, ...inner];
    const scan = [0xff, 0xda, 0x00, 0x02, 0x12, 0xff, 0x00, 0xff, 0xd3, 0x34];
    const whole = Uint8Array.from([0xff, 0xd8, ...exif, ...scan, ...scan, 0xff, 0xd9, 1, 2, 3]);
    expect(isCutJpeg(whole)).toBe(false);
    for (let length = 2; length < whole.length - 3; length += 1) expect(isCutJpeg(whole.subarray(0, length)), String(length)).toBe(true);
    expect(isCutJpeg(photo)).toBe(false);
    expect(isCutJpeg(Uint8Array.from([0x89, 0x50]))).toBe(false);
    expect(isHeic(photo)).toBe(false);
  });
});

// MiniBrowser has no camera to try with, and asks in a window of its own.
const withCamera = test.skipIf(ENGINE === 'webkit');

describe('the camera', () => {
  withCamera('is shown with an outline, counts down, and its photo is taken; then its light is out', async () => {
    page();
    await withTab('/tee', async (tab) => {
      await open(tab);
      await tab.click('dialog[open] [part=live]');
      await untilText(tab, '[part=countdown]', 'Stand so that you fill the outline.');
      const track = (): Promise<string | undefined> =>
        tab.run(() => {
          const video = document.querySelector('try-it-on')?.shadowRoot?.querySelector('video');
          const found = (video?.srcObject as MediaStream | null)?.getVideoTracks()[0];
          if (found) Object.assign(window, { found });
          return (window as unknown as { found?: MediaStreamTrack }).found?.readyState;
        }, undefined);
      expect(await track()).toBe('live');
      await expect.poll(() => tab.run(() => document.querySelector('try-it-on')?.shadowRoot?.querySelector('video')?.videoWidth, undefined)).toBeGreaterThan(0);
      await tab.click('[part=shoot]');
      await untilText(tab, '[part=countdown]', /^[123]$/);
      await until(tab, 'dialog[open] [part=start]');
      expect(await track()).toBe('ended');
      expect(tab.troubles).toEqual([]);
    });
  });

  withCamera('is left by Escape, which leaves the dialog open, and put out', async () => {
    page();
    await withTab('/tee', async (tab) => {
      await open(tab);
      await tab.click('dialog[open] [part=live]');
      await until(tab, '[part=viewfinder]');
      await tab.press('Escape');
      await expect.poll(() => textOf(tab, '[part=viewfinder]')).toBeUndefined();
      expect(await isOpen(tab)).toBe(true);
    });
  });

  test('that may not be used is explained', async () => {
    page();
    await withTab('/tee', async (tab) => {
      await open(tab);
      await tab.run(() => Object.assign(navigator.mediaDevices, { getUserMedia: () => Promise.reject(new DOMException('no', 'NotAllowedError')) }), undefined);
      await tab.click('dialog[open] [part=live]');
      await untilText(tab, '[part=error] [part=heading]', 'The camera can’t be used');
    });
  });
});

describe('the button', () => {
  test('keeps a long label within its own place', async () => {
    stand.pages.set('/tee', `<!doctype html><html lang="de"><head><meta charset="utf-8"><title>x</title><link rel="icon" href="/icon.svg"><script type="module" src="/try-it-on.js"></script></head>
      <body><div style="display:grid;grid-template-columns:1fr 1fr;width:300px">${['a', 'b'].map((id) => `<div style="min-width:0"><try-it-on style="display:block" gateway="" product-id="${id}" product-title="x" product-image="/pictures/tshirt-sage.jpg" label="Virtuelle Anprobekabinenbesichtigung jetzt beginnen"></try-it-on></div>`).join('')}</div></body></html>`);
    await withTab('/tee', async (tab) => {
      await until(tab, '[part=trigger]');
      const over = await tab.run(() => [...document.querySelectorAll('try-it-on')].map((element) => {
        const button = element.shadowRoot?.querySelector('button');
        return Math.max(0, (button?.scrollWidth ?? 0) - (element.parentElement?.clientWidth ?? 0));
      }), undefined);
      expect(over).toEqual([0, 0]);
    });
  });

  test('says that it is busy also with the shop’s own content in it', async () => {
    page('', '<b>See it on you!</b>');
    stand.statuses = [status('processing')];
    const said = (tab: Tab): Promise<string> =>
      tab.run(() => ((document.querySelector('try-it-on')?.shadowRoot?.querySelector('[part=trigger] slot') as HTMLElement).hidden ? '' : 'slot '), undefined).then(async (slot) => slot + ((await textOf(tab, '[part=trigger] span')) ?? ''));
    await withTab('/tee', async (tab) => {
      expect(await said(tab)).toBe('slot ');
      await open(tab);
      await tab.give('dialog[open] [part=file]', file(photo));
      await tab.click('dialog[open] [part=start]');
      await expect.poll(() => said(tab)).toBe('Making your picture…');
    });
  });

  test('and its dialog speak one language, whatever way the tag is written', async () => {
    page('locale="de_DE"');
    await withTab('/tee', async (tab) => {
      expect(await textOf(tab, '[part=trigger]')).toBe('Anprobieren');
      await open(tab);
      expect(await textOf(tab, '[part=heading]')).toBe('Beginne mit einem Foto von dir');
    });
  });
});

test.each(['try-it-on.js', 'client.js'])('%s can be imported where there is no page', (name) => {
  const address = new URL(`../dist/${name}`, import.meta.url).href;
  const script = `const m = await import(${JSON.stringify(address)}); console.log(Object.keys(m).length > 0)`;
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', cwd: fileURLToPath(new URL('.', import.meta.url)) })).toBe('true\n');
});

// WebKitGTK's MiniBrowser under Xvfb, by WebKit's own WebDriver. A tab is a session of its own, and its storage ends with it.
//
// The driver tells nothing of the console, so pages load `recorder.js` first (the stand writes it into each page). The window has
// a smallest size, so a test that asks for a size gets the page in a frame of that size.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import sharp from 'sharp';
import { Builder, By, Capabilities, Key, Origin, type WebDriver, type WebElement } from 'selenium-webdriver';
import type { Engine, PhotoFile, Tab, TabOptions } from '../driver.ts';
import { PhotoFiles } from './photo-files.ts';
import { FIND, placeOf } from './place.ts';

const LIBRARIES = '/usr/lib/x86_64-linux-gnu';
const KEYS: Readonly<Record<string, string>> = {
  Escape: Key.ESCAPE, Tab: Key.TAB, Enter: Key.ENTER, Space: Key.SPACE, ' ': Key.SPACE, Shift: Key.SHIFT,
  ArrowRight: Key.ARROW_RIGHT, ArrowLeft: Key.ARROW_LEFT, ArrowUp: Key.ARROW_UP, ArrowDown: Key.ARROW_DOWN, Home: Key.HOME, End: Key.END,
};
/** Errors and warnings of the console, uncaught errors and violations, kept until they are read. */
export const RECORDER = `(() => {
  const troubles = (window.__troubles = []);
  for (const level of ['error', 'warn']) {
    const say = console[level].bind(console);
    console[level] = (...words) => { troubles.push(words.map(String).join(' ') + ' ()'); say(...words); };
  }
  addEventListener('error', ({ message, error }) => message && troubles.push(String(error ?? message)));
  addEventListener('unhandledrejection', ({ reason }) => troubles.push(String(reason)));
  addEventListener('securitypolicyviolation', (event) => troubles.push('CSP: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));
})();`;

interface Frame {
  width: number;
  height: number;
}

export async function webkit(): Promise<Engine> {
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '2200x1400x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const [number] = (await once(screen.stdio[3] as NodeJS.ReadableStream, 'data')) as [Buffer];
  const port = await freePort();
  const env = { ...process.env, DISPLAY: `:${String(number).trim()}`, GDK_BACKEND: 'x11', LIBGL_ALWAYS_SOFTWARE: '1', NO_AT_BRIDGE: '1', LANG: 'en_GB.UTF-8' };
  // It has no user namespaces where it runs as root, as in CI.
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], { env: { ...env, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }, stdio: 'ignore' });
  const server = `http://127.0.0.1:${port}`;
  await answers(server);
  let last: Tab | undefined;
  return {
    async open(address, options = {}) {
      // It has one session at a time, and a test that ran out of time leaves its own.
      await last?.close().catch(() => undefined);
      last = await WebKitTab.open(server, address, options);
      return last;
    },
    async stop() {
      await Promise.all([ended(driver), ended(screen)]);
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}

async function answers(server: string): Promise<void> {
  for (;;) {
    const status = await fetch(`${server}/status`).catch(() => undefined);
    if (status?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function miniBrowser(): string {
  const folders = readdirSync(LIBRARIES).filter((name) => name.startsWith('webkit2gtk-') || name.startsWith('webkitgtk-'));
  const found = folders.map((name) => `${LIBRARIES}/${name}/MiniBrowser`).find((path) => existsSync(path));
  if (found === undefined) throw new Error('MiniBrowser is missing: install webkit2gtk-driver');
  return found;
}

class WebKitTab implements Tab {
  readonly troubles: string[];
  readonly #driver: WebDriver;
  readonly #window: string;
  readonly #files = new PhotoFiles();
  #frame: Frame | undefined;
  #base = '';

  private constructor(driver: WebDriver, window: string, frame: Frame | undefined, troubles: string[]) {
    this.#driver = driver;
    this.#window = window;
    this.#frame = frame;
    this.troubles = troubles;
  }

  static async open(server: string, address: string, { viewport, colorScheme }: TabOptions): Promise<Tab> {
    const args = ['--automation', ...(colorScheme === 'dark' ? ['--dark-mode'] : [])];
    const capabilities = new Capabilities({ browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { binary: miniBrowser(), args } });
    const driver = await new Builder().usingServer(server).withCapabilities(capabilities).build();
    await driver.manage().setTimeouts({ script: 60_000, pageLoad: 60_000 });
    await driver.manage().window().setRect({ x: 0, y: 0, width: Math.max(1280, viewport?.width ?? 0), height: Math.max(878, (viewport?.height ?? 0) + 60) });
    const tab = new WebKitTab(driver, await driver.getWindowHandle(), viewport ?? undefined, []);
    await tab.goto(address);
    return tab;
  }

  async goto(address: string): Promise<void> {
    await this.#flush();
    const target = new URL(address, this.#base === '' ? undefined : this.#base).href;
    this.#base = target;
    await this.#focus();
    if (!this.#frame) return this.#driver.get(target);
    const { width, height } = this.#frame;
    await this.#driver.switchTo().defaultContent();
    await this.#driver.get(new URL(`/framed?${new URLSearchParams({ width: String(width), height: String(height), address: target })}`, target).href);
    await this.#focus();
  }
  async reload(): Promise<void> {
    await this.#flush();
    await this.#focus();
    await this.#driver.navigate().refresh();
    await this.#focus();
  }
  async back(): Promise<void> {
    await this.#flush();
    await this.#focus();
    await this.#driver.navigate().back();
  }
  async run<T, A>(script: (argument: A) => T | Promise<T>, argument: A): Promise<T> {
    return (await this.#evaluate(String(script), argument)) as T;
  }
  async click(selector: string): Promise<void> {
    const [x, y] = await placeOf((script, argument) => this.#evaluate(script, argument), selector);
    await this.#driver.actions().move({ x: Math.round(x), y: Math.round(y), origin: Origin.VIEWPORT }).press().release().perform();
    await this.#flush();
  }
  async drag([x, y]: readonly [number, number], [toX, toY]: readonly [number, number]): Promise<void> {
    await this.#focus();
    const actions = this.#driver.actions().move({ x: Math.round(x), y: Math.round(y), origin: Origin.VIEWPORT }).press();
    await actions.move({ x: Math.round(toX), y: Math.round(toY), origin: Origin.VIEWPORT }).release().perform();
  }
  async wheel(x: number, y: number, by: number): Promise<void> {
    await this.#focus();
    // The package's types are older than the wheel.
    const actions = this.#driver.actions() as unknown as { scroll(x: number, y: number, deltaX: number, deltaY: number): { perform(): Promise<void> } };
    await actions.scroll(x, y, 0, by).perform();
  }
  async press(keys: string): Promise<void> {
    await this.#focus();
    const names = keys.split('+').map((name) => KEYS[name] ?? name);
    const actions = this.#driver.actions();
    for (const name of names) actions.keyDown(name);
    for (const name of names.toReversed()) actions.keyUp(name);
    await actions.perform();
    await this.#flush();
  }
  async give(selector: string, file: PhotoFile): Promise<void> {
    const path = await this.#files.pathOf(file);
    const element = await this.#element(selector);
    await element.sendKeys(path);
  }
  async resize(width: number, height: number): Promise<void> {
    await this.#focus();
    if (!this.#frame) {
      await this.#driver.manage().window().setRect({ width, height });
      return;
    }
    this.#frame = { width, height };
    await this.#driver.switchTo().defaultContent();
    await this.#driver.executeScript('Object.assign(document.querySelector("iframe"), { width: arguments[0], height: arguments[1] })', width, height);
    await this.#focus();
  }
  async screenshot(): Promise<Buffer> {
    await this.#focus();
    if (!this.#frame) return Buffer.from(await this.#driver.takeScreenshot(), 'base64');
    // Of a frame the driver paints nothing: the window is taken, and cut to the frame.
    const { width, height } = this.#frame;
    await this.#driver.switchTo().defaultContent();
    const script = 'const { left, top } = document.querySelector("iframe").getBoundingClientRect(); return [left, top, devicePixelRatio]';
    const [left, top, scale] = await this.#driver.executeScript<[number, number, number]>(script);
    const whole = Buffer.from(await this.#driver.takeScreenshot(), 'base64');
    await this.#focus();
    const box = { left: left * scale, top: top * scale, width: width * scale, height: height * scale };
    return sharp(whole).extract(box).png().toBuffer();
  }
  setOffline(): Promise<void> {
    return Promise.reject(new Error('WebKit’s WebDriver can’t take the connection away'));
  }
  async another(address: string): Promise<Tab> {
    // A tab behind another is not drawn, and can't be pressed.
    await this.#driver.switchTo().newWindow('window');
    const tab = new WebKitTab(this.#driver, await this.#driver.getWindowHandle(), this.#frame, this.troubles);
    await tab.goto(new URL(address, this.#base).href);
    return tab;
  }
  async close(): Promise<void> {
    await this.#driver.quit();
    await this.#files.remove();
  }

  /** Commands go to this tab, and to the page in its frame. */
  async #focus(): Promise<void> {
    if ((await this.#driver.getWindowHandle().catch(() => '')) !== this.#window) await this.#driver.switchTo().window(this.#window);
    if (!this.#frame || this.#base === '') return;
    await this.#driver.switchTo().defaultContent();
    const frames = await this.#driver.findElements(By.css('iframe'));
    if (frames[0]) await this.#driver.switchTo().frame(frames[0]);
  }

  async #element(selector: string): Promise<WebElement> {
    await this.#focus();
    for (;;) {
      const found = await this.#driver.executeScript<WebElement | null>(`return (${FIND})(arguments[0]) ?? null`, selector);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  async #evaluate(script: string, argument: unknown): Promise<unknown> {
    await this.#focus();
    const { value, error, troubles } = await this.#driver.executeAsyncScript<{ value?: unknown; error?: string; troubles: string[] }>(
      `const [argument, done] = arguments;
       const ends = (end) => done({ ...end, troubles: (window.__troubles ?? []).splice(0) });
       new Promise((resolve) => resolve((${script})(argument))).then((value) => ends({ value }), (error) => ends({ error: String(error?.stack ?? error) }));`,
      argument ?? null,
    );
    this.troubles.push(...troubles);
    if (error !== undefined) throw new Error(error);
    return value ?? undefined;
  }

  /** Reads what the page has recorded; a page that is just being left has nothing to tell any more. */
  async #flush(): Promise<void> {
    if (this.#base !== '') await this.#evaluate('() => undefined', undefined).catch(() => undefined);
  }
}

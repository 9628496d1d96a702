// The dialog: carries out what the shopper asks for, tells the state machine, and draws what it says.
// Loaded on first use; everything that is shown comes from `view.ts`, every decision from `state.ts`.
import { render } from 'lit/html.js';
import en from '../../locales/en.json' with { type: 'json' };
import { TryOnError } from '../client/problems.ts';
import { parseShop, type Shop } from '../client/shop.ts';
import type { TryOnResult } from '../client/types.ts';
import { Agreement } from './agreement.ts';
import { complain } from './complain.ts';
import { Camera, hasCamera, type CameraState } from './camera.ts';
import { Chip } from './chip.ts';
import { cartWay } from './cart.ts';
import { emit } from './events.ts';
import type { Config, Dialog, Host, Page } from './host.ts';
import { Modal } from './modal.ts';
import { addToCart, goToProduct, type Counter } from './ordering.ts';
import { Photos } from './photos.ts';
import { canShareFiles, fitFrame, savePicture, sharePicture } from './picture.ts';
import { imageKey, keyOf, SAMPLE, type Subject } from './run-memory.ts';
import { report, Runs } from './runs.ts';
import { initial, isRunning, next, type CartState, type Event as StateEvent, type Product, type RunPhase, type State } from './state.ts';
import { language, loadLanguage, type Language } from './strings.ts';
import { styles } from './styles.ts';
import { turnstileToken } from './turnstile.ts';
import { runningText } from './view-running.ts';
import { view, type Actions, type Scene, type Zoom } from './view.ts';

let shared: { runs: Runs; photos: Photos; chip: Chip } | undefined;
/** The dialog that is open, and the language that was spoken last. */
let current: TryOnDialog | undefined;
let spoken: Language = language('en', en);

/** The runs and the photo are the page's, whichever of its buttons is pressed. */
function share(page: Page): { runs: Runs; photos: Photos; chip: Chip } {
  if (!shared) {
    const runs = new Runs(page);
    const chip = new Chip({ page, runs, shown: () => current?.shownKey, language: () => spoken });
    shared = { runs, photos: new Photos(page.memory, () => runs.wipeForgotten()), chip };
  }
  return shared;
}

export async function createDialog(host: Host, page: Page): Promise<Dialog> {
  const { locale, strings } = host.config();
  return new TryOnDialog(host, page, await loadLanguage(locale, host.words(locale), strings));
}

/** A gateway that doesn't answer must not keep the dialog closed: it will refuse by itself. */
function soon(answer: Promise<Record<string, unknown>>): Promise<Record<string, unknown>> {
  return Promise.race([answer, new Promise<Record<string, unknown>>((resolve) => setTimeout(() => resolve({}), 1_500))]);
}

export async function takeUp(page: Page, locale: string, words: Host['words']): Promise<void> {
  const { runs, chip } = share(page);
  spoken = await loadLanguage(locale, words(locale));
  for (const record of page.memory.records) {
    if (record.done) continue;
    const owner = [...page.hosts].find(({ config }) => {
      const { gateway, product } = config();
      return record.gateway === gateway && record.image === imageKey(product.image);
    });
    runs.resume(owner?.element ?? document, record);
  }
  chip.update();
}

class TryOnDialog implements Dialog {
  readonly #host: Host;
  readonly #page: Page;
  readonly #runs: Runs;
  readonly #photos: Photos;
  readonly #chip: Chip;
  readonly #modal: Modal;
  readonly #actions: Actions;
  #config: Config;
  #language: Language;
  #state: State;
  #announcement = '';
  #clock: ReturnType<typeof setInterval> | undefined;
  #dragging = false;
  readonly #camera = new Camera((state) => {
    this.#viewfinder = state;
    this.#render();
  });
  #viewfinder: CameraState | undefined;
  #split = 0;
  #zoom: Zoom = 'off';
  #ended: (() => void) | undefined;
  /** Under way: a second press meanwhile is the same opening. */
  #opening: Promise<void> | undefined;

  readonly #agreement = new Agreement();
  readonly #counter: Counter;

  constructor(host: Host, page: Page, language: Language) {
    this.#host = host;
    this.#page = page;
    this.#config = host.config();
    this.#language = language;
    this.#state = initial(this.#config.product);
    ({ runs: this.#runs, photos: this.#photos, chip: this.#chip } = share(page));
    this.#counter = {
      element: host.element,
      state: () => this.#state,
      config: () => host.config(),
      carted: (cart, resultId) => this.#carted(cart, resultId),
      close: () => this.close(),
    };
    this.#actions = this.#bindActions();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    host.root.adoptedStyleSheets.push(sheet);
    this.#modal = new Modal(host.root, {
      closed: () => this.#closed(),
      escaped: () => this.#escaped(),
      photo: (file) => this.#brought(file),
      dragging: (over) => this.#drag(over),
    });
  }

  // ---- what the element asks for

  open(): Promise<void> {
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #open(): Promise<void> {
    if (this.#modal.isOpen) return;
    this.#listen();
    // (1) The page may have changed since: another variant, another language, another photo.
    await this.#refresh();
    const asked = this.#page.shop(this.#config.gateway);
    const [answer] = await Promise.all([soon(asked), this.#takePhoto()]);
    const shop = parseShop(answer);
    this.#useShop(shop);
    // (2) What is shown follows from the product and the photo.
    const photo = this.#photos.current;
    const { product } = this.#config;
    const { photo: _, ...rest } = this.#state;
    this.#state = photo ? { ...rest, photo } : rest;
    this.#pick(product);
    // Nobody is asked for a photo and then refused; pictures that are there can be seen.
    if (!shop.open && (this.#state.phase.name === 'choose' || this.#state.phase.name === 'ready')) {
      this.#dispatch({ type: 'run', run: { name: 'failed', problem: { code: 'Closed', action: 'contact' } } });
    }
    // (3) Show.
    this.#modal.show();
    current = this;
    spoken = this.#language;
    this.#chip.update();
    emit(this.#host.element, 'tryon:open', { productId: product.id });
    this.#runs.setOpen(this.#subject(), true);
    this.#focusHeading();
    // An answer that was late: it may ask for a box to tick.
    void asked.then((late) => {
      if (late === answer || !this.#modal.isOpen) return;
      this.#useShop(parseShop(late));
      this.#render();
    });
  }

  get result(): TryOnResult | undefined {
    const phase = this.#runs.find(this.#subject(this.#host.config().product))?.phase;
    return phase?.name === 'done' ? phase.result : undefined;
  }

  close(): void {
    this.#modal.close();
  }

  /** Of the run that the shopper sees. */
  get shownKey(): string {
    return keyOf(this.#subject());
  }

  moved(): void {
    this.#listen();
    this.#modal.moved();
    if (this.#modal.isOpen) current = this;
  }

  disconnect(): void {
    this.#ended?.();
    this.#ended = undefined;
    this.#stopClock();
    this.#camera.stop();
    this.#modal.left();
    if (current === this) current = undefined;
    this.#chip.update();
  }

  #closed(): void {
    const subject = this.#subject();
    emit(this.#host.element, 'tryon:close', { productId: this.#state.product.id });
    this.#runs.setOpen(subject, false);
    if (current === this) current = undefined;
    this.#camera.stop();
    this.#dragging = false;
    this.#announcement = '';
    // A failure that was read is over.
    if (this.#state.phase.name === 'failed') {
      this.#runs.settle(subject);
      this.#dispatch({ type: 'rested' });
    }
    this.#chip.update();
  }

  /** Escape leaves the camera or the close look first. */
  #escaped(): boolean {
    if (this.#viewfinder) this.#camera.stop();
    else if (this.#zoom !== 'off') this.#actions.zoom('off');
    else return false;
    return true;
  }

  async #refresh(): Promise<void> {
    const before = this.#config;
    this.#config = this.#host.config();
    const { locale, strings } = this.#config;
    // Words that couldn't be loaded the last time are tried again.
    if (locale !== this.#language.tag || before.strings !== strings) {
      this.#language = await loadLanguage(locale, this.#host.words(locale), strings);
    }
  }

  #listen(): void {
    if (this.#ended) return;
    const ends = [
      this.#photos.onChange(() => this.#photoChanged()),
      this.#runs.onChange(({ subject }) => {
        if (keyOf(subject) === keyOf(this.#subject())) this.#runChanged();
      }),
    ];
    this.#ended = () => ends.forEach((end) => end());
  }

  /** What the gateway asks of every run, unless the page says it itself. */
  #useShop(shop: Shop): void {
    const { models, challenge } = shop;
    const { model, challenge: own } = this.#config;
    this.#agreement.update(this.#host.element, shop);
    if (models.length > 0 && !models.includes(model)) complain(`model="${model}" is not offered by the gateway, which has ${models.join(', ')}.`);
    this.#config = {
      ...this.#config,
      challenge: own ?? (challenge?.provider === 'turnstile' ? (place) => turnstileToken(challenge, place) : undefined),
    };
  }

  // ---- identity: which run the dialog stands for

  #subject(product = this.#state.product): Subject {
    return { gateway: this.#config.gateway, image: imageKey(product.image), photo: this.#photos.current?.id ?? this.#page.memory.photo };
  }

  /** The run of a product with this photo; one of an earlier page load is asked for again. */
  #runOf(product: Product): RunPhase | undefined {
    const subject = this.#subject(product);
    const known = this.#runs.find(subject);
    const record = known ? undefined : this.#page.memory.find(subject);
    if (record) this.#runs.resume(this.#host.element, record);
    return this.#runs.find(subject)?.phase;
  }

  #runChanged(): void {
    const { phase, photo } = this.#state;
    // The shopper is choosing another photo.
    if (phase.name === 'preparing' || (phase.name === 'choose' && photo)) return;
    this.#showRun(this.#runs.find(this.#subject())?.phase);
  }

  #showRun(run: RunPhase | undefined): void {
    if (run?.name === 'running') this.#startClock();
    else this.#stopClock();
    this.#dispatch({ type: 'run', run });
  }

  // ---- photo

  /** The photo of the run that waits behind the button, else the one that is kept. */
  async #takePhoto(): Promise<void> {
    const { sample, product } = this.#config;
    const wanted = this.#page.memory.photo;
    if (sample !== undefined && wanted === SAMPLE + sample && this.#photos.current?.id !== wanted && this.#page.memory.find(this.#subject(product))) {
      await this.#photos.giveSample(sample).catch(() => undefined);
    } else {
      await this.#photos.takeKept();
    }
  }

  #photoChanged(): void {
    const { current, undoable } = this.#photos;
    if (!current) this.#dispatch({ type: 'photo-forgotten', undoable });
    else if (current.id !== this.#state.photo?.id) {
      this.#dispatch({ type: 'photo-prepared', photo: current });
      const run = this.#runOf(this.#state.product);
      if (run) this.#showRun(run);
    }
  }

  async #givePhoto(give: () => Promise<void>): Promise<void> {
    const former = this.#photos.current;
    this.#dispatch({ type: 'photo-given' });
    try {
      await give();
      emit(this.#host.element, 'tryon:photo', { productId: this.#state.product.id, sample: this.#photos.current?.sample === true });
      // The same one again.
      if (this.#photos.current === former) this.#photoChanged();
    } catch (error) {
      this.#dispatch({ type: 'photo-refused', problem: report(this.#host.element, this.#state.product.id, error) });
    }
  }

  async #openCamera(): Promise<void> {
    try {
      await this.#camera.start();
      // The dialog may be closed by the time that the browser has asked.
      if (!this.#modal.isOpen) this.#camera.stop();
    } catch (cause) {
      const refused = new TryOnError('CameraRefused', `The camera can't be used: ${String(cause)}`, { cause });
      this.#dispatch({ type: 'photo-refused', problem: report(this.#host.element, this.#state.product.id, refused) });
    }
  }

  /** Dropped or pasted: only while there is something to do with it. */
  #brought(file: Blob): void {
    const { name } = this.#state.phase;
    if (name === 'choose' || name === 'ready' || name === 'failed') void this.#givePhoto(() => this.#photos.give(file));
  }

  #forgetPhoto(): void {
    this.#photos.forget();
    emit(this.#host.element, 'tryon:forget', { productId: this.#state.product.id });
    this.#say(this.#language.strings.done.forgotten);
  }

  // ---- the run

  #start(): void {
    const { photo, product, phase } = this.#state;
    if (phase.name === 'failed' && phase.problem.code === 'PictureUnreachable') {
      void this.#runs.reload(this.#subject(), this.#host.element, true);
      return;
    }
    if (!photo || isRunning(this.#state)) return;
    if (!this.#agreement.demand(photo)) {
      // Also after the failure of a run that an earlier page has started.
      this.#runs.settle(this.#subject());
      this.#dispatch({ type: 'rested' });
      const box = this.#modal.element.querySelector<HTMLElement>('[part=agree]');
      box?.focus({ preventScroll: true });
      box?.scrollIntoView({ block: 'center' });
      return;
    }
    this.#runs.start(this.#host.element, this.#config, product, photo, this.#agreement.said(photo, this.#language.strings));
  }

  #cancel(): void {
    this.#runs.cancel(this.#subject());
    this.#say(this.#language.strings.done.canceled);
  }

  #pick(product: Product): void {
    this.#dispatch({ type: 'product-picked', product });
    const run = this.#runOf(product);
    if (run) this.#showRun(run);
  }

  // ---- the picture

  #carted(cart: CartState, resultId: string): void {
    const { phase } = this.#state;
    if (phase.name !== 'done' || phase.result.id !== resultId) return;
    this.#dispatch({ type: 'cart', cart });
    if (cart !== 'idle') this.#say(this.#language.strings.done[cart]);
  }

  #withPicture(name: 'tryon:save' | 'tryon:share', use: (address: string, title: string) => Promise<void>): void {
    const { phase, product } = this.#state;
    const address = phase.name === 'done' ? phase.result.images[phase.shown] : undefined;
    if (phase.name !== 'done' || address === undefined) return;
    emit(this.#host.element, name, { productId: product.id, id: phase.result.id });
    void use(address, product.title);
  }

  #bindActions(): Actions {
    return {
      close: () => this.close(),
      givePhoto: (file) => void this.#givePhoto(() => this.#photos.give(file)),
      useSample: () => void this.#givePhoto(() => this.#photos.giveSample(this.#config.sample ?? '')),
      openCamera: () => void this.#openCamera(),
      shoot: (video) => this.#camera.shoot(video, (photo) => void this.#givePhoto(() => this.#photos.give(photo))),
      closeCamera: () => this.#camera.stop(),
      changePhoto: () => {
        // A failure that was read is over.
        this.#runs.settle(this.#subject());
        this.#dispatch({ type: 'photo-change' });
      },
      keepPhoto: () => this.#pick(this.#state.product),
      forgetPhoto: () => this.#forgetPhoto(),
      undoForget: () => this.#photos.undo(),
      pick: (product) => {
        this.#runs.settle(this.#subject());
        this.#pick(product);
      },
      agree: (isTicked) => {
        this.#agreement.tick(this.#state.photo, isTicked);
        this.#render();
      },
      start: () => this.#start(),
      cancel: () => this.#cancel(),
      otherProduct: () => {
        this.#runs.settle(this.#subject());
        if (this.#config.products.length < 2) this.close();
      },
      showPicture: (index) => this.#dispatch({ type: 'picture-shown', index }),
      pictureLoaded: fitFrame,
      pictureFailed: () => void this.#runs.reload(this.#subject(), this.#host.element, false),
      save: () => this.#withPicture('tryon:save', savePicture),
      share: () => this.#withPicture('tryon:share', sharePicture),
      addToCart: () => void addToCart(this.#counter),
      goToProduct: () => goToProduct(this.#counter),
      slide: (percent) => {
        this.#split = percent;
        this.#render();
      },
      zoom: (zoom) => {
        this.#zoom = zoom;
        this.#render();
        this.#modal.element.querySelector<HTMLElement>(zoom === 'off' ? '[part=zoom]' : '[part=zoom-close]')?.focus();
      },
    };
  }

  // ---- drawing

  #dispatch(event: StateEvent): void {
    const before = this.#state;
    this.#state = next(before, event);
    const { phase } = this.#state;
    if (phase.name !== 'done' || before.phase.name !== 'done') {
      this.#split = 0;
      this.#zoom = 'off';
    }
    if (phase.name === 'running') this.#announcement = runningText({ language: this.#language }, phase);
    else if (phase.name === 'done' && before.phase.name === 'running') this.#announcement = this.#language.strings.done.ready;
    else if (phase.name !== before.phase.name) this.#announcement = '';
    this.#render();
    if (before.phase.name !== phase.name) this.#focusHeading();
  }

  #say(text: string): void {
    this.#announcement = text;
    this.#render();
  }

  #drag(over: boolean): void {
    if (this.#dragging === over) return;
    this.#dragging = over;
    this.#render();
  }

  #render(): void {
    const { element } = this.#modal;
    element.lang = this.#language.tag;
    element.dir = this.#language.direction;
    const scene: Scene = {
      state: this.#state,
      config: this.#config,
      language: this.#language,
      actions: this.#actions,
      announcement: this.#announcement,
      consent: this.#agreement.of(this.#state.photo),
      estimate: this.#runs.find(this.#subject())?.estimate,
      dragging: this.#dragging,
      canShare: canShareFiles(),
      touch: matchMedia('(pointer: coarse)').matches,
      hasCamera: hasCamera(),
      camera: this.#viewfinder,
      split: this.#split,
      zoom: this.#zoom,
      cart: cartWay(this.#config, this.#state.product),
    };
    render(view(scene), element);
    element.querySelector<HTMLElement>('[part=compare]')?.style.setProperty('--split', String(this.#split));
  }

  /** What had the focus is gone with the last phase, or the box that scrolls has it: the heading is where the new one starts. */
  #focusHeading(): void {
    if (!this.#modal.isOpen) return;
    const active = this.#host.root.activeElement;
    if (active && active !== this.#modal.element && !active.matches('[part=close], [part=trigger], .frame, .scroll')) return;
    const heading = this.#modal.element.querySelector<HTMLElement>('[part=heading]');
    heading?.focus({ preventScroll: true });
    // What went wrong is read before anything else, also on a small screen.
    if ('problem' in this.#state.phase && this.#state.phase.problem) heading?.scrollIntoView({ block: 'center' });
  }

  #startClock(): void {
    this.#clock ??= setInterval(() => this.#render(), 1000);
  }

  #stopClock(): void {
    clearInterval(this.#clock);
    this.#clock = undefined;
  }
}

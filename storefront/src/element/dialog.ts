// The dialog: carries out what the shopper asks for, tells the state machine, and draws what it says.
// Loaded on first use; everything that is shown comes from `view.ts`, every decision from `state.ts`.
import { render } from 'lit/html.js';
import { forget, preparePhoto, resume, tryOn, TryOnError, type Progress, type TryOnResult } from '../client/client.ts';
import { markPrepared } from '../client/try-on.ts';
import { emit } from './events.ts';
import type { Config, Dialog, Host, RunRecord } from './host.ts';
import { canOrder, orderThroughForm } from './cart.ts';
import { canShareFiles, fitFrame, savePicture, sharePicture, shown } from './picture.ts';
import { forgetPhoto, keepPhoto, keptPhoto } from './photo-memory.ts';
import { initial, isRunning, next, type CartState, type Event as StateEvent, type Photo, type Problem, type Product, type State } from './state.ts';
import { loadLanguage, type Language } from './strings.ts';
import { styles } from './styles.ts';
import { runningText } from './view-running.ts';
import { view, type Actions, type Scene } from './view.ts';

export async function createDialog(host: Host): Promise<Dialog> {
  const config = host.config();
  return new TryOnDialog(host, config, await loadLanguage(config.locale, host.words(config.locale), config.strings));
}

class TryOnDialog implements Dialog {
  readonly #host: Host;
  readonly #dialog: HTMLDialogElement;
  readonly #actions: Actions;
  #config: Config;
  #language: Language;
  #state: State;
  #run: { abort: AbortController; id?: string } | undefined;
  #announcement = '';
  #pictureDueMs: number | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  #dragging = false;

  constructor(host: Host, config: Config, language: Language) {
    this.#host = host;
    this.#config = config;
    this.#language = language;
    this.#state = initial(config.product);
    this.#actions = this.#bindActions();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    host.root.adoptedStyleSheets.push(sheet);
    this.#dialog = document.createElement('dialog');
    this.#dialog.setAttribute('part', 'dialog');
    this.#dialog.setAttribute('aria-labelledby', 'title');
    this.#dialog.addEventListener('close', () => this.#closed());
    // A press on the backdrop lands on the dialog element itself.
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
    host.root.append(this.#dialog);
  }

  // ---- what the element asks for

  async open(): Promise<void> {
    if (this.#dialog.open) return;
    // (1) The page may have changed since: another variant, another language.
    await this.#refresh();
    // (2) What is kept: the photo of an earlier product, the picture of an earlier load.
    if (!this.#state.photo && !isRunning(this.#state)) await this.#takeKeptPhoto();
    const record = this.#host.runs.read();
    if (record?.done && this.#state.results.size === 0 && !isRunning(this.#state)) void this.#follow(record);
    // (3) Show.
    this.#show();
  }

  async resume(record: RunRecord): Promise<void> {
    if (isRunning(this.#state)) return;
    await this.#takeKeptPhoto();
    if (record.open) this.#show();
    await this.#follow(record);
  }

  disconnect(): void {
    this.#run?.abort.abort();
    this.#run = undefined;
    this.#stopClock();
    // Out of the page it is out of the top layer too. Not `close()`: the shopper has not closed it.
    this.#dialog.removeAttribute('open');
    if (this.#state.photo) URL.revokeObjectURL(this.#state.photo.url);
    // A theme may put the element back: then it begins anew, with what is kept.
    this.#state = initial(this.#config.product);
  }

  #show(): void {
    this.#render();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#remember({ open: true });
    this.#focusHeading();
  }

  #closed(): void {
    this.#remember({ open: false });
    this.#dragging = false;
    this.#announcement = '';
    // A failure that was read is over.
    if (this.#state.phase.name === 'failed') this.#dispatch({ type: 'canceled' });
  }

  async #refresh(): Promise<void> {
    const before = this.#config;
    this.#config = this.#host.config();
    const { locale, strings } = this.#config;
    // Words that couldn't be loaded the last time are tried again.
    if (locale !== this.#language.tag || before.strings !== strings) {
      this.#language = await loadLanguage(locale, this.#host.words(locale), strings);
    }
    const { product } = this.#config;
    if ((['id', 'image', 'signature'] as const).some((name) => before.product[name] !== product[name])) {
      this.#dispatch({ type: 'product-picked', product });
    }
  }

  // ---- photo

  async #takeKeptPhoto(): Promise<void> {
    const kept = await keptPhoto();
    if (kept && !this.#state.photo) this.#dispatch({ type: 'photo-prepared', photo: this.#photo(kept, false) });
  }

  async #givePhoto(file: Blob, sample = false): Promise<void> {
    this.#dispatch({ type: 'photo-given' });
    try {
      const prepared = await preparePhoto(file);
      if (this.#state.photo) URL.revokeObjectURL(this.#state.photo.url);
      this.#dispatch({ type: 'photo-prepared', photo: this.#photo(prepared, sample) });
      if (!sample) await keepPhoto(prepared);
    } catch (error) {
      this.#dispatch({ type: 'photo-refused', problem: this.#report(error) });
    }
  }

  async #useSample(): Promise<void> {
    if (this.#config.sample === undefined) return;
    this.#dispatch({ type: 'photo-given' });
    try {
      const response = await fetch(this.#config.sample);
      if (!response.ok) throw new TryOnError('ConnectionError', `The sample photo answered ${response.status}.`);
      await this.#givePhoto(await response.blob(), true);
    } catch (cause) {
      const problem = cause instanceof TryOnError ? cause : new TryOnError('ConnectionError', 'The sample photo cannot be loaded.', { cause });
      this.#dispatch({ type: 'photo-refused', problem: this.#report(problem) });
    }
  }

  #photo({ blob, width, height }: { blob: Blob; width: number; height: number }, sample: boolean): Photo {
    markPrepared(blob);
    return { blob, width, height, sample, url: URL.createObjectURL(blob) };
  }

  #forgetPhoto(): void {
    const ids = new Set([...this.#state.results.values()].map(({ id }) => id));
    const record = this.#host.runs.read();
    if (record) ids.add(record.id);
    for (const id of ids) void forget({ gateway: this.#config.gateway, id });
    this.#host.runs.clear();
    this.#host.showTrigger('idle');
    void forgetPhoto();
    if (this.#state.photo) URL.revokeObjectURL(this.#state.photo.url);
    this.#announcement = this.#language.strings.done.forgotten;
    this.#dispatch({ type: 'photo-forgotten' });
  }

  // ---- the run

  #start(): void {
    const { photo, product } = this.#state;
    if (!photo || isRunning(this.#state)) return;
    const { gateway, model, inputs, consent, challenge } = this.#config;
    emit(this.#host.element, 'tryon:start', { productId: product.id, model, resumed: false });
    void this.#carry((onProgress, signal) =>
      tryOn({
        gateway, model, inputs, photo: photo.blob, garment: product.image, onProgress, signal,
        ...(product.signature !== undefined && { garmentSignature: product.signature }),
        ...(consent !== undefined && { consent }),
        ...(challenge !== undefined && { challenge }),
      }),
    );
  }

  /** Take up a run of an earlier page load: still going, or done and to be shown again. */
  async #follow(record: RunRecord): Promise<void> {
    const product = this.#config.products.find(({ id }) => id === record.productId) ?? this.#config.product;
    this.#dispatch({ type: 'product-picked', product });
    if (!record.done) {
      emit(this.#host.element, 'tryon:start', { productId: product.id, model: this.#config.model, resumed: true });
    }
    await this.#carry((onProgress, signal) => resume({ gateway: this.#config.gateway, id: record.id, onProgress, signal }), record);
  }

  async #carry(
    work: (onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<TryOnResult>,
    record?: RunRecord,
  ): Promise<void> {
    const abort = new AbortController();
    this.#run = record ? { abort, id: record.id } : { abort };
    const run = this.#run;
    const productId = this.#state.product.id;
    this.#pictureDueMs = undefined;
    this.#dispatch({ type: 'started' });
    if (!record?.done) this.#host.showTrigger('busy');
    this.#startClock();
    try {
      const result = await work((progress) => this.#progressed(run, progress), abort.signal);
      // The picture is loaded before it is announced: no flash of nothing.
      await shown(result.images[0]);
      abort.signal.throwIfAborted();
      this.#host.runs.write({ id: result.id, productId, open: false, done: true });
      this.#host.showTrigger('done');
      this.#announcement = this.#language.strings.done.ready;
      this.#dispatch({ type: 'finished', result });
      if (!record?.done) emit(this.#host.element, 'tryon:result', { productId, id: result.id, images: result.images });
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#host.runs.clear();
      this.#host.showTrigger('idle');
      this.#announcement = '';
      this.#dispatch({ type: 'failed', problem: this.#report(error) });
    } finally {
      if (this.#run === run) {
        this.#run = undefined;
        this.#stopClock();
      }
    }
  }

  #progressed(run: { abort: AbortController; id?: string }, progress: Progress): void {
    if (this.#run !== run) return;
    if (progress.stage === 'accepted') {
      run.id = progress.id;
      this.#host.runs.write({ id: progress.id, productId: this.#state.product.id, open: this.#dialog.open, done: false });
    }
    if ('etaSeconds' in progress && progress.etaSeconds !== undefined) {
      this.#pictureDueMs = performance.now() + progress.etaSeconds * 1000;
    }
    this.#dispatch({ type: 'progressed', progress });
    const { product } = this.#state;
    emit(this.#host.element, 'tryon:progress', { productId: product.id, id: run.id, progress });
  }

  #cancel(): void {
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    run.abort.abort();
    if (run.id !== undefined) void forget({ gateway: this.#config.gateway, id: run.id });
    this.#host.runs.clear();
    this.#host.showTrigger('idle');
    this.#stopClock();
    this.#announcement = this.#language.strings.done.canceled;
    this.#dispatch({ type: 'canceled' });
  }

  #remember(change: Partial<RunRecord>): void {
    const record = this.#host.runs.read();
    if (record && !record.done) this.#host.runs.write({ ...record, ...change });
  }

  /** Tell the shop's analytics, and make of any error what the state machine takes. */
  #report(error: unknown): Problem {
    const known = error instanceof TryOnError ? error : new TryOnError('UnexpectedError', String(error), { cause: error });
    const { code, message, action, retryAfterSeconds } = known;
    emit(this.#host.element, 'tryon:error', { productId: this.#state.product.id, code, message, action });
    return retryAfterSeconds === undefined ? { code, action } : { code, action, retryAfterSeconds };
  }

  // ---- the picture

  async #addToCart(): Promise<void> {
    const { phase, product } = this.#state;
    if (phase.name !== 'done' || phase.cart !== 'idle') return;
    const resultId = phase.result.id;
    this.#carted('adding', resultId);
    // (1) The shop may take it over.
    let taken: Promise<unknown> | undefined;
    const respondWith = (added: Promise<unknown>): void => void (taken = Promise.resolve(added));
    const goOn = emit(this.#host.element, 'tryon:cart', { productId: product.id, resultId, respondWith }, { cancelable: true });
    if (taken) return this.#carted(await (taken as Promise<unknown>).then(() => 'added' as const, () => 'refused' as const), resultId);
    if (!goOn) return this.#handOver(resultId);
    // (2) Else it goes through the theme's own form.
    this.#config = this.#host.config();
    const { form, selected, productField, cartField: field } = this.#config;
    if (!form) return this.#carted('unavailable', resultId);
    const outcome = await orderThroughForm(form, { product, resultId, field, productField }, selected);
    if (outcome === 'unknown') return this.#handOver(resultId);
    this.#carted(outcome, resultId);
    // The browser shows what is missing, which it can't behind a modal dialog.
    if (outcome === 'incomplete') {
      this.#dialog.close();
      form.reportValidity();
    }
  }

  /** The page says what came of it, so it must be seen. */
  #handOver(resultId: string): void {
    this.#carted('idle', resultId);
    this.#dialog.close();
  }

  #carted(cart: CartState, resultId: string): void {
    const { phase } = this.#state;
    if (phase.name !== 'done' || phase.result.id !== resultId) return;
    this.#dispatch({ type: 'cart', cart });
    if (cart !== 'idle') this.#announcement = this.#language.strings.done[cart];
    this.#render();
  }

  #goToProduct(): void {
    const { url } = this.#state.product;
    if (url !== undefined && url !== location.href) location.assign(url);
    else this.#dialog.close();
  }

  /** A shop that listens takes any product; a form takes what it can select; for the rest there is the product's page. */
  #cartWay(): Scene['cart'] {
    const { form, selected, productField, cart } = this.#config;
    const { product } = this.#state;
    if (cart || (form && canOrder(form, product, selected, productField))) return 'add';
    if (product.url !== undefined) return 'link';
    return form ? 'add' : undefined;
  }

  #withPicture(use: (address: string, title: string) => Promise<void>): void {
    const { phase, product } = this.#state;
    const address = phase.name === 'done' ? phase.result.images[phase.shown] : undefined;
    if (address !== undefined) void use(address, product.title);
  }

  #bindActions(): Actions {
    return {
      close: () => this.#dialog.close(),
      givePhoto: (file) => void this.#givePhoto(file),
      useSample: () => void this.#useSample(),
      changePhoto: () => this.#dispatch({ type: 'photo-change' }),
      keepPhoto: () => this.#dispatch({ type: 'canceled' }),
      forgetPhoto: () => this.#forgetPhoto(),
      pick: (product) => this.#pick(product),
      start: () => this.#start(),
      cancel: () => this.#cancel(),
      otherProduct: () => (this.#config.products.length > 1 ? this.#dispatch({ type: 'canceled' }) : this.#dialog.close()),
      showPicture: (index) => this.#dispatch({ type: 'picture-shown', index }),
      pictureLoaded: fitFrame,
      pictureFailed: () => {
        this.#host.runs.clear();
        this.#dispatch({ type: 'failed', problem: this.#report(new TryOnError('Expired', 'The picture cannot be loaded.')) });
      },
      save: () => this.#withPicture(savePicture),
      share: () => this.#withPicture(sharePicture),
      addToCart: () => void this.#addToCart(),
      goToProduct: () => this.#goToProduct(),
      dragging: (over) => {
        this.#dragging = over;
        this.#render();
      },
      slide: (event) => {
        const slider = event.target as HTMLInputElement;
        slider.setAttribute('aria-valuetext', this.#language.percent(Number(slider.value) / 100));
        slider.parentElement?.style.setProperty('--split', slider.value);
      },
    };
  }

  /** Another garment. Beside a picture one tap is enough: the shopper has agreed to send this photo already. */
  #pick(product: Product): void {
    if (product.id === this.#state.product.id || isRunning(this.#state)) return;
    const again = this.#state.phase.name === 'done';
    this.#dispatch({ type: 'product-picked', product });
    if (again && this.#state.phase.name === 'ready') this.#start();
  }

  // ---- drawing

  #dispatch(event: StateEvent): void {
    const before = this.#state.phase;
    this.#state = next(this.#state, event);
    const { phase } = this.#state;
    if (phase.name === 'running') this.#announcement = runningText({ language: this.#language }, phase);
    else if (event.type !== 'canceled' && event.type !== 'photo-forgotten' && event.type !== 'finished') this.#announcement = '';
    this.#render();
    if (before.name !== phase.name) this.#focusHeading();
  }

  #render(): void {
    this.#dialog.lang = this.#language.tag;
    this.#dialog.dir = this.#language.direction;
    const left = this.#pictureDueMs === undefined ? undefined : Math.max(0, (this.#pictureDueMs - performance.now()) / 1000);
    const scene: Scene = {
      state: this.#state,
      config: this.#config,
      language: this.#language,
      actions: this.#actions,
      announcement: this.#announcement,
      secondsLeft: left,
      dragging: this.#dragging,
      canShare: canShareFiles(),
      touch: matchMedia('(pointer: coarse)').matches,
      cart: this.#cartWay(),
    };
    render(view(scene), this.#dialog);
  }

  /** What had the focus is gone with the last phase: the heading is where the new one starts. */
  #focusHeading(): void {
    if (!this.#dialog.open) return;
    const active = this.#host.root.activeElement;
    if (active && active !== this.#dialog && !active.matches('[part=close], [part=trigger]')) return;
    this.#dialog.querySelector<HTMLElement>('[part=heading]')?.focus({ preventScroll: true });
  }

  #startClock(): void {
    this.#stopClock();
    this.#clock = setInterval(() => this.#render(), 1000);
  }

  #stopClock(): void {
    clearInterval(this.#clock);
    this.#clock = undefined;
  }
}

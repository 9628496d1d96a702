// The page's runs. One owner for each, whichever button started it and wherever that button is by now: dialogs and the chip
// only look on.
import { forget, resume, tryOn, TryOnError, type Progress, type TryOnResult } from '../client/client.ts';
import type { Agreed } from './agreement.ts';
import { challengePlace } from './challenge.ts';
import { complain } from './complain.ts';
import { estimated, type Estimate } from './estimate.ts';
import { emit } from './events.ts';
import { explain } from './explain.ts';
import type { Config, Page } from './host.ts';
import { shown } from './picture.ts';
import { dropReceipt, dropReceipts, keepReceipt } from './receipts.ts';
import { imageKey, keyOf, SAMPLE, type RunRecord, type Subject } from './run-memory.ts';
import { progressed, type Photo, type Problem, type Product, type RunPhase } from './state.ts';

export class Run {
  readonly subject: Subject;
  readonly productId: string;
  readonly title: string;
  readonly abort = new AbortController();
  readonly startedAtMs: number;
  /** Known when the gateway has accepted the run. */
  id: string | undefined;
  consentReceipt: string | undefined;
  phase: RunPhase = { name: 'running', progress: { stage: 'preparing' }, line: 'up' };
  estimate: Estimate;
  /** The picture's address was asked for again after it couldn't be loaded. */
  reloads = 0;
  isReloading = false;

  constructor(subject: Subject, { productId, title, startedAtMs, id }: { productId: string; title: string; startedAtMs: number; id?: string }) {
    this.subject = subject;
    this.productId = productId;
    this.title = title;
    this.startedAtMs = startedAtMs;
    this.estimate = { startedAtMs, dueAtMs: undefined };
    this.id = id;
  }
}

export class Runs {
  readonly #page: Page;
  readonly #runs = new Map<string, Run>();
  readonly #listeners = new Set<(run: Run) => void>();

  constructor(page: Page) {
    this.#page = page;
  }

  /** Everything that this page carries or has seen the end of, in the order of their start. */
  get all(): Run[] {
    return [...this.#runs.values()];
  }

  /** Tells of each run's news; of a run that was canceled too, which is then not to be found. */
  onChange(listener: (run: Run) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  find(subject: Subject): Run | undefined {
    return this.#runs.get(keyOf(subject));
  }

  start(element: HTMLElement, config: Config, product: Product, photo: Photo, agreed: Agreed): void {
    const { gateway, model, inputs, challenge } = config;
    const place = challenge && challengePlace(element);
    const subject = { gateway, image: imageKey(product.image), photo: photo.id };
    if (this.find(subject)?.phase.name === 'running') return;
    const run = new Run(subject, { productId: product.id, title: product.title, startedAtMs: Date.now() });
    emit(element, 'tryon:start', { productId: product.id, model, resumed: false });
    void this.#carry(run, element, true, (onProgress) =>
      tryOn({
        gateway, model, inputs, photo: photo.blob, garment: product.image, onProgress, signal: run.abort.signal,
        ...(product.signature !== undefined && { garmentSignature: product.signature }),
        ...agreed,
        ...(challenge && place && { challenge: () => challenge(place) }),
      }),
    );
  }

  /** Takes up a run of an earlier page load: still going, or done and to be shown again. */
  resume(element: EventTarget, record: RunRecord): void {
    const known = this.find(record);
    if (known && known.phase.name !== 'failed') return;
    const run = new Run(record, record);
    run.consentReceipt = record.consentReceipt;
    if (!record.done) emit(element, 'tryon:start', { productId: record.productId, model: '', resumed: true });
    void this.#carry(run, element, record.open, (onProgress) => resume({ gateway: record.gateway, id: record.id, onProgress, signal: run.abort.signal }), record);
  }

  cancel(subject: Subject): void {
    const run = this.find(subject);
    if (!run) return;
    run.abort.abort();
    if (run.id !== undefined) void forget({ gateway: run.subject.gateway, id: run.id });
    dropReceipt(run.consentReceipt);
    this.#drop(run);
  }

  /**
   * The picture couldn't be loaded. The gateway knows whether it is gone, or only hard to reach: then its address is asked
   * for again, once by itself and then by the shopper.
   */
  async reload(subject: Subject, element: EventTarget, isAsked: boolean): Promise<void> {
    const run = this.find(subject);
    if (run?.id === undefined || run.isReloading) return;
    run.isReloading = true;
    try {
      if (run.reloads > 0 && !isAsked) throw new TryOnError('PictureUnreachable', 'The picture cannot be loaded.');
      run.reloads += 1;
      const result = await resume({ gateway: subject.gateway, id: run.id, signal: run.abort.signal });
      // Another fragment is another address to the browser, and the same to every server.
      const images = result.images.map((image) => (image.startsWith('data:') ? image : `${image.replace(/#.*/, '')}#${run.reloads}`));
      this.#tell(run, { name: 'done', result: { ...result, images } });
    } catch (error) {
      if (run.abort.signal.aborted) return;
      if (error instanceof TryOnError && error.code === 'Expired') {
        this.#page.memory.remove(run.id);
        // Else the gateway might answer the same request with the same lost picture.
        void forget({ gateway: subject.gateway, id: run.id });
      }
      const isLost = error instanceof TryOnError && error.code !== 'ConnectionError';
      const known = isLost ? error : new TryOnError('PictureUnreachable', 'The picture cannot be loaded.', { cause: error });
      this.#tell(run, { name: 'failed', problem: report(element, run.productId, known) });
    } finally {
      run.isReloading = false;
    }
  }

  /** A failure that was read is over. */
  settle(subject: Subject): void {
    const run = this.find(subject);
    if (run?.phase.name !== 'failed') return;
    // A picture that couldn't be reached is still kept.
    this.#runs.delete(keyOf(subject));
    for (const listener of this.#listeners) listener(run);
  }

  setOpen(subject: Subject, open: boolean): void {
    const record = this.#page.memory.find(subject);
    // A picture that is there is opened once.
    if (record && record.open !== open && !(open && record.done)) this.#page.memory.remember({ ...record, open });
  }

  /** All that a forgotten photo has made: here and at the gateway. */
  wipeForgotten(): void {
    const { memory } = this.#page;
    for (const run of this.all) {
      if (!run.subject.photo.startsWith(SAMPLE) && run.startedAtMs <= memory.forgottenAtMs) this.cancel(run.subject);
    }
    // Those of earlier page loads, which this one doesn't carry.
    for (const { gateway, id } of memory.forgotten) {
      void forget({ gateway, id });
      memory.remove(id);
    }
    dropReceipts(memory.forgottenAtMs);
  }

  async #carry(
    run: Run,
    element: EventTarget,
    open: boolean,
    work: (onProgress: (progress: Progress) => void) => Promise<TryOnResult>,
    record?: RunRecord,
  ): Promise<void> {
    const { memory } = this.#page;
    const { subject, productId, title, abort, startedAtMs } = run;
    const remember = (id: string, done: boolean, expiresAtMs?: number): void => {
      const page = record?.page ?? location.href;
      const isOpen = done ? false : (memory.find(subject)?.open ?? open);
      memory.remember({ ...subject, id, productId, title, page, open: isOpen, done, startedAtMs, expiresAtMs, consentReceipt: run.consentReceipt });
    };
    this.#runs.set(keyOf(subject), run);
    if (!record?.done) memory.setLive(subject, true);
    this.#tell(run, run.phase);
    try {
      const result = await work((progress) => {
        if (abort.signal.aborted) return;
        if (progress.stage === 'accepted') {
          run.id = progress.id;
          run.consentReceipt = progress.consentReceipt;
          if (progress.consentReceipt !== undefined) keepReceipt(progress.consentReceipt);
          remember(progress.id, false);
        }
        if ('etaSeconds' in progress && progress.etaSeconds !== undefined) {
          run.estimate = estimated(run.estimate, progress.etaSeconds, progress.stage === 'queued', Date.now());
        }
        this.#tell(run, progressed(run.phase, progress));
        emit(present(element), 'tryon:progress', { productId, id: run.id, progress });
      });
      // The picture is loaded before it is announced: no flash of nothing.
      await shown(result.images[0]);
      abort.signal.throwIfAborted();
      remember(result.id, true, result.expiresAt?.getTime());
      run.id = result.id;
      this.#tell(run, { name: 'done', result });
      if (!record?.done) emit(present(element), 'tryon:result', { productId, id: result.id, images: result.images, ...(run.consentReceipt !== undefined && { consentReceipt: run.consentReceipt }) });
    } catch (error) {
      if (abort.signal.aborted) return;
      if (run.id !== undefined) memory.remove(run.id);
      this.#tell(run, { name: 'failed', problem: report(present(element), productId, error) });
    } finally {
      if (this.find(subject) === run || !this.find(subject)) memory.setLive(subject, false);
    }
  }

  #drop(run: Run): void {
    run.phase = { name: 'failed', problem: { code: 'Canceled', action: 'retry' } };
    this.#runs.delete(keyOf(run.subject));
    if (run.id !== undefined) this.#page.memory.remove(run.id);
    this.#page.memory.setLive(run.subject, false);
    for (const listener of this.#listeners) listener(run);
  }

  #wasAsked = false;
  /** A photo that is on its way is lost with the page: the shopper is asked, once. */
  readonly #ask = (event: BeforeUnloadEvent): void => {
    if (this.#wasAsked) return;
    this.#wasAsked = true;
    event.preventDefault();
    // Browsers of some years ago look at this instead.
    event.returnValue = true;
  };

  #tell(run: Run, phase: RunPhase): void {
    const wasSending = isSending(run);
    run.phase = phase;
    if (isSending(run) && !wasSending) {
      this.#wasAsked = false;
      addEventListener('beforeunload', this.#ask);
    }
    if (!this.all.some(isSending)) removeEventListener('beforeunload', this.#ask);
    for (const listener of this.#listeners) listener(run);
  }
}

function isSending({ phase, id }: Run): boolean {
  return id === undefined && phase.name === 'running' && phase.progress.stage === 'sending';
}

/** Tells the shop's analytics, and makes of any error what a dialog shows. */
export function report(element: EventTarget, productId: string, error: unknown): Problem {
  const known = error instanceof TryOnError ? error : new TryOnError('UnexpectedError', String(error), { cause: error });
  const { code, message, action, retryAfterSeconds } = known;
  if (!(error instanceof TryOnError)) complain(`something unexpected: ${String(error)}`);
  explain(known);
  emit(element, 'tryon:error', { productId, code, message, action });
  return retryAfterSeconds === undefined ? { code, action } : { code, action, retryAfterSeconds };
}

/** An element that has left the page is heard by nobody. */
function present(element: EventTarget): EventTarget {
  return element instanceof Node && element.isConnected ? element : document;
}

// The page's photo: one for all of its buttons. Given, taken from what is kept, forgotten, and brought back.
import { preparePhoto } from '../photo/prepare.ts';
import { randomId } from '../client/random-id.ts';
import { markPrepared } from '../client/try-on.ts';
import { TryOnError } from '../client/problems.ts';
import { deletePhoto, keepPhoto, keptPhoto } from './photo-memory.ts';
import { SAMPLE, type RunMemory } from './run-memory.ts';
import type { Photo } from './state.ts';

/** How long "Undo" stands there. */
const UNDO_MS = 8_000;

export class Photos {
  readonly #memory: RunMemory;
  /** Ends what a forgotten photo has made. */
  readonly #wipe: () => void;
  readonly #listeners = new Set<() => void>();
  #current: Photo | undefined;
  #forgotten: { photo: Photo | undefined; timer: ReturnType<typeof setTimeout> } | undefined;

  constructor(memory: RunMemory, wipe: () => void) {
    this.#memory = memory;
    this.#wipe = wipe;
    // Forgotten in another tab: here too, and for good when that tab's undo is over.
    memory.onChange(() => {
      if (this.#memory.forgottenAtMs > 0 && this.#memory.forgotten.length > 0 && !this.#forgotten) this.#forgetLater(undefined);
      if (this.#current && !this.#current.sample && this.#givenAtMs <= memory.forgottenAtMs) this.#set(undefined);
    });
    if (memory.forgotten.length > 0) this.#forgetLater(undefined);
    // A page that is left can't be asked to undo any more.
    addEventListener('pagehide', () => this.#commit());
  }

  #givenAtMs = 0;

  get current(): Photo | undefined {
    return this.#current;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The photo that is kept on the device, unless the one at hand is it. */
  async takeKept(): Promise<void> {
    const kept = await keptPhoto(this.#memory.forgottenAtMs);
    if (!kept || this.#current?.sample === true || kept.id === this.#current?.id) return;
    this.#memory.setPhoto(kept.id, true);
    this.#set({ ...kept, sample: false, advice: [], url: URL.createObjectURL(kept.blob) });
  }

  /** Throws {@link TryOnError}. */
  async give(file: Blob): Promise<void> {
    const prepared = await preparePhoto(file);
    this.#commit();
    const id = randomId();
    this.#memory.setPhoto(id, true);
    this.#set({ ...prepared, id, sample: false, url: URL.createObjectURL(prepared.blob) });
    await keepPhoto({ ...prepared, id });
  }

  /** The shop's own model. Throws {@link TryOnError}. */
  async giveSample(address: string): Promise<void> {
    const prepared = await preparePhoto(await readSample(address));
    this.#memory.setPhoto(SAMPLE + address, false);
    this.#set({ ...prepared, id: SAMPLE + address, sample: true, url: URL.createObjectURL(prepared.blob) });
  }

  /** The photo, its pictures here and at the gateway, in all tabs. For some seconds it can be undone. */
  forget(): void {
    const photo = this.#current;
    this.#forgetLater(photo);
    this.#memory.setForgotten(Date.now());
    this.#memory.setPhoto(undefined, true);
    this.#set(undefined);
  }

  undo(): void {
    const { photo, timer } = this.#forgotten ?? {};
    if (!photo) return;
    clearTimeout(timer);
    this.#forgotten = undefined;
    this.#memory.setForgotten(undefined);
    this.#memory.setPhoto(photo.id, true);
    this.#set(photo);
  }

  #forgetLater(photo: Photo | undefined): void {
    this.#forgotten = { photo, timer: setTimeout(() => this.#commit(), UNDO_MS) };
  }

  #commit(): void {
    if (!this.#forgotten) return;
    clearTimeout(this.#forgotten.timer);
    const { photo } = this.#forgotten;
    this.#forgotten = undefined;
    if (photo) URL.revokeObjectURL(photo.url);
    // Undone in the tab where it was forgotten.
    if (this.#memory.forgottenAtMs === 0) return;
    this.#wipe();
    if (photo) void deletePhoto();
    for (const listener of this.#listeners) listener();
  }

  #set(photo: Photo | undefined): void {
    const former = this.#current;
    this.#current = photo;
    this.#givenAtMs = Date.now();
    if (photo) markPrepared(photo.blob);
    if (former && former !== photo && former !== this.#forgotten?.photo) URL.revokeObjectURL(former.url);
    for (const listener of this.#listeners) listener();
  }

  /** The shopper can still undo it. */
  get undoable(): boolean {
    return this.#forgotten?.photo !== undefined;
  }
}

async function readSample(address: string): Promise<Blob> {
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${response.status}`);
    return await response.blob();
  } catch (cause) {
    throw new TryOnError('ConnectionError', 'The sample photo cannot be loaded.', { cause });
  }
}

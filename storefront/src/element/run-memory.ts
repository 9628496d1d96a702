// What this tab remembers of its runs. A run belongs to a gateway, a product's picture and a photo; which run a button
// stands for is derived from these whenever it is asked. Eager: the button's label depends on it.
import type { TriggerState } from './host.ts';

/** What a run is for. `image` is the product picture's address, `photo` the photo's id. */
export interface Subject {
  gateway: string;
  image: string;
  photo: string;
}

export interface RunRecord extends Subject {
  id: string;
  productId: string;
  title: string;
  /** The page that it was started on. */
  page: string;
  /** The dialog was open: a reload in mid-run opens it again. */
  open: boolean;
  /** The picture was made: it waits behind the button. */
  done: boolean;
  startedAtMs: number;
  /** From then on the gateway has no picture. */
  expiresAtMs: number | undefined;
  consentReceipt?: string | undefined;
}

const RUNS = 'try-it-on:runs';
const PHOTO = 'try-it-on:photo';
const FORGOTTEN = 'try-it-on:photo-forgotten';
type Area = 'sessionStorage' | 'localStorage';
const MOST_RUNS = 40;
/** A photo of the shop's own model: nothing of the shopper's, so nothing to forget. */
export const SAMPLE = 'sample:';

export const keyOf = ({ gateway, image, photo }: Subject): string => JSON.stringify([gateway, image, photo]);

/** Pictures in the page itself are too long to be remembered whole. */
export const imageKey = (image: string): string => (image.length < 1_000 ? image : `${image.length} ${image.slice(-200)}`);

/** One for the page; the dialog, which is a file of its own, gets it from the element. */
export class RunMemory {
  readonly #listeners = new Set<() => void>();
  /** Runs that this page is carrying, by key, also before they have an id. */
  readonly #live = new Map<string, Subject>();
  /** Storage may be switched off. Then a reload forgets, and all else works. */
  readonly #fallback = new Map<string, string>();

  /** Newest first, without those of a photo that was forgotten, and of pictures that are gone. */
  get records(): RunRecord[] {
    const forgottenAtMs = this.forgottenAtMs;
    return this.#all.filter(
      (record) => !isForgotten(record, forgottenAtMs) && !(record.done && record.expiresAtMs !== undefined && record.expiresAtMs <= Date.now()),
    );
  }

  /** Runs whose photo was forgotten, and which the gateway may still have. */
  get forgotten(): RunRecord[] {
    const forgottenAtMs = this.forgottenAtMs;
    return this.#all.filter((record) => isForgotten(record, forgottenAtMs));
  }

  get #all(): RunRecord[] {
    try {
      const value: unknown = JSON.parse(this.#read('sessionStorage', RUNS) ?? '[]');
      return Array.isArray(value) ? (value as RunRecord[]) : [];
    } catch {
      return [];
    }
  }

  find(subject: Subject): RunRecord | undefined {
    return this.records.find((record) => keyOf(record) === keyOf(subject));
  }

  remember(record: RunRecord): void {
    const others = this.#all.filter(({ id }) => id !== record.id);
    this.#write('sessionStorage', RUNS, JSON.stringify([record, ...others].slice(0, MOST_RUNS)));
    this.changed();
  }

  remove(id: string): void {
    const others = this.#all.filter((record) => record.id !== id);
    this.#write('sessionStorage', RUNS, others.length > 0 ? JSON.stringify(others) : undefined);
    this.changed();
  }

  setLive(subject: Subject, live: boolean): void {
    if (live) this.#live.set(keyOf(subject), subject);
    else this.#live.delete(keyOf(subject));
    this.changed();
  }

  /** The id of the photo that the shopper sees, also where its bytes are not at hand. */
  get photo(): string {
    return this.#read('sessionStorage', PHOTO) ?? this.#read('localStorage', PHOTO) ?? '';
  }

  /** A photo that is kept on the device is the next tab's too. */
  setPhoto(id: string | undefined, kept: boolean): void {
    this.#write('sessionStorage', PHOTO, id);
    if (kept) this.#write('localStorage', PHOTO, id);
    this.changed();
  }

  /** When the shopper's photo was forgotten, in this tab or another one. */
  get forgottenAtMs(): number {
    return Number(this.#read('localStorage', FORGOTTEN) ?? 0);
  }

  setForgotten(atMs: number | undefined): void {
    this.#write('localStorage', FORGOTTEN, atMs?.toString());
    this.changed();
  }

  /** What a button says that stands for this picture. */
  triggerState(gateway: string, image: string): TriggerState {
    const mine = (subject: Subject): boolean => subject.gateway === gateway && subject.image === image;
    if ([...this.#live.values()].some(mine)) return 'busy';
    const { photo } = this;
    const record = this.records.find((found) => mine(found) && (!found.done || found.photo === photo));
    return record === undefined ? 'idle' : record.done ? 'done' : 'busy';
  }

  /** Tells of every change, in this tab and, of the photo, in another one. Returns what ends it. */
  onChange(listener: () => void): () => void {
    if (this.#listeners.size === 0) addEventListener('storage', this.#stored);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) removeEventListener('storage', this.#stored);
    };
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  readonly #stored = ({ key, newValue }: StorageEvent): void => {
    if (key !== PHOTO && key !== FORGOTTEN) return;
    // Another tab's photo is this tab's too, unless the shop's model is looked at here.
    if (key === PHOTO && newValue !== null && !this.photo.startsWith(SAMPLE)) this.#write('sessionStorage', PHOTO, newValue);
    this.changed();
  };

  #read(storage: Area, key: string): string | undefined {
    try {
      return globalThis[storage].getItem(key) ?? undefined;
    } catch {
      return this.#fallback.get(key);
    }
  }

  #write(storage: Area, key: string, value: string | undefined): void {
    try {
      if (value === undefined) globalThis[storage].removeItem(key);
      else globalThis[storage].setItem(key, value);
    } catch {
      if (value === undefined) this.#fallback.delete(key);
      else this.#fallback.set(key, value);
    }
  }
}

function isForgotten({ photo, startedAtMs }: RunRecord, forgottenAtMs: number): boolean {
  return !photo.startsWith(SAMPLE) && startedAtMs <= forgottenAtMs;
}

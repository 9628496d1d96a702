// The shopper's photo, kept on the device only, for the next garment. One tap forgets it, and so does a week.
import { createStore, del, get, set } from 'idb-keyval';

const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
const KEY = 'photo';

export interface KeptPhoto {
  blob: Blob;
  width: number;
  height: number;
}

interface Entry extends KeptPhoto {
  keptAtMs: number;
}

const store = () => createStore('try-it-on', 'photos');

/** Storage can be refused (private windows, full disks). Then the photo lives as long as the page. */
export async function keepPhoto({ blob, width, height }: KeptPhoto): Promise<void> {
  const entry: Entry = { blob, width, height, keptAtMs: Date.now() };
  await set(KEY, entry, store()).catch(() => undefined);
}

export async function keptPhoto(): Promise<KeptPhoto | undefined> {
  try {
    const entry = await get<Entry>(KEY, store());
    if (!entry) return undefined;
    if (Date.now() - entry.keptAtMs < KEPT_MS && entry.blob instanceof Blob) return entry;
    await forgetPhoto();
  } catch {
    // As if nothing was kept.
  }
  return undefined;
}

export async function forgetPhoto(): Promise<void> {
  await del(KEY, store()).catch(() => undefined);
}

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

/** When she tapped, until the photo is deleted: the page can be left before it is, and this is kept at once. */
const FORGOTTEN_AT_MS = 'try-it-on:photo-forgotten';

const store = createStore('try-it-on', 'photos');

/** Storage can be refused (private windows, full disks). Then the photo lives as long as the page. */
export async function keepPhoto({ blob, width, height }: KeptPhoto): Promise<void> {
  const entry: Entry = { blob, width, height, keptAtMs: Date.now() };
  await unlessRefused(() => set(KEY, entry, store));
}

export function keptPhoto(): Promise<KeptPhoto | undefined> {
  return unlessRefused(async () => {
    const entry = await get<Entry>(KEY, store);
    const forgottenAtMs = Number(localStorage.getItem(FORGOTTEN_AT_MS));
    if (entry && entry.keptAtMs > forgottenAtMs && Date.now() - entry.keptAtMs < KEPT_MS && entry.blob instanceof Blob) return entry;
    if (entry || forgottenAtMs > 0) await deletePhoto();
    return undefined;
  });
}

export async function forgetPhoto(): Promise<void> {
  await unlessRefused(async () => localStorage.setItem(FORGOTTEN_AT_MS, String(Date.now())));
  await unlessRefused(deletePhoto);
}

async function deletePhoto(): Promise<void> {
  await del(KEY, store);
  localStorage.removeItem(FORGOTTEN_AT_MS);
}

/** As if nothing was kept. */
async function unlessRefused<T>(use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await use();
  } catch {
    return undefined;
  }
}

// The shopper's photo, kept on the device only, for the next garment. One tap forgets it, and so does a week.
import { createStore, del, get, set } from 'idb-keyval';

const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
const KEY = 'photo';

export interface KeptPhoto {
  id: string;
  blob: Blob;
  width: number;
  height: number;
}

/** Bytes: Safari's private windows can't keep a Blob. */
interface Entry {
  id: string;
  bytes: ArrayBuffer;
  type: string;
  width: number;
  height: number;
  keptAtMs: number;
}

const store = createStore('try-it-on', 'photos');

/** Storage can be refused (private windows, full disks). Then the photo lives as long as the page. */
export async function keepPhoto({ id, blob, width, height }: KeptPhoto): Promise<void> {
  await unlessRefused(async () => {
    const entry: Entry = { id, bytes: await blob.arrayBuffer(), type: blob.type, width, height, keptAtMs: Date.now() };
    await set(KEY, entry, store);
  });
}

/** `forgottenAtMs`: when a photo was last forgotten. The page can be left before it is deleted. */
export function keptPhoto(forgottenAtMs: number): Promise<KeptPhoto | undefined> {
  return unlessRefused(async () => {
    const entry = await get<Entry>(KEY, store);
    if (entry === undefined) return undefined;
    const { id, bytes, type, width, height, keptAtMs } = entry;
    if (keptAtMs > forgottenAtMs && Date.now() - keptAtMs < KEPT_MS && bytes instanceof ArrayBuffer) {
      return { id, blob: new Blob([bytes], { type }), width, height };
    }
    // One that was forgotten may come back for some seconds.
    if (Date.now() - forgottenAtMs > 15_000) await del(KEY, store);
    return undefined;
  });
}

export async function deletePhoto(): Promise<void> {
  await unlessRefused(() => del(KEY, store));
}

/** As if nothing was kept. */
async function unlessRefused<T>(use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await use();
  } catch {
    return undefined;
  }
}

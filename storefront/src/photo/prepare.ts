// Prepares a photo on the device: upright, at most 2000 px, no metadata, JPEG.
import { TryOnError } from '../client/problems.ts';
import { policy } from '../element/trusted.ts';
import { fittedSize, JPEG_QUALITY, MOST_BYTES, SHORTEST_EDGE_PX } from './limits.ts';
import { isCutJpeg, isHeic } from './intact.ts';
import type { PhotoAnswer, PhotoRequest, PreparedPhoto } from './messages.ts';

export type { PreparedPhoto } from './messages.ts';

declare const __PHOTO_WORKER__: string;

/** Throws {@link TryOnError} `PhotoUnreadable`, `PhotoTooSmall`, `PhotoCut` or `PhotoHeic`. */
export async function preparePhoto(file: Blob, signal?: AbortSignal): Promise<PreparedPhoto> {
  signal?.throwIfAborted();
  if (file.size === 0 || file.size > MOST_BYTES || (file.type !== '' && !file.type.startsWith('image/'))) {
    throw new TryOnError('PhotoUnreadable', `Not a photo: ${file.type || 'no type'}, ${file.size} bytes.`);
  }
  const worker = photoWorker();
  const photo = worker ? await inWorker(worker, file, signal) : await onMainThread(file);
  signal?.throwIfAborted();
  return photo;
}

let current: Worker | undefined;
let failed = false;
let lastId = 0;

/**
 * One worker for the page, started on first use. From another origin a worker cannot be started by address, so there a
 * one-line blob imports it; a policy that forbids both leaves the browser's own resizer.
 */
function photoWorker(): Worker | undefined {
  if (failed || typeof OffscreenCanvas === 'undefined') return undefined;
  if (current) return current;
  const address = new URL(__PHOTO_WORKER__, import.meta.url);
  try {
    if (address.origin === location.origin) {
      current = new Worker(policy().createScriptURL(address.href));
    } else {
      const source = new Blob([`importScripts(${JSON.stringify(address.href)})`], { type: 'text/javascript' });
      const blobAddress = URL.createObjectURL(source);
      current = new Worker(policy().createScriptURL(blobAddress));
    }
  } catch {
    failed = true;
  }
  return current;
}

async function inWorker(worker: Worker, file: Blob, signal?: AbortSignal): Promise<PreparedPhoto> {
  const id = ++lastId;
  const answer = await new Promise<PhotoAnswer | undefined>((resolve, reject) => {
    const end = (): void => {
      worker.removeEventListener('message', onMessage);
      worker.removeEventListener('error', onError);
      signal?.removeEventListener('abort', onAbort);
    };
    const onMessage = ({ data }: MessageEvent<PhotoAnswer>): void => {
      if (data.id !== id) return;
      end();
      resolve(data);
    };
    // The script did not load (a strict policy, an ad blocker): go on without.
    const onError = (): void => {
      end();
      failed = true;
      current = undefined;
      resolve(undefined);
    };
    const onAbort = (): void => {
      end();
      reject(signal?.reason);
    };
    worker.addEventListener('message', onMessage);
    worker.addEventListener('error', onError);
    signal?.addEventListener('abort', onAbort);
    worker.postMessage({ id, file } satisfies PhotoRequest);
  });
  if (!answer) return onMainThread(file);
  if (!answer.ok) throw new TryOnError(answer.code, answer.message);
  const { blob, width, height, advice } = answer;
  return { blob, width, height, advice };
}

/** Without a worker: the browser decodes and resizes in its own threads, with its own filter. */
async function onMainThread(file: Blob): Promise<PreparedPhoto> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isCutJpeg(bytes)) throw new TryOnError('PhotoCut', 'The end of the JPEG is missing.');
  let whole: ImageBitmap;
  try {
    whole = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch (cause) {
    throw new TryOnError(isHeic(bytes) ? 'PhotoHeic' : 'PhotoUnreadable', 'The browser cannot decode this picture.', { cause });
  }
  if (Math.min(whole.width, whole.height) < SHORTEST_EDGE_PX) {
    throw new TryOnError('PhotoTooSmall', `${whole.width} x ${whole.height} px`);
  }
  const { width, height } = fittedSize(whole.width, whole.height);
  const bitmap = await createImageBitmap(whole, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' });
  whole.close();
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) throw new TryOnError('PhotoUnreadable', 'This browser has no canvas.');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY));
  if (!blob) throw new TryOnError('PhotoUnreadable', 'The browser could not encode the picture.');
  // Looked at only in the worker: here it would hold up the page.
  return { blob, width, height, advice: [] };
}

// The client: one call from a photo and a product to a picture.
import { preparePhoto } from '../photo/prepare.ts';
import { isPublicAddress } from './address.ts';
import { TryOnError } from './problems.ts';
import { randomId } from './random-id.ts';
import { lineProgress } from './reach.ts';
import { submit, type Picture } from './submit.ts';
import type { TryOnOptions, TryOnResult } from './types.ts';
import { resume } from './watch.ts';

/**
 * Put a product on a photo.
 *
 * A file is turned upright, brought to at most 2000 px, freed from its metadata and encoded as JPEG on the device
 * before anything is sent. Throws {@link TryOnError}; an aborted `signal` throws its reason.
 */
export async function tryOn(options: TryOnOptions): Promise<TryOnResult> {
  const { gateway, signal, onProgress } = options;
  // (1) Pictures.
  onProgress?.({ stage: 'preparing' });
  const person = typeof options.photo === 'string' ? await photoAt(options.photo, signal) : await sendable(options.photo, signal);
  const garment = await product(options.garment, options.garmentSignature, signal);
  // (2) The run.
  const challenge = await passChallenge(options);
  onProgress?.({ stage: 'sending', fraction: 0 });
  const { id, consentReceipt } = await submit({
    gateway,
    model: options.model ?? 'tryon-v1.6',
    person,
    garment,
    garmentSignature: options.garmentSignature,
    inputs: options.inputs ?? {},
    consent: options.consent,
    consentTextHash: await textHash(options.consentText),
    challenge,
    idempotencyKey: options.idempotencyKey ?? randomId(),
    onSent: (fraction) => onProgress?.({ stage: 'sending', fraction }),
    onSilence: () => onProgress?.(lineProgress()),
    signal,
  });
  onProgress?.({ stage: 'accepted', id, ...(consentReceipt !== undefined && { consentReceipt }) });
  // (3) The picture.
  return resume({ gateway, id, ...(onProgress && { onProgress }), ...(signal && { signal }) });
}

/** In hexadecimal digits. Pages that aren't secure have no digests. */
async function textHash(text: string | undefined): Promise<string | undefined> {
  if (text === undefined || !globalThis.crypto?.subtle) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A challenge that nobody answers must not wait for ever. */
const CHALLENGE_WITHIN_MS = 180_000;

async function passChallenge({ challenge, signal, onProgress }: TryOnOptions): Promise<string | undefined> {
  if (typeof challenge !== 'function') return challenge;
  onProgress?.({ stage: 'checking' });
  let end = (): void => undefined;
  const ends = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error('It was not answered in time.')), CHALLENGE_WITHIN_MS);
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', abort);
    end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([challenge(), ends]);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new TryOnError('ChallengeFailed', `The challenge was not passed: ${String(cause)}`, { cause });
  } finally {
    end();
  }
}

/** Photos that this page has already prepared are not prepared twice. */
const prepared = new WeakSet<Blob>();

export function markPrepared(photo: Blob): void {
  prepared.add(photo);
}

/** Gateways take a photo as bytes; an address that this page may not read is left to those that allow its host. */
async function photoAt(address: string, signal?: AbortSignal): Promise<Picture> {
  let bytes: Blob;
  try {
    bytes = await read(address, signal, 'PhotoUnreadable');
  } catch (error) {
    if (!isPublicAddress(address)) throw error;
    signal?.throwIfAborted();
    return new URL(address, document.baseURI).href;
  }
  return sendable(bytes, signal);
}

async function sendable(photo: Blob, signal?: AbortSignal): Promise<Blob> {
  if (prepared.has(photo)) return photo;
  const { blob } = await preparePhoto(photo, signal);
  return blob;
}

/**
 * A product picture that FASHN's servers cannot read themselves (a shop on localhost, a blob) goes as bytes. What is signed
 * goes as it was signed: bytes carry no signature, and an address that is written otherwise is another one.
 */
async function product(garment: Blob | string, signature: string | undefined, signal?: AbortSignal): Promise<Picture> {
  if (typeof garment === 'string' && signature !== undefined) return garment;
  if (typeof garment === 'string' && isPublicAddress(garment)) return new URL(garment, document.baseURI).href;
  const bytes = typeof garment === 'string' ? await read(garment, signal) : garment;
  if (bytes.type === 'image/jpeg' && bytes.size < 2_000_000) return bytes;
  try {
    return (await preparePhoto(bytes, signal)).blob;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new TryOnError('GarmentUnreadable', 'The product picture is no picture that this browser can read.', { cause });
  }
}

async function read(address: string, signal?: AbortSignal, code = 'GarmentUnreadable'): Promise<Blob> {
  try {
    const response = await fetch(address, signal ? { signal } : {});
    if (!response.ok) throw new Error(`${response.status}`);
    return await response.blob();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new TryOnError(code, 'The picture cannot be loaded.', { cause });
  }
}

// Ids, webhook tokens and visitor tokens: a claim and its HMAC, in base64url. The imported key is kept for the isolate's life.
import type { Env } from './env.ts';

export type Purpose = 'id' | 'webhook' | 'visitor' | 'visitor-token' | 'repeat';

const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' };
const TICKET_BYTES = 16;
const MAC_BYTES = 32;
const encoder = new TextEncoder();

let kept: CryptoKey | undefined;

async function keyOf(env: Env): Promise<CryptoKey> {
  kept ??= await crypto.subtle.importKey('raw', encoder.encode(env.SIGNING_SECRET), ALGORITHM, false, ['sign', 'verify']);
  return kept;
}

/** What is signed says what for, so that no token opens what another one is for. */
function message(purpose: Purpose, claim: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(`${purpose}\0`);
  const whole = new Uint8Array(head.length + claim.length);
  whole.set(head);
  whole.set(claim, head.length);
  return whole;
}

export const asText = (bytes: Uint8Array) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true });

export async function macOf(env: Env, purpose: Purpose, claim: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await keyOf(env), message(purpose, claim)));
}

/** The claim and its MAC as one word. */
export async function seal(env: Env, purpose: Purpose, claim: Uint8Array): Promise<string> {
  const mac = await macOf(env, purpose, claim);
  const whole = new Uint8Array(claim.length + mac.length);
  whole.set(claim);
  whole.set(mac, claim.length);
  return asText(whole);
}

/** The claim of a word that was sealed here for this purpose. */
export async function open(env: Env, purpose: Purpose, word: string, claimBytes = TICKET_BYTES): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.fromBase64(word, { alphabet: 'base64url' });
  } catch {
    return undefined;
  }
  if (bytes.length !== claimBytes + MAC_BYTES) return undefined;
  const claim = bytes.subarray(0, claimBytes);
  const good = await crypto.subtle.verify('HMAC', await keyOf(env), bytes.subarray(claimBytes), message(purpose, claim));
  return good ? claim : undefined;
}

export const mintTicket = () => crypto.getRandomValues(new Uint8Array(TICKET_BYTES));

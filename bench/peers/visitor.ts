// Which visitor a run counts for: the token of an earlier answer, or the address. A pseudonym that lasts a UTC day.
import type { Env } from './env.ts';
import { asText, macOf, open, seal } from './signing.ts';

const DAY_MS = 24 * 3_600_000;
const DAY_BYTES = 4;
const PSEUDONYM_BYTES = 16;
const encoder = new TextEncoder();

export interface Visitor {
  name: string;
  /** For the answer's `x-visitor`, where the request had none that holds. */
  token: string | undefined;
}

export async function greet(env: Env, headers: Headers): Promise<Visitor> {
  const today = Math.floor(Date.now() / DAY_MS);
  const told = headers.get('x-visitor');
  if (told !== null) {
    const claim = await open(env, 'visitor-token', told, DAY_BYTES + PSEUDONYM_BYTES);
    if (claim && dayOf(claim) === today) return { name: asText(claim.subarray(DAY_BYTES)), token: undefined };
  }
  const traits = [today, headers.get('cf-connecting-ip'), headers.get('user-agent'), headers.get('accept-language')];
  const pseudonym = (await macOf(env, 'visitor', encoder.encode(traits.join('\0')))).subarray(0, PSEUDONYM_BYTES);
  const claim = new Uint8Array(DAY_BYTES + PSEUDONYM_BYTES);
  new DataView(claim.buffer).setUint32(0, today);
  claim.set(pseudonym, DAY_BYTES);
  return { name: asText(pseudonym), token: await seal(env, 'visitor-token', claim) };
}

const dayOf = (claim: Uint8Array) => new DataView(claim.buffer, claim.byteOffset).getUint32(0);

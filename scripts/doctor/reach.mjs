// Requests of the doctor: each ends within a time, and what keeps one from an answer is told in
// words.

const LIMIT_MS = 15_000;
/** Bytes of an answer that are read: a shop's page is smaller. */
const BYTES_MAX = 8 << 20;

/** No answer, with a sentence. */
export class Unreachable extends Error {}

/** An answer with its text. Redirects are not followed unless `follow` says so. */
export async function ask(url, { follow = false, ...init } = {}) {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const redirect = follow ? 'follow' : 'manual';
  let response;
  try {
    response = await fetch(url, { redirect, signal, ...init });
    const { status, headers } = response;
    return { status, headers, url: response.url, text: await textOf(response) };
  } catch (error) {
    throw new Unreachable(reason(error, new URL(url)));
  }
}

async function textOf({ body }) {
  if (body === null) return '';
  const pieces = [];
  let length = 0;
  for await (const piece of body) {
    pieces.push(piece);
    length += piece.length;
    if (length > BYTES_MAX) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}

function reason({ name, message, cause }, { host, protocol }) {
  if (name === 'TimeoutError') return `${host} gave no answer within ${LIMIT_MS / 1_000} seconds`;
  const code = cause?.code ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name ${host} has no address in DNS`;
  if (code === 'ECONNREFUSED') return `nothing listens at ${host}`;
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) {
    return `${host} has no certificate for ${protocol}// that can be trusted (${code})`;
  }
  return `${host} could not be asked: ${cause?.message ?? message}`;
}

/** An answer's JSON; undefined if it is none. */
export function jsonOf({ text }) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** On this machine, where no certificate is needed. */
export const isLocal = (address) => LOCAL.has(new URL(address).hostname);

const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]']);

// What the gateway asks of the platform, one call a task: each crossing between wasm and JavaScript costs more than what is
// done on the other side.

/** Heads that answers had, made once: most answers to one shop's pages begin with the same lines. */
const heads = new Map();
const HEADS_MOST = 64;

function headOf(text) {
  let headers = heads.get(text);
  if (headers === undefined) {
    if (heads.size >= HEADS_MOST) heads.clear();
    headers = headersOf(text);
    heads.set(text, headers);
  }
  return headers;
}

function headersOf(text) {
  const headers = new Headers();
  add(headers, text);
  return headers;
}

/** A name and a value in turns, each with a line's end. */
function add(headers, text) {
  for (let at = 0; at < text.length; ) {
    const middle = text.indexOf('\n', at);
    const end = text.indexOf('\n', middle + 1);
    headers.append(text.slice(at, middle), text.slice(middle + 1, end));
    at = end + 1;
  }
}

/** An answer. Its head is like others', and some of its headers are its own. */
export function respond(status, head, own, body) {
  const response = new Response(body, { status, headers: headOf(head) });
  if (own !== '') add(response.headers, own);
  return response;
}

/** An answer whose body lies in wasm's memory. */
export const respondBytes = (status, head, own, bytes) => respond(status, head, own, bytes.slice());

/** Free bytes on either side of a large body: what FASHN gets of it is made in place (src/outgoing.rs). */
const MARGIN_BYTES = 4_096;
const LARGE_BYTES = 65_536;
/** A large body is read in such pieces: the platform makes a buffer of its own for what it is asked for. */
const PIECE_BYTES = 1 << 20;

/**
 * Buffers that were let go, the largest first, for the next bodies: a new one is filled with zeros, and its memory is the kernel's to find.
 * That is 2 ms of a body of 8 MB.
 */
const spares = [];
const SPARES_MOST = 2;
const SPARE_BYTES_MOST = 9 << 20;

function roomFor(length) {
  const bytes = length + 2 * MARGIN_BYTES;
  const fits = spares.findLastIndex(({ byteLength }) => byteLength >= bytes);
  return fits < 0 ? new ArrayBuffer(bytes) : spares.splice(fits, 1)[0];
}

const within = (buffer, length) => new Uint8Array(buffer, MARGIN_BYTES, length);

/**
 * The whole body; `large` if it is over the cap, `late` if it took too long. The platform holds a body to the length that it declares;
 * without one it is counted as it comes.
 */
export async function bodyOf(request, most, declared, ms) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  try {
    return await Promise.race([read(request, most, declared), late]);
  } finally {
    clearTimeout(timer);
  }
}

function read(request, most, declared) {
  if (declared < LARGE_BYTES || !request.body) return whole(request);
  return declared === undefined ? counted(request.body, most) : large(request.body, declared);
}

const whole = async (message) => new Uint8Array(await message.arrayBuffer());

async function counted(body, most) {
  const chunks = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > most) return 'large';
    chunks.push(chunk);
  }
  const bytes = within(roomFor(length), length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Read where it stays: the platform's own way gathers it in pieces and copies them together. */
async function large(body, length) {
  const reader = body.getReader({ mode: 'byob' });
  let buffer = roomFor(length);
  for (let at = 0; at < length; ) {
    const piece = Math.min(length - at, PIECE_BYTES);
    const { value, done } = await reader.readAtLeast(piece, new Uint8Array(buffer, MARGIN_BYTES + at, piece));
    if (done) throw new Error('the body ended early');
    buffer = value.buffer;
    at += value.length;
  }
  return within(buffer, length);
}

/** Gives a large buffer's memory back now, and not when garbage is next collected: megabytes are waited for by others. A few are kept. */
export function letGo({ buffer }) {
  const { byteLength } = buffer;
  if (byteLength < LARGE_BYTES) return;
  if (byteLength > SPARE_BYTES_MOST) return void buffer.transfer(0);
  const place = spares.findIndex((spare) => spare.byteLength < byteLength);
  spares.splice(place < 0 ? spares.length : place, 0, buffer);
  spares.splice(SPARES_MOST).forEach((spare) => spare.transfer(0));
}

/** A request of the gateway's own. No redirect is followed: what it carries is for its address alone. */
export const send = (method, url, head, body, signal) =>
  fetch(url, { method, headers: headersOf(head), body, redirect: 'manual', signal });

/**
 * The same within a time, and read whole: its status, what of its head is asked for, and its bytes; no bytes if they are
 * over the cap. The timer is gone with it: `AbortSignal.timeout` would keep an object awake to its end.
 */
export async function exchange(method, url, head, body, ms, names, most) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException('it took too long', 'TimeoutError')), ms);
  try {
    const response = await send(method, url, head, body, controller.signal);
    const told = [response.status, headerLines(response, names)];
    if (most > 0 && !(Number(response.headers.get('content-length')) > most)) {
      const bytes = await whole(response);
      if (bytes.length <= most) told.push(bytes);
    } else {
      await response.body?.cancel();
    }
    return told;
  } finally {
    clearTimeout(timer);
  }
}

/** Headers of an answer, a line each, in the order of `names`; one that isn't there is a line of one zero. */
export const headerLines = ({ headers }, names) =>
  names
    .split('\n')
    .map((name) => headers.get(name) ?? '\0')
    .join('\n');

/** Says something to an object; if more may follow, the answer comes with a session for it. */
export function ask(env, objects, name, message, body, moreMayFollow) {
  const object = env[objects].getByName(name);
  return moreMayFollow ? object.begin(said(message), body) : object.call(said(message), body);
}

/** So many bytes are said as a text, which the platform copies as it is; of bytes each side makes a buffer of its own. */
const TEXT_MOST = 4_096;
const room = new Uint8Array(TEXT_MOST);

/** Bytes as they are said, copied out of wasm's memory: a clone of a view would be one of all of it. */
export const said = (bytes) => (bytes.length > TEXT_MOST ? bytes.slice() : String.fromCharCode.apply(null, bytes));

/** The bytes that were said. They are read before the next are heard. */
export function heard(told = '') {
  if (typeof told !== 'string') return told;
  for (let at = 0; at < told.length; at++) room[at] = told.charCodeAt(at);
  return room.subarray(0, told.length);
}

/** Says more. */
export const callMore = (session, message, body) => session.call(said(message), body);

/** The conversation is over. */
export function end(session) {
  try {
    session[Symbol.dispose]();
  } catch {
    // The request that it belonged to is gone, and it with that.
  }
}

/** Says something to an object whose answer stays open. */
export const listen = (env, objects, name, message) =>
  env[objects].getByName(name).fetch('https://object/', { method: 'POST', body: message.slice() });

/** An object's storage. */
export const kvGet = (storage, key) => storage.kv.get(key);

/** One by one: what has been read is garbage before the next thousand come. */
export function* kvValues(storage, prefix) {
  for (const [, value] of storage.kv.list({ prefix })) yield value;
}

/** Two are enough to know. */
export const kvHasNoOther = (storage, prefix, key) => [...storage.kv.list({ prefix, limit: 2 })].every(([found]) => found === key);

export const kvPut = (storage, key, bytes) => storage.kv.put(key, said(bytes));

export const kvPutBytes = (storage, key, bytes) => storage.kv.put(key, bytes);

export const kvDelete = (storage, key) => void storage.kv.delete(key);

/** Not waited for: it belongs to the writes of this turn. */
export const setAlarm = (storage, at) => void (at === undefined ? storage.deleteAlarm() : storage.setAlarm(at));

/** What was waited for in requests whose callers have gone away: the platform forgets it, and nothing is ever called back. */
const lost = new FinalizationRegistry((wait) => {
  if (wait.isOver) return;
  try {
    wait.leave(wait.number);
  } catch {
    // Its instance is gone too.
  }
});

/** A promise's end, told to one callback by a number; that there will be none, to the other. */
export function whenSettled(promise, number, call, leave) {
  const wait = { number, leave, isOver: false };
  const tell = (isGood, value) => {
    wait.isOver = true;
    try {
      call(number, isGood, value);
    } catch (error) {
      note(error);
      throw error;
    }
  };
  lost.register(tell, wait);
  promise.then(
    (value) => tell(true, value),
    (error) => tell(false, error),
  );
}

/** What an instance has promised and not kept yet. */
const promised = new Set();

export function defer() {
  const deferred = Promise.withResolvers();
  promised.add(deferred);
  return deferred;
}

export function settle(deferred, isGood, value) {
  if (isGood) deferred.resolve(value);
  else deferred.reject(value);
  promised.delete(deferred);
}

/** Nobody is left to whom it was promised. */
export const dropPromise = (deferred) => void promised.delete(deferred);

/**
 * A trap, of a panic or of what the compiler put in: its instance is not to be used again. Whoever waits for it hears so,
 * instead of waiting for good.
 */
export function note(error) {
  if (![error, error?.cause].some((thrown) => thrown instanceof WebAssembly.RuntimeError)) return;
  globalThis.__worker_init_state.criticalError = true;
  for (const { reject } of promised) reject(new Error('the Worker was restarted'));
  promised.clear();
}

/** Whether a binding is there. */
export const isBound = (env, binding) => env[binding] !== undefined;

/** Counts one request at a rate limit; whether it is within. */
export const limit = async (env, binding, key) => (await env[binding].limit({ key })).success;

/** Workers KV. */
export const keep = (env, binding, key, bytes, ttlSeconds) => env[binding].put(key, bytes.slice(), { expirationTtl: ttlSeconds });

export const kept = (env, binding, key) => env[binding].get(key, 'arrayBuffer');

export const forget = (env, binding, key) => env[binding].delete(key);

/** A line for the operator. */
export const log = (isError, line) => (isError ? console.error(line) : console.log(line));

export const storageOf = (state) => state.storage;

export const nameOf = (state) => state.id.name;

/** Both in one turn: what is written after it stays. */
export const wipe = (storage) => Promise.all([storage.deleteAlarm(), storage.deleteAll()]);

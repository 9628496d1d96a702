// What the gateway asks of the platform. Each function is one whole task, because a crossing between wasm and JavaScript
// costs more than most of what is done on the other side.

/** Heads of answers, made once: most answers to one shop's pages begin with the same lines. */
const heads = new Map();
const HEADS_MAX = 64;

function cachedHeaders(text) {
  let headers = heads.get(text);
  if (headers === undefined) {
    if (heads.size >= HEADS_MAX) heads.clear();
    headers = headersOf(text);
    heads.set(text, headers);
  }
  return headers;
}

function headersOf(text) {
  const headers = new Headers();
  append(headers, text);
  return headers;
}

/** Names and values in turns, each with a line break. */
function append(headers, text) {
  for (let at = 0; at < text.length; ) {
    const middle = text.indexOf('\n', at);
    const end = text.indexOf('\n', middle + 1);
    headers.append(text.slice(at, middle), text.slice(middle + 1, end));
    at = end + 1;
  }
}

/** An answer. `head` is the same for many answers, `own` has the headers of this one. */
export function respond(status, head, own, body) {
  const response = new Response(body, { status, headers: cachedHeaders(head) });
  if (own !== '') append(response.headers, own);
  return response;
}

/** An answer whose body lies in wasm's memory. */
export const respondBytes = (status, head, own, bytes) => respond(status, head, own, bytes.slice());

const timeout = () => new DOMException('it took too long', 'TimeoutError');

/** The whole body of a small request; it has so long to arrive. */
export async function readWhole(request, ms) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(timeout()), ms);
  });
  try {
    return new Uint8Array(await Promise.race([request.arrayBuffer(), late]));
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a body piece by piece; all of it has so long to arrive. */
export class PieceReader {
  #reader;
  #buffer = new ArrayBuffer(0);
  #timer;
  #isLate = false;

  constructor(body, ms) {
    this.#reader = body.getReader({ mode: 'byob' });
    if (ms === undefined) return;
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      this.#reader.cancel().catch(() => {});
    }, ms);
  }

  /** The next so many bytes; fewer at the end, and nothing after that. They are valid until the next are read. */
  async next(bytes) {
    if (this.#buffer.byteLength < bytes) this.#buffer = new ArrayBuffer(bytes);
    const { value } = await this.#reader.readAtLeast(bytes, new Uint8Array(this.#buffer, 0, bytes));
    if (this.#isLate) throw timeout();
    if (!value?.length) return undefined;
    this.#buffer = value.buffer;
    return value;
  }

  /** Nothing more is read. */
  end() {
    clearTimeout(this.#timer);
    release(this.#buffer);
  }

  cancel() {
    this.#reader.cancel().catch(() => {});
    this.end();
  }
}

/** Gives a buffer's memory back now, and not when garbage is next collected. What is still being sent of it stays until then. */
export function release(buffer) {
  if (!buffer.detached) buffer.transfer(0);
}

/** A request of the gateway's own. No redirect is followed: what it carries is for its address alone. */
export const send = (method, url, head, body, signal) =>
  fetch(url, { method, headers: headersOf(head), body, redirect: 'manual', signal });

/**
 * The same within a time, and read whole: its status, the headers that are asked for, and its bytes; no bytes if they are
 * over the cap. The timer ends with it, because that of `AbortSignal.timeout` would keep an object awake.
 */
export async function exchange(method, url, head, body, ms, names, most) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(timeout()), ms);
  try {
    const response = await send(method, url, head, body, controller.signal);
    return [response.status, headerLines(response, names), await capped(response, most)];
  } finally {
    clearTimeout(timer);
  }
}

/** A body of at most so many bytes. A declared length binds the platform, unless the body is compressed. */
async function capped(response, most) {
  const { headers, body } = response;
  if (body === null) return new Uint8Array();
  const declared = headers.get('content-length');
  if (declared !== null && Number(declared) > most) return void (await body.cancel());
  if (declared !== null && !headers.has('content-encoding')) return new Uint8Array(await response.arrayBuffer());
  // Pieces of a size of our own: those of an ordinary reader hold several times their bytes.
  const reader = body.getReader({ mode: 'byob' });
  const pieces = [];
  for (let length = 0; ; ) {
    const { value, done } = await reader.readAtLeast(PIECE_BYTES, new Uint8Array(PIECE_BYTES));
    if (value !== undefined) pieces.push(value);
    if (done) return new Uint8Array(await new Blob(pieces).arrayBuffer());
    length += value.length;
    if (length > most) return void (await reader.cancel());
  }
}

/** Of a body without a length. */
const PIECE_BYTES = 1 << 20;

/** Headers of an answer, a line each, in the order of `names`; one that isn't there is a line of one zero. */
export const headerLines = ({ headers }, names) =>
  names
    .split('\n')
    .map((name) => headers.get(name) ?? '\0')
    .join('\n');

function objectOf(env, binding, name, isEu) {
  const namespace = isEu ? env[binding].jurisdiction('eu') : env[binding];
  return namespace.getByName(name);
}

/** Sends a message to an object. */
export const ask = (env, binding, name, isEu, message) => objectOf(env, binding, name, isEu).call(message);

/** Sends a request to an object: its body is a stream, or its answer is. */
export const request = (env, binding, name, isEu, message, body) =>
  objectOf(env, binding, name, isEu).fetch('https://object/', { method: 'POST', headers: { message }, body });

/** An object's name. */
export const nameOf = (state) => state.id.name;

/** Ends an object whose storage failed; the next message starts it again. */
export const abort = (state, reason) => state.abort(reason);

/** Runs a statement; parameters and rows are JSON. */
export function sqlExec({ storage }, statement, params) {
  const rows = [...storage.sql.exec(statement, ...JSON.parse(params)).raw()];
  return rows.length === 0 ? '' : JSON.stringify(rows);
}

const ROLLBACK = Symbol('rollback');

/** One transaction; rolled back where `work` answers false. */
export function transact({ storage }, work) {
  try {
    storage.transactionSync(() => {
      if (!work()) throw ROLLBACK;
    });
  } catch (error) {
    if (error !== ROLLBACK) throw error;
  }
}

/** A text beside the tables. Reading it makes no table, so an object that has nothing keeps nothing. */
export const getText = ({ storage }, key) => storage.kv.get(key);
export const putText = ({ storage }, key, text) => storage.kv.put(key, text);

/** Not waited for: it belongs to the writes of this turn. */
export const setAlarm = ({ storage }, at) => void storage.setAlarm(at);

/** Everything, the alarm and the tables too. */
export const deleteAll = ({ storage }) => storage.deleteAll();

/** The table of a body's pieces, empty. */
export function makePieces({ storage: { sql } }) {
  sql.exec('CREATE TABLE IF NOT EXISTS pieces (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
  sql.exec('DELETE FROM pieces');
}

export const putPiece = ({ storage }, n, bytes) => void storage.sql.exec('INSERT INTO pieces (n, bytes) VALUES (?, ?)', n, bytes);

/** A stored body on its way out. */
export class StoredBody {
  #sql;
  #length;
  #read = 0;

  constructor({ storage }, length) {
    this.#sql = storage.sql;
    this.#length = length;
  }

  /** A stream that declares its length, and reads a piece once the one before has gone. */
  stream() {
    let n = 0;
    const pieces = new ReadableStream(
      {
        pull: (controller) => {
          const [row] = this.#sql.exec('SELECT bytes FROM pieces WHERE n = ?', n).raw();
          if (row === undefined) return controller.close();
          n += 1;
          this.#read += row[0].byteLength;
          controller.enqueue(new Uint8Array(row[0]));
        },
      },
      { highWaterMark: 0 },
    );
    const { readable, writable } = new FixedLengthStream(this.#length);
    pieces.pipeTo(writable).catch(() => {});
    return readable;
  }

  /** Its last byte may have left. */
  isRead() {
    return this.#read >= this.#length;
  }
}

/** What this instance has promised and not settled yet. */
const promised = new Set();

export function defer() {
  const deferred = Promise.withResolvers();
  promised.add(deferred);
  return deferred;
}

export function settle(deferred, isGood, value) {
  promised.delete(deferred);
  if (isGood) deferred.resolve(value);
  else deferred.reject(value);
}

/** A trap, of a panic or of what the compiler put in: its instance is not used again, and all that it promised fails. */
export function note(error) {
  if (![error, error?.cause].some((thrown) => thrown instanceof WebAssembly.RuntimeError)) return;
  globalThis.__worker_init_state.criticalError = true;
  for (const { reject } of promised) reject(new Error('the Worker was restarted'));
  promised.clear();
}

/** Counts a request at a rate limit; whether it is within. A limit that isn't bound limits nothing. */
export const isWithin = async (env, binding, key) => env[binding] === undefined || (await env[binding].limit({ key })).success;

/** Workers KV. */
export const kvPut = (kv, key, bytes, expirationTtl) => kv.put(key, bytes.slice(), { expirationTtl });
export const kvGet = (kv, key) => kv.get(key, 'arrayBuffer');
export const kvDelete = (kv, key) => kv.delete(key);

/** Lines for the operator. */
export const log = (isError, line) => (isError ? console.error(line) : console.log(line));

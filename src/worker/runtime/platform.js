// What takes several of the platform's calls, each as one call from wasm: a text that crosses costs
// more than most of what is done on the other side. Single calls are declared in platform.rs.

/** Headers, made once for each text: most answers to one shop's pages begin with the same lines. */
const made = new Map();
const MADE_MAX = 64;

function headersOf(text) {
  let headers = made.get(text);
  if (headers === undefined) {
    if (made.size >= MADE_MAX) made.clear();
    headers = new Headers();
    append(headers, text);
    made.set(text, headers);
  }
  return headers;
}

/** Names and values in turns, each with a line break. */
function append(headers, text) {
  const lines = text.split('\n');
  for (let at = 0; at + 1 < lines.length; at += 2) headers.append(lines[at], lines[at + 1]);
}

/** An answer. `head` is the same for many answers, `own` has the headers of this one. */
export function respond(status, head, own, body) {
  const response = new Response(body, { status, headers: headersOf(head) });
  if (own !== '') append(response.headers, own);
  return response;
}

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

/**
 * Reads a request's body piece by piece. With `ms`, all of it has so long to arrive, and it ends
 * with its caller.
 */
export class PieceReader {
  #reader;
  #buffer = new ArrayBuffer(0);
  #timer;
  #stopped;

  constructor({ body, signal }, ms) {
    this.#reader = body.getReader({ mode: 'byob' });
    if (ms === undefined) return;
    this.#timer = setTimeout(() => this.cancel(timeout()), ms);
    signal.addEventListener('abort', () => this.cancel(new Error('the caller left')));
  }

  /**
   * The next so many bytes; fewer at the end, and nothing after that. They are valid until the next
   * are read.
   */
  async next(bytes) {
    if (this.#buffer.byteLength < bytes) {
      release(this.#buffer);
      this.#buffer = new ArrayBuffer(bytes);
    }
    const view = new Uint8Array(this.#buffer, 0, bytes);
    const { value } = await this.#reader.readAtLeast(bytes, view);
    if (this.#stopped) throw this.#stopped;
    if (!value?.length) return undefined;
    this.#buffer = value.buffer;
    return value;
  }

  /** The last piece is valid for as long as its reader wants; it gives the buffer back. */
  keep() {
    this.#buffer = new ArrayBuffer(0);
  }

  /** Nothing more is read. */
  end() {
    clearTimeout(this.#timer);
    release(this.#buffer);
  }

  /** The rest isn't wanted; a read under way fails with `reason`. */
  cancel(reason) {
    this.#stopped = reason;
    this.#reader.cancel().catch(() => {});
    this.end();
  }
}

/**
 * Gives a buffer's memory back now, and not when garbage is next collected. What is still being
 * sent of it stays until then.
 */
export function release(buffer) {
  if (!buffer.detached) buffer.transfer(0);
}

/** No redirect is followed: what a request carries is for its address alone. */
export const send = async (method, url, head, body, signal) =>
  fetch(url, { method, headers: headersOf(head), body, redirect: 'manual', signal });

/**
 * The same within a time: the answer and its bytes, or no bytes if they are more than `most`. The
 * timer ends with it, because that of `AbortSignal.timeout` would keep an object awake.
 */
export async function exchange(method, url, head, body, ms, most) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(timeout()), ms);
  try {
    const response = await send(method, url, head, body, controller.signal);
    return [response, await capped(response, most)];
  } finally {
    clearTimeout(timer);
  }
}

/** A declared length binds the platform, unless the body is compressed. */
async function capped(response, most) {
  const { headers, body } = response;
  if (body === null) return new Uint8Array();
  const declared = headers.get('content-length');
  if (Number(declared) > most) return void (await body.cancel());
  if (declared !== null && !headers.has('content-encoding')) {
    return new Uint8Array(await response.arrayBuffer());
  }
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

/** The stub of an object. */
export const stub = (env, binding, name, isEu) =>
  (isEu ? env[binding].jurisdiction('eu') : env[binding]).getByName(name);

/** A message with a body, or with an answer that stays open. */
export const open = async (stub, message, body) =>
  stub.fetch('https://object/', { method: 'POST', headers: { message }, body });

/** Runs a statement; parameters and rows are JSON. */
export function query({ sql }, statement, params) {
  const rows = [...sql.exec(statement, ...JSON.parse(params)).raw()];
  return rows.length === 0 ? '' : JSON.stringify(rows);
}

const ROLLBACK = Symbol('rollback');

/** One transaction; rolled back where `work` answers false. */
export function transact(storage, work) {
  try {
    storage.transactionSync(() => {
      if (!work()) throw ROLLBACK;
    });
  } catch (error) {
    if (error !== ROLLBACK) throw error;
  }
}

/** A stream that declares its length, and asks for a piece once the one before has gone. */
function streamOf(length, next) {
  const pull = (controller) => {
    const piece = next();
    if (piece === undefined) controller.close();
    else controller.enqueue(piece);
  };
  const { readable, writable } = new FixedLengthStream(length);
  new ReadableStream({ pull }, { highWaterMark: 0 }).pipeTo(writable).catch(() => {});
  return readable;
}

/** A stored body on its way out. */
export class StoredBody {
  #sql;
  #length;
  #read = 0;

  constructor({ sql }, length) {
    this.#sql = sql;
    this.#length = length;
  }

  /** For a request. */
  content() {
    let n = 0;
    return streamOf(this.#length, () => {
      const [row] = this.#sql.exec('SELECT bytes FROM pieces WHERE n = ?', n).raw();
      if (row === undefined) return undefined;
      n += 1;
      this.#read += row[0].byteLength;
      return new Uint8Array(row[0]);
    });
  }

  /** Its last byte may have left. */
  isRead() {
    return this.#read >= this.#length;
  }
}

/**
 * A body on its way out, outside of wasm's memory. The platform makes a copy of bytes that it is
 * given in one piece, so a large body is a stream of several.
 */
export class HeldBody {
  #length;
  #pieceBytes;
  #pieces = [];
  /** Bytes that are in the pieces. */
  #filled = 0;
  /** Pieces that have left. */
  #sent = 0;

  constructor(length) {
    this.#length = length;
    // As a stream, a body of 1 MB takes 7 % more.
    this.#pieceBytes = length <= 2 << 20 ? length : 1 << 20;
    for (let left = length; left > 0; left -= this.#pieceBytes) {
      this.#pieces.push(new Uint8Array(Math.min(left, this.#pieceBytes)));
    }
  }

  /** Adds bytes. More than were declared have no room, which throws. */
  push(bytes) {
    for (let at = 0; at < bytes.length; ) {
      const start = this.#filled % this.#pieceBytes;
      const piece = this.#pieces[(this.#filled - start) / this.#pieceBytes];
      const part = bytes.subarray(at, at + this.#pieceBytes - start);
      piece.set(part, start);
      this.#filled += part.length;
      at += part.length;
    }
  }

  /** For a request; each time from its beginning. */
  content() {
    let n = 0;
    const next = () => {
      const piece = this.#pieces[n];
      n += 1;
      this.#sent = Math.max(this.#sent, n);
      return piece;
    };
    return this.#pieces.length > 1 ? streamOf(this.#length, next) : next();
  }

  /** Its last byte may have left. */
  isRead() {
    return this.#sent >= this.#pieces.length;
  }

  /**
   * Its memory is given back now, and not when garbage is next collected; but for a body that is
   * still being read, as FASHN may answer early.
   */
  release() {
    if (this.#sent === 0 || this.isRead()) for (const { buffer } of this.#pieces) release(buffer);
  }
}

/** The instance of the compiled code: which one, and whether a trap ended it. */
export const wasm = { instance: 1, isOver: false };

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

/** A trap, of a panic or of what the compiler put in, ends its instance. */
export function note(error) {
  const thrown = [error, error?.cause];
  if (thrown.some((one) => one instanceof WebAssembly.RuntimeError)) endInstance();
}

/** An instance is not used again, and all that it promised fails. */
export function endInstance() {
  wasm.isOver = true;
  for (const { reject } of promised) reject(new Error('the Worker was restarted'));
  promised.clear();
}

/** Counts a request at a rate limit; whether it is within. */
export const isWithin = async (env, binding, key) => (await env[binding].limit({ key })).success;

/** A piece of an output, in Workers KV. */
export const putPiece = async (env, binding, key, bytes, expirationTtl) =>
  env[binding].put(key, bytes, { expirationTtl });

export const getPiece = async (env, binding, key) => env[binding].get(key, 'arrayBuffer');

export const deletePiece = async (env, binding, key) => env[binding].delete(key);

/** Writes a point, as JSON, to a data set of Workers Analytics Engine. */
export const writePoint = (env, binding, json) => env[binding].writeDataPoint(JSON.parse(json));

/** Whether a key signed a text, by RSASSA-PKCS1-v1_5 with SHA-256. */
export async function verifyRs256(jwk, signed, signature) {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('jwk', JSON.parse(jwk), algorithm, false, ['verify']);
  return crypto.subtle.verify(algorithm, key, signature, new TextEncoder().encode(signed));
}

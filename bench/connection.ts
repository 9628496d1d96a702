// A kept HTTP/1.1 connection, one request at a time: as little work as possible between a request and its answer.
import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  /** The head as it came. */
  head: string;
  body: string;
}

/** One request: its head without `Content-Length`, and its body in pieces that may be shared between requests. */
export interface Ask {
  head: string;
  body?: Uint8Array[];
}

/** Nothing that is asked takes so long. */
const SILENCE_MS = 30_000;
const PIECE_BYTES = 1 << 20;

export class Connection {
  readonly #socket: Socket;
  #text = '';
  #answered: ((answer: Answer) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.setTimeout(SILENCE_MS, () => this.#failed?.(new Error(`no answer in ${SILENCE_MS / 1_000} s`)));
    socket.on('data', (text) => this.#take(String(text)));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the connection was closed before an answer')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Connection(socket);
  }

  ask({ head, body = [] }: Ask): Promise<Answer> {
    const length = body.reduce((sum, piece) => sum + piece.length, 0);
    const start = Buffer.from(`${head}${body.length > 0 ? `content-length: ${length}\r\n` : ''}\r\n`, 'latin1');
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      if (length < PIECE_BYTES) this.#socket.write(Buffer.concat([start, ...body]));
      else void this.#write([start, ...body]);
    });
  }

  /** In turns with the reading: an answer may come, and the connection be closed, before the body was read. */
  async #write(pieces: Uint8Array[]) {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += PIECE_BYTES) {
        if (this.#answered === undefined || this.#socket.destroyed) return;
        const taken = this.#socket.write(piece.subarray(at, at + PIECE_BYTES));
        await new Promise<void>((resolve) => (taken ? setImmediate(resolve) : this.#drained(resolve)));
      }
    }
  }

  /** Calls back once more can be written, or nothing any more. */
  #drained(done: () => void) {
    const either = () => {
      this.#socket.off('drain', either).off('close', either);
      done();
    };
    this.#socket.on('drain', either).on('close', either);
  }

  close() {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #take(text: string) {
    this.#text += text;
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#text.slice(0, end);
    const status = Number(head.slice(9, 12));
    const rest = this.#text.slice(end + 4);
    let body = '';
    if (status !== 204 && status !== 304) {
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      if (length !== undefined) {
        if (rest.length < Number(length)) return;
        body = rest;
      } else {
        const chunked = chunks(rest);
        if (chunked === undefined) return;
        body = chunked;
      }
    }
    this.#text = '';
    const answered = this.#answered;
    [this.#answered, this.#failed] = [undefined, undefined];
    answered?.({ status, head, body });
  }
}

/** The body of a chunked answer, once it is whole. */
function chunks(text: string): string | undefined {
  let body = '';
  for (let at = 0; ; ) {
    const line = text.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const length = Number.parseInt(text.slice(at, line), 16);
    const end = line + 2 + length + 2;
    if (text.length < end) return undefined;
    if (length === 0) return body;
    body += text.slice(line + 2, end - 2);
    at = end;
  }
}

export const headerOf = ({ head }: Answer, name: string): string | undefined => new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1];

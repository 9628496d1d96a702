// A request on a bare connection: for what `fetch` would not send, and for answers that come before the body was read,
// after which workerd hangs up while `fetch` is still writing.
import { connect } from 'node:net';

export interface BareAnswer {
  /** 0 if the connection was closed without an answer. */
  status: number;
  headers: Map<string, string>;
  body: string;
}

export interface BareInit {
  /** The sender goes away once the bytes are out. */
  stall?: boolean;
  /** What is sent after the bytes, when it is there and no answer has come. */
  rest?: Promise<Buffer>;
}

/** Sends bytes piece by piece until an answer has come. */
export async function bare(port: number, bytes: string | Buffer, init: BareInit = {}): Promise<BareAnswer> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  let text = '';
  let rest: Buffer = Buffer.from(bytes);
  let later = init.rest;
  const answer = await new Promise<string>((resolve) => {
    const end = () => resolve(text);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (isWhole(text)) end();
    });
    socket.on('error', end);
    socket.on('close', end);
    const more = () => {
      if (text !== '' || socket.destroyed) return;
      if (rest.length === 0) {
        if (init.stall) setImmediate(() => socket.destroy());
        void later?.then((bytes) => {
          rest = bytes;
          more();
        });
        later = undefined;
        return;
      }
      const piece = rest.subarray(0, 65_536);
      rest = rest.subarray(piece.length);
      // In turns with the reading: an early answer is seen before the next piece is sent.
      socket.write(piece, () => setImmediate(more));
    };
    socket.once('connect', more);
  });
  socket.destroy();
  const [head = '', body = ''] = answer.split(/\r\n\r\n([^]*)/, 2);
  const [first = '', ...lines] = head.split('\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0),
    headers: new Map(lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])),
    body,
  };
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  if (length !== undefined) return text.length - end - 4 >= Number(length);
  return !/\r\ntransfer-encoding: *chunked/i.test(text.slice(0, end)) || text.endsWith('0\r\n\r\n');
}

/** The head of a POST with a body of so many bytes. */
export function postHead(path: string, headers: Record<string, string>, length: number): string {
  const lines = Object.entries({ host: 'try.example', 'content-length': String(length), ...headers }).map(([name, value]) => `${name}: ${value}`);
  return [`POST ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

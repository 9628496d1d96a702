// Callers that reset their connection, at a byte that the test chooses.
import { connect } from 'node:net';
import { postHead } from '../bare.ts';
import type { Gateway } from '../gateway.ts';

export interface HangUp {
  /** Resolves once the bytes have left. */
  sent: Promise<void>;
  /** TCP reset; resolves once the connection is gone. */
  reset(): Promise<void>;
}

/** A `POST /v1/run` that sends this part of its body. */
export function callerThatHangsUp(
  gateway: Gateway,
  headers: Record<string, string>,
  body: string,
  part = 1,
): HangUp {
  const bytes = Buffer.from(body);
  const head = postHead(
    '/v1/run',
    { host: gateway.url.host, 'content-type': 'application/json', ...headers },
    bytes.length,
  );
  const socket = connect(Number(gateway.url.port), '127.0.0.1');
  socket.on('error', () => {});
  return {
    sent: new Promise(
      (resolve) =>
        void socket.write(
          Buffer.concat([Buffer.from(head), bytes.subarray(0, bytes.length * part)]),
          () => resolve(),
        ),
    ),
    // The gateway may have closed it first.
    reset: () =>
      new Promise((resolve) => {
        if (socket.closed) resolve();
        else socket.once('close', () => resolve()).resetAndDestroy();
      }),
  };
}

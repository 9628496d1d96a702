// A server on loopback: the shop's pictures on one side, the webhook's receiver on the other.
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Delivery {
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

export class Receiver {
  /** Every POST, in the order they came. */
  readonly deliveries: Delivery[] = [];
  /** How the next POSTs are answered; 200 when there is nothing left. */
  readonly answers: ((response: ServerResponse) => void)[] = [];
  readonly #files = new Map<string, { type: string; bytes: Uint8Array }>();
  readonly #server: Server;
  readonly origin: string;

  private constructor(server: Server) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      const pieces: Uint8Array[] = [];
      request.on('data', (piece: Uint8Array) => pieces.push(piece));
      request.on('end', () => {
        const path = request.url ?? '/';
        if (request.method === 'POST') {
          receiver.deliveries.push({ path, headers: request.headers, body: JSON.parse(Buffer.concat(pieces).toString()) });
          const answer = receiver.answers.shift() ?? ((to: ServerResponse) => to.writeHead(200).end());
          answer(response);
          return;
        }
        const file = receiver.#files.get(path);
        if (file === undefined) response.writeHead(404).end();
        else response.writeHead(200, { 'content-type': file.type, 'content-length': file.bytes.length }).end(file.bytes);
      });
    });
    return receiver;
  }

  /** Puts a file there; its address. */
  serve(path: string, type: string, bytes: Uint8Array): string {
    this.#files.set(path, { type, bytes });
    return this.origin + path;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

// A gateway at an origin of its own: the storefront's stand-in (`storefront/tests/stand.ts`) with
// the headers that let a shop's pages ask it, and with the address that takes orders.
import { createServer } from 'node:http';
import { completed, ID, startStand, status } from '../../../storefront/tests/stand.ts';

/** The id of every result. */
export const RESULT = ID;

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-expose-headers': '*',
};

export async function startGateway() {
  const stand = await startStand();
  /** Messages about orders, and the statuses that answer the next ones; 204 after them. */
  const orders = { messages: [], answers: [] };
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.writeHead(502, CORS).end(String(error)));
  });

  async function answer(request, response) {
    if (request.method === 'OPTIONS') return response.writeHead(204, CORS).end();
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.method === 'POST' && request.url === '/webhooks/orders') {
      orders.messages.push({ headers: request.headers, body: String(body) });
      return response.writeHead(orders.answers.shift() ?? 204).end();
    }
    const { method } = request;
    const type = request.headers['content-type'];
    const passed = await fetch(stand.url + request.url, {
      method,
      headers: type ? { 'content-type': type } : {},
      body: method === 'POST' ? body : undefined,
    });
    const contentType = passed.headers.get('content-type') ?? 'text/plain';
    response.writeHead(passed.status, { ...CORS, 'content-type': contentType });
    return response.end(Buffer.from(await passed.arrayBuffer()));
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    orders,
    stand,
    /** Forgets what was asked; each run succeeds. */
    reset() {
      stand.reset();
      const { body } = completed();
      stand.statuses = [status(body.status, { output: [`${url}/v1/outputs/${ID}/0`] })];
      Object.assign(orders, { messages: [], answers: [] });
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await stand.stop();
    },
  };
}

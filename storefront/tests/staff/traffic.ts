// A shop in use: what its pages and its backend send to the gateway, and what its book has of it afterwards.
import { createHmac } from 'node:crypto';
import { expect } from 'vitest';
import type { Gateway } from '../../../tests/gateway.ts';
import { Book, type Line, type Order, type Step } from './books.ts';

/** An event as a page sends it. */
interface Event {
  name: Step | 'visitor';
  product: string | null;
  group: 'shown' | 'held' | null;
}

export const steps = (product: string, ...names: Step[]): Event[] => names.map((name) => ({ name, product: product === '' ? null : product, group: null }));
export const visitor = (group: 'shown' | 'held'): Event => ({ name: 'visitor', product: null, group });

export class Shop {
  readonly book = new Book();
  readonly name: string;
  readonly origin: string;
  /** What its orders are signed with. */
  readonly key: Buffer;
  #gateway: Gateway;
  #orders = 0;

  constructor(gateway: Gateway, { name, origin, key }: { name: string; origin: string; key: Buffer }) {
    this.#gateway = gateway;
    this.name = name;
    this.origin = origin;
    this.key = key;
  }

  /** What one page tells, in one beacon. */
  async tell(address: string, ...events: Event[]): Promise<void> {
    expect((await this.#events(address, events)).status).toBe(204);
    for (const { name, product, group } of events) {
      if (name !== 'visitor') this.book.step(product ?? '', name);
      else if (group) this.book.visitors[group] += 1;
    }
  }

  /** A batch that is refused as a whole, and events of a page that isn't this shop's. */
  async nonsense(address: string): Promise<void> {
    expect((await this.#events(address, steps('nonsense', 'impression', 'purchase' as Step))).status).toBe(400);
    expect((await this.#events(address, steps('nonsense', 'impression'), 'https://elsewhere.example')).status).toBe(403);
  }

  /** An order whose lines carry these properties; `times` above one repeats it. */
  async order(currency: string, lines: (Line & { property: string })[], { times = 1 } = {}): Promise<void> {
    const body = this.#order(currency, lines);
    // Repeats come one after another, as a sender's that heard nothing do.
    for (let nth = 0; nth < times; nth += 1) expect(await this.#send(body, this.key)).toBe(204);
    const order: Order = { currency, lines: lines.map(({ mark, amountMinor }) => ({ mark, amountMinor })) };
    this.book.orders.push(order);
  }

  /** Messages that no shop has signed, and an order with an id that the gateway hasn't made: none of them counts. */
  async forgeries(currency: string, id: string): Promise<void> {
    const line = (property: string) => ({ mark: 'tried' as const, amountMinor: 100_000, property });
    const forged = this.#order(currency, [line(id)]);
    expect(await this.#send(forged, Buffer.from('a key of nobody, of thirty-two b.'))).toBe(401);
    expect(await this.#send(forged, this.key, this.#order(currency, [line('shown')]))).toBe(401);
    const [first = ''] = id;
    const changed = `${first === 'A' ? 'B' : 'A'}${id.slice(1)}`;
    expect(await this.#send(this.#order(currency, [line(changed)]), this.key)).toBe(204);
  }

  #events(address: string, events: Event[], origin = this.origin) {
    const headers = { origin, 'content-type': 'text/plain;charset=UTF-8', 'cf-connecting-ip': address };
    return this.#gateway.ask('/v1/events', { method: 'POST', headers, body: JSON.stringify({ events }) });
  }

  /** The message of an order like no other of this shop; one line beside those that are marked. */
  #order(currency: string, lines: readonly { property: string; amountMinor: number }[]): string {
    this.#orders += 1;
    const decimals = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    const marked = lines.map(({ property, amountMinor }) => ({ try_on: property, product_id: '1', quantity: 1, amount: (amountMinor / 10 ** decimals).toFixed(decimals) }));
    const data = { order: `order ${this.#orders}`, currency, lines: [...marked, { product_id: '2', quantity: 1, amount: '1000' }] };
    return JSON.stringify({ type: 'order.paid', timestamp: new Date().toISOString(), data });
  }

  /** The answer's status to a message by Standard Webhooks. `signed`: what the signature is over, if it isn't the body. */
  async #send(body: string, key: Buffer, signed = body): Promise<number> {
    const seconds = Math.floor(Date.now() / 1_000);
    const mac = createHmac('sha256', key).update(`msg_1.${seconds}.${signed}`).digest('base64');
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${mac}` };
    return (await this.#gateway.ask('/webhooks/orders', { method: 'POST', headers, body })).status;
  }
}

// A gateway under plain workerd, shoppers in front and a FASHN behind that ends a run when it is told to.
import { readFileSync } from 'node:fs';
import { SHOP, json, startOwnFashn, tryOn, until, type OwnFashn } from '../tests/gateway.ts';
import { variantOf } from './variants.ts';
import { startWorkerd, type Workerd } from './workerd.ts';

interface Fashn extends OwnFashn {
  /** What was accepted and didn't end, oldest first. */
  live: { upstream: string; webhook: string }[];
}

async function startFashn(): Promise<Fashn> {
  const ended = new Map<string, object>();
  let accepted = 0;
  const live: Fashn['live'] = [];
  const own = await startOwnFashn((call, response) => {
    own.calls.length = 0;
    if (call.method === 'POST') {
      const upstream = `a-${(accepted += 1)}`;
      live.push({ upstream, webhook: new URL(call.query.get('webhook_url') ?? '').pathname });
      return json(response, 200, { id: upstream, error: null });
    }
    const id = call.path.split('/').at(-1) ?? '';
    return json(response, 200, { id, status: 'completed', output: [`https://cdn.fashn.ai/${id}/0.png`], error: null, ...ended.get(id) });
  });
  return { ...own, live };
}

/** A gateway, its FASHN, and who presses. */
export interface Shop {
  workerd: Workerd;
  fashn: Fashn;
  visitors: string[];
  close(): Promise<void>;
}

export const ask = ({ workerd }: Shop, path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${workerd.port}${path}`, init);

/** What a shop’s page sends for a visitor. */
const page = (number: number, token: string | undefined): RequestInit => ({
  method: 'POST',
  headers: { origin: SHOP, 'content-type': 'application/json', 'cf-connecting-ip': `203.0.113.${number}`, ...(token ? { 'x-visitor': token } : {}) },
  body: JSON.stringify(tryOn()),
});

/** Gives a visitor a token, as any first answer does. */
export async function greet(shop: Shop, number: number): Promise<void> {
  const answer = await ask(shop, '/v1/quote', page(number, undefined));
  shop.visitors.push(answer.headers.get('x-visitor') ?? '');
}

export async function submit(shop: Shop, number: number): Promise<string> {
  const who = number % shop.visitors.length;
  const answer = await ask(shop, '/v1/run', page(who, shop.visitors[who]));
  const { id, message } = (await answer.json()) as { id?: string; message?: string };
  if (id === undefined) throw new Error(`a run was refused: ${answer.status} ${message}`);
  return id;
}

export async function lookup(shop: Shop, id: string): Promise<void> {
  const answer = await ask(shop, `/v1/status/${id}`);
  if (answer.status !== 200) throw new Error(`a lookup was answered ${answer.status}`);
  await answer.arrayBuffer();
}

/** The oldest at FASHN is over. */
export async function webhook(shop: Shop): Promise<void> {
  const over = await until(() => shop.fashn.live.shift());
  const body = JSON.stringify({ id: over.upstream, status: 'completed', output: [], error: null });
  const answer = await ask(shop, over.webhook, { method: 'POST', body });
  if (answer.status !== 204) throw new Error(`a webhook was answered ${answer.status}`);
}

/** As many at a time as a browser would. */
export async function many(count: number, work: (number: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 6 }, async () => {
    for (let number = (next += 1) - 1; number < count; number = (next += 1) - 1) await work(number);
  }));
}

interface ShopInit {
  vars?: Record<string, string>;
  visitors?: number;
  store?: string;
  /** A module of `bench/` in front of the bundle. */
  door?: string;
}

/** It runs until it is closed. */
export async function openShop({ vars = {}, visitors = 64, store, door }: ShopInit): Promise<Shop> {
  const fashn = await startFashn();
  const gateway = variantOf('gateway');
  const modules = door === undefined ? [] : [{ name: door, bytes: readFileSync(new URL(door, import.meta.url)) }];
  const workerd = await startWorkerd({
    ...gateway,
    modules: [...modules, ...gateway.modules],
    vars: { ...gateway.vars, FASHN_BASE_URL: fashn.url, ...vars },
    upstreamPort: Number(new URL(fashn.url).port),
    ...(store === undefined ? {} : { store }),
  });
  const close = async () => {
    await workerd.stop();
    await fashn.stop();
  };
  const shop: Shop = { workerd, fashn, visitors: [], close };
  for (let number = 0; number < visitors; number += 1) await greet(shop, number);
  return shop;
}

export async function withShop<T>(init: ShopInit, work: (shop: Shop) => Promise<T>): Promise<T> {
  const shop = await openShop(init);
  try {
    return await work(shop);
  } finally {
    await shop.close();
  }
}

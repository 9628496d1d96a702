// The stand with `/staff/api` out of a merchant's figures, as the contract says. It decides nothing about what is right.
import type { IncomingMessage } from 'node:http';
import type { Brakes, Me } from '../../src/staff/answers.ts';
import type { Answer, Stand } from '../stand.ts';
import type { Merchant } from './merchant.ts';

export const OWNER = 'token-of-the-owner';
export const VIEWER = 'token-of-a-viewer';
export const NORTH = 'token-of-the-north';

export interface StaffStand {
  /** What was asked for, with its body: `GET figures?days=90`. */
  asked: string[];
  /** Without a token too, as behind Cloudflare Access. */
  isByAccess: boolean;
  /** Answers by path that go before the right ones. */
  instead: Map<string, Answer>;
  merchant: Merchant;
}

export function serveStaff(stand: Stand, merchant: Merchant): StaffStand {
  const staff: StaffStand = { asked: [], isByAccess: false, instead: new Map(), merchant };
  const roles = new Map<string, Me>([
    [OWNER, merchant.me],
    [VIEWER, { ...merchant.me, name: 'bo', role: 'viewer' }],
    [NORTH, { ...merchant.me, name: 'nils', shop: 'north', shops: ['north'] }],
  ]);
  const routes: Record<string, (me: Me, of: <Row extends { shop: string }>(rows: Row[]) => Row[], body: Record<string, unknown>) => Answer> = {
    me: (me) => ok(me),
    account: () => ok({ accounts: staff.merchant.accounts }),
    figures: (_, of) => {
      const { runs, failures = [], products = [], orders = [], groups = [], ...rest } = staff.merchant.figures;
      return ok({ ...rest, runs: of(runs), failures: of(failures), products: of(products), orders: of(orders), groups: of(groups) });
    },
    brakes: (me, of, body) => {
      if (Object.keys(body).length === 0) return ok({ brakes: of(staff.merchant.brakes) });
      if (me.role === 'viewer') return problem(403, 'You may look, and change nothing.');
      if (Number(body['guest_day_tries']) === 9) return problem(400, 'A field is wrong.', [{ path: 'guest_day_tries', message: 'must be at most 8, the setting VISITOR_DAY_ATTEMPTS' }]);
      const brakes = staff.merchant.brakes.find(({ shop }) => shop === body['shop']);
      Object.assign(brakes ?? {}, body as Partial<Brakes>);
      staff.merchant.changes.unshift({ at_ms: Date.now(), by: me.name, shop: String(body['shop']), change: JSON.stringify(body) });
      return ok({ changed: true });
    },
    audit: (_, of) => ok({ changes: of(staff.merchant.changes) }),
    'dead-letters': () => ok({ dead_letters: staff.merchant.deadLetters }),
    'dead-letters/msg_0c1f/send': () => {
      staff.merchant.deadLetters = staff.merchant.deadLetters.filter(({ id }) => id !== 'msg_0c1f');
      return { status: 204, body: '' };
    },
    runs: (_, __, { id }) => (id === 'a-run' ? ok(staff.merchant.run) : problem(404, 'There is nothing here.')),
    'visitors/reset': () => ok({ changed: true }),
    'breaker/close': () => ok({ changed: true }),
  };
  for (const [path, route] of Object.entries(routes)) {
    stand.pages.set(`/staff/api/${path}`, (request: IncomingMessage, bytes: Buffer) => {
      const { search, searchParams } = new URL(request.url ?? '/', 'http://stand');
      const body = bytes.length === 0 ? {} : (JSON.parse(bytes.toString()) as Record<string, unknown>);
      staff.asked.push(`${request.method} ${path}${search}${bytes.length === 0 ? '' : ` ${bytes.toString()}`}`);
      const token = request.headers.authorization?.replace('Bearer ', '');
      const me = token === undefined && staff.isByAccess ? merchant.me : roles.get(token ?? '');
      if (!me) return problem(401, token === undefined ? 'A staff token is missing.' : 'The staff token is wrong.');
      const shop = searchParams.get('shop');
      return staff.instead.get(path) ?? route(me, (rows) => rows.filter((row) => shop === null || row.shop === shop), body);
    });
  }
  return staff;
}

const headers = { 'content-type': 'application/json' };
const ok = (body: object): Answer => ({ headers, body });
export const problem = (status: number, message: string, errors?: { path: string; message: string }[]): Answer => ({
  status,
  headers,
  body: { error: 'Refused', message, action: 'fix_request', ...(errors ? { errors } : {}) },
});

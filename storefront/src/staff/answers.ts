// What `/staff/api/*` answers (openapi.json). Fields may be added: the page reads those it knows.

/** Counts of one day, shop and model. `wait` and `run` are histograms; empty buckets at the end may be left out. */
export interface RunRow {
  /** Counted from 1970 (UTC). */
  day: number;
  /** Empty for the default shop. */
  shop: string;
  model: string;
  completed: number;
  failed: number;
  timed_out: number;
  joined: number;
  credits: number;
  wait: number[];
  run: number[];
}

export interface FailureRow {
  day: number;
  shop: string;
  model: string;
  name: string;
  count: number;
}

export interface ProductRow {
  day: number;
  shop: string;
  product: string;
  impressions: number;
  opens: number;
  tries: number;
  results: number;
  carts: number;
}

/** Orders with a line that was tried on. */
export interface OrderRow {
  day: number;
  shop: string;
  currency: string;
  orders: number;
  lines: number;
  amount_minor: number;
}

/** Visitors and orders of a holdout. Its visitors stand in the row of each currency. */
export interface GroupRow {
  day: number;
  shop: string;
  group: 'shown' | 'held';
  visitors: number;
  orders: number;
  currency: string | null;
  amount_minor: number;
}

export interface Figures {
  from_day: number;
  to_day: number;
  accounts: { account: string; error: string | null }[];
  /** Upper bounds of the histograms' buckets; the last bucket has none. */
  bounds_ms: number[];
  runs: RunRow[];
  failures?: FailureRow[];
  products?: ProductRow[];
  orders?: OrderRow[];
  groups?: GroupRow[];
}

/** The settings: the upper bounds of brakes. */
export interface Bounds {
  day_credits: number;
  month_credits: number;
  visitor_day_tries: number;
}

export interface Me {
  name: string;
  role: 'owner' | 'viewer';
  /** The only shop that this role sees. */
  shop: string | null;
  shops: string[];
  /** Of the default shop, or of the role's only one. */
  settings: Bounds;
}

export interface Silent {
  account: string;
  error: string;
}

export interface Account {
  account: string;
  now_ms: number;
  notices: { about: string; message: string }[];
  runs: { receiving: number; queued: number; sending: number; unknown: number; running: number; unsettled: number };
  queue: { waiting: number; waiting_max: number; held_by: 'time' | 'event' | null; held_until_ms: number | null };
  slots: { taken: number; usable: number; limit: number };
  backoff: { runs_until_ms: number | null; statuses_until_ms: number | null; reduced_slots_until_ms: number | null };
  breaker: { state: 'closed' | 'open' | 'half_open'; until_ms: number | null; failed_visitors: number };
  day: { day: number; spent: number; reserved: number; budget: number };
  balance: { total: number | null; asked_ms: number | null; floor: number; is_out_of_credits: boolean };
  outbox: { waiting: number };
  quarantine: { at_ms: number; table: string; reason: string }[];
}

/** Null where the setting holds. */
export interface Brakes {
  shop: string;
  is_paused: boolean;
  day_credits: number | null;
  month_credits: number | null;
  pacing: boolean;
  /** Per cent of the day's credits that only signed-in customers get. */
  signed_in_share: number;
  signed_in_only: boolean;
  guest_day_tries: number | null;
  signed_in_day_tries: number | null;
  spent: { day: number; month: number };
  /** The shop's own, where the gateway tells them. */
  settings?: Bounds;
}

export interface Change {
  at_ms: number;
  by: string;
  shop: string;
  change: string;
}

export interface DeadLetter {
  account: string;
  id: string;
  type: string;
  timestamp: string;
  tries: number;
  outcome: string | null;
  dead_at: string;
}

/** A run, without picture, address or visitor. */
export interface RunReport {
  shop: string;
  model: string;
  state: string;
  admitted_ms: number;
  ended_ms: number | null;
  attempt: number;
  failures: number;
  credits: number;
  error: string | { name: string; message: string } | null;
  expires_ms: number | null;
}

export const isSilent = (account: Account | Silent): account is Silent => 'error' in account;

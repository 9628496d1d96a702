// What the page knows and shows.
import type { Account, Brakes, Change, DeadLetter, Figures, Me, RunReport, Silent } from './answers.ts';
import type { Draft, FieldErrors } from './brakes.ts';

export const VIEWS = ['figures', 'proof', 'now', 'brakes', 'runs', 'changes'] as const;
export type View = (typeof VIEWS)[number];
export const SPANS = [1, 7, 30, 90] as const;
export type Span = (typeof SPANS)[number];

/** The account of this key is the default shop's. */
export const DEFAULT_ACCOUNT = 'FASHN_API_KEY';

/** What was asked for last: its answer stays when a later one fails. */
export interface Asked<T> {
  value: T | null;
  error: string | null;
  /** When the answer came. */
  at: number | null;
}

export interface State {
  phase: 'starting' | 'signed-out' | 'signed-in';
  signInError: string | null;
  isSigningIn: boolean;
  me: Me | null;
  /** Cloudflare Access signs in: there is no token here. */
  isByAccess: boolean;
  view: View;
  /** The chosen shop; null for all. */
  shop: string | null;
  span: Span;
  figures: Asked<Figures>;
  accounts: Asked<(Account | Silent)[]>;
  brakes: Asked<Brakes[]>;
  changes: Asked<Change[]>;
  deadLetters: Asked<DeadLetter[]>;
  /** Of the brakes' forms, by shop, while they differ from what is stored. */
  drafts: Record<string, Draft>;
  fieldErrors: Record<string, FieldErrors>;
  run: Asked<RunReport> & { id: string };
  /** Tables that are shown whole, by caption. */
  unfolded: ReadonlySet<string>;
  currency: string | null;
  /** What a credit costs in `currency`, and what is left of an order's amount in per cent, as typed. */
  creditPrice: string;
  margin: string;
  /** Keys of changes under way: their buttons wait. */
  busy: ReadonlySet<string>;
  /** The outcome of the last change. */
  note: { text: string; isBad: boolean } | null;
}

export const nothing = <T>(): Asked<T> => ({ value: null, error: null, at: null });

export const start: State = {
  phase: 'starting',
  signInError: null,
  isSigningIn: false,
  me: null,
  isByAccess: false,
  view: 'figures',
  shop: null,
  span: 30,
  figures: nothing(),
  accounts: nothing(),
  brakes: nothing(),
  changes: nothing(),
  deadLetters: nothing(),
  drafts: {},
  fieldErrors: {},
  run: { ...nothing(), id: '' },
  unfolded: new Set(),
  currency: null,
  creditPrice: '',
  margin: '100',
  busy: new Set(),
  note: null,
};

/** How a table shows the rest of its rows; null if it does. */
export const unfolds = ({ unfolded }: State, page: { unfold(caption: string): void }, caption: string): (() => void) | null =>
  unfolded.has(caption) ? null : () => page.unfold(caption);

export const isOwner = ({ me }: State): boolean => me?.role === 'owner';
export const isView = (name: string): name is View => VIEWS.some((view) => view === name);

/** Brakes of the chosen shop, or of all. */
export const shownBrakes = ({ brakes, shop }: State): Brakes[] =>
  (brakes.value ?? []).filter((one) => shop === null || one.shop === shop);

/** Accounts that didn't answer, each once. */
export function silentAccounts({ figures, accounts }: State): string[] {
  const ofFigures = (figures.value?.accounts ?? []).filter(({ error }) => error !== null);
  const ofAccounts = (accounts.value ?? []).filter((account) => 'error' in account);
  return [...new Set([...ofFigures, ...ofAccounts].map(({ account }) => account))];
}

// The page's life: sign-in, what is asked of the gateway when, and what a press does.
import { render } from 'lit/html.js';
import { Api, Refused } from './api.ts';
import type { Brakes } from './answers.ts';
import { changesNothing, draftOf, readDraft, type BrakesChange, type Draft } from './brakes.ts';
import { shopName } from './numbers.ts';
import { isView, nothing, start, type Asked, type Span, type State, type View } from './state.ts';
import { page, titleOf } from './view.ts';

const LIVE_MS = 5_000;
const FIGURES_MS = 60_000;
const DAYS = 90;
const TOKEN = 'fitting-room-staff-token';
const PRICES = 'fitting-room-staff-prices';

type AskedName = 'figures' | 'accounts' | 'brakes' | 'changes' | 'deadLetters';

export class Page {
  state: State = start;
  readonly #root: HTMLElement;
  #api = new Api(null);
  #isDrawn = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When each was asked for last: parts are asked for at different times. */
  readonly #asked = new Map<AskedName, number>();

  constructor(root: HTMLElement) {
    this.#root = root;
    this.set({ view: viewInAddress(), ...storedPrices() });
    addEventListener('hashchange', () => this.show(viewInAddress()));
    document.addEventListener('visibilitychange', () => this.#watch());
  }

  set(patch: Partial<State>): void {
    this.state = { ...this.state, ...patch };
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    queueMicrotask(() => {
      this.#isDrawn = true;
      render(page(this.state, this), this.#root);
      document.title = titleOf(this.state);
    });
  }

  /** With the token of this tab; without one Cloudflare Access may have signed in already. */
  async begin(): Promise<void> {
    const token = sessionStorage.getItem(TOKEN);
    await this.#signInWith(token).catch((error: unknown) => {
      const isRefused = error instanceof Refused && error.status === 401;
      if (isRefused) sessionStorage.removeItem(TOKEN);
      const isFirst = isRefused && token === null;
      this.set({ phase: 'signed-out', signInError: isFirst ? null : messageOf(error) });
    });
  }

  async signIn(token: string): Promise<void> {
    if (token === '') return this.set({ signInError: 'Enter the token: it is the secret STAFF_TOKEN, or one of STAFF_ROLES.' });
    this.set({ isSigningIn: true });
    try {
      await this.#signInWith(token);
      sessionStorage.setItem(TOKEN, token);
      this.#toHeading();
    } catch (error) {
      this.set({ signInError: messageOf(error) });
    } finally {
      this.set({ isSigningIn: false });
    }
  }

  async #signInWith(token: string | null): Promise<void> {
    // A header takes no other characters: the token would be refused anyway.
    if (token !== null && !/^[\x21-\x7e]+$/.test(token)) throw new Refused(401, 'This can’t be a token: it has spaces or letters that tokens don’t have.');
    const api = new Api(token);
    const me = await api.me();
    this.#api = api;
    const shop = me.shop ?? (me.shops.length === 1 ? (me.shops[0] ?? null) : null);
    this.set({ phase: 'signed-in', signInError: null, me, shop, isByAccess: token === null, note: null });
    this.#watch();
  }

  signOut(why: string | null = null): void {
    sessionStorage.removeItem(TOKEN);
    clearTimeout(this.#timer);
    this.#asked.clear();
    this.#api = new Api(null);
    const { view, span, creditPrice, margin } = this.state;
    this.set({ ...start, view, span, creditPrice, margin, phase: 'signed-out', signInError: why });
  }

  show(view: View): void {
    if (view === this.state.view) return;
    this.set({ view, note: null });
    this.#watch();
    this.#toHeading();
  }

  /** The focus, once the view is drawn: the link or form that had it may be gone. */
  #toHeading(): void {
    queueMicrotask(() => this.#root.querySelector('h1')?.focus());
  }

  choose(shop: string | null): void {
    this.set({ shop, accounts: nothing() });
    this.#asked.delete('accounts');
    this.#watch();
  }

  choosePeriod(span: Span): void {
    this.set({ span });
  }

  unfold(caption: string): void {
    this.set({ unfolded: new Set([...this.state.unfolded, caption]) });
  }

  /** Asks for what is due, and again every few seconds while the page can be seen. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.state.phase !== 'signed-in' || document.visibilityState === 'hidden') return;
    this.#timer = setTimeout(() => this.#watch(), LIVE_MS);
    void this.#ask('brakes', LIVE_MS, (api, own) => api.brakes(own));
    void this.#ask('accounts', LIVE_MS, (api) => api.accounts(this.#shopOfAccount()));
    void this.#ask('figures', FIGURES_MS, (api, own) => api.figures(DAYS, own));
    if (this.state.view === 'changes') void this.#ask('changes', FIGURES_MS, (api, own) => api.changes(own));
    if (this.state.view === 'runs') void this.#ask('deadLetters', FIGURES_MS, (api) => api.deadLetters());
  }

  /** Asks for everything now. */
  refresh(): void {
    this.#asked.clear();
    this.#watch();
  }

  #shopOfAccount(): string | null {
    const { me, shop } = this.state;
    return me?.shop ?? (shop === '' ? null : shop);
  }

  /** Asks unless the last question is younger than `everyMs`. An answer that comes too late for its sign-in is dropped. */
  async #ask<Name extends AskedName>(name: Name, everyMs: number, ask: (api: Api, own: string | null) => Promise<State[Name]['value']>): Promise<void> {
    const now = Date.now();
    // A timer may be some milliseconds early.
    if (now - (this.#asked.get(name) ?? 0) < everyMs - 100) return;
    this.#asked.set(name, now);
    const api = this.#api;
    const isMeant = (): boolean => api === this.#api && this.#asked.get(name) === now;
    const set = (asked: Asked<unknown>): void => this.set({ [name]: asked } as Partial<State>);
    try {
      const value = await ask(api, this.state.me?.shop ?? null);
      if (isMeant()) set({ value, error: null, at: Date.now() });
    } catch (error) {
      if (!isMeant()) return;
      if (error instanceof Refused && error.status === 401) return this.#refused(error);
      // What this role may not see it isn't asked for again.
      if (error instanceof Refused && error.status === 403) this.#asked.set(name, Infinity);
      set({ ...this.state[name], error: messageOf(error) });
    }
  }

  #refused({ message }: Refused): void {
    this.signOut(this.state.isByAccess ? message : `You were signed out: ${message}`);
  }

  /** Makes a change, and tells of it. A key's second press waits for the first. */
  async #change(key: string, done: string, make: (api: Api) => Promise<unknown>): Promise<Refused | null> {
    if (this.state.busy.has(key)) return null;
    this.set({ busy: new Set([...this.state.busy, key]), note: null });
    try {
      const { changed = true } = ((await make(this.#api)) ?? {}) as { changed?: boolean };
      this.set({ note: { text: changed ? done : 'There was nothing to change.', isBad: false } });
      return null;
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused(0, messageOf(error));
      if (refused.status === 401) this.#refused(refused);
      else this.set({ note: { text: refused.message, isBad: true } });
      return refused;
    } finally {
      this.set({ busy: new Set([...this.state.busy].filter((other) => other !== key)) });
      for (const name of ['brakes', 'accounts', 'changes', 'deadLetters'] as const) this.#asked.delete(name);
      this.#watch();
    }
  }

  /** One press, which asks nothing: of a shop, or of all that are shown. */
  async pause(shops: readonly Brakes[], isPaused: boolean): Promise<void> {
    const names = shops.map(({ shop }) => shopName(shop)).join(', ');
    const done = isPaused ? `Trying on is paused: ${names}. Buttons go within half a minute.` : `Trying on is open again: ${names}.`;
    await this.#change(`pause ${shops.map(({ shop }) => shop).join()}`, done, async (api) => {
      const answers = await Promise.allSettled(shops.map(({ shop }) => api.setBrakes({ shop, is_paused: isPaused })));
      const failed = answers.flatMap((answer, index) => (answer.status === 'rejected' ? [[shops[index]?.shop ?? '', answer.reason] as const] : []));
      const [first] = failed;
      if (first === undefined) return;
      const [, reason] = first;
      if (failed.length === shops.length || !(reason instanceof Refused)) throw reason;
      throw new Refused(reason.status, `Not changed: ${failed.map(([shop]) => shopName(shop)).join(', ')}. ${reason.message}`);
    });
  }

  edit(brakes: Brakes, patch: Partial<Draft>): void {
    const draft = { ...(this.state.drafts[brakes.shop] ?? draftOf(brakes)), ...patch };
    this.set({ drafts: { ...this.state.drafts, [brakes.shop]: draft } });
  }

  /** Sends the fields that differ; the gateway's refusals stand at their fields. */
  async save(brakes: Brakes): Promise<void> {
    const { drafts, me } = this.state;
    const read = me && readDraft(drafts[brakes.shop] ?? draftOf(brakes), brakes, me);
    if (!read) return;
    if ('errors' in read) {
      this.#fieldErrors(brakes.shop, read.errors);
      return this.set({ note: { text: 'Nothing was changed: look at the fields that are marked.', isBad: true } });
    }
    this.#fieldErrors(brakes.shop, {});
    if (changesNothing(read.change)) return this.set({ note: { text: 'There was nothing to change.', isBad: false } });
    const refused = await this.#change(`save ${brakes.shop}`, `Saved: ${shopName(brakes.shop)}.`, (api) => api.setBrakes(read.change));
    if (refused) return this.#fieldErrors(brakes.shop, refused.fields);
    this.#saved(brakes.shop, read.change);
  }

  /** What was sent is what is stored: the form doesn't jump back until the gateway is asked again. */
  #saved(shop: string, change: BrakesChange): void {
    const value = (this.state.brakes.value ?? []).map((one) => (one.shop === shop ? { ...one, ...change } : one));
    this.set({ brakes: { ...this.state.brakes, value } });
    this.discard(shop);
  }

  discard(shop: string): void {
    const { [shop]: _, ...drafts } = this.state.drafts;
    this.set({ drafts });
    this.#fieldErrors(shop, {});
  }

  #fieldErrors(shop: string, errors: State['fieldErrors'][string]): void {
    this.set({ fieldErrors: { ...this.state.fieldErrors, [shop]: errors } });
    if (Object.keys(errors).length > 0) queueMicrotask(() => this.#root.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
  }

  closeBreaker = (shop: string | null): unknown => this.#change('breaker', 'The breaker is closed: runs that wait go now.', (api) => api.closeBreaker(shop));
  clearQuarantine = (shop: string | null): unknown => this.#change('quarantine', 'The quarantine is empty.', (api) => api.clearQuarantine(shop));
  freeSlot = (id: string): unknown => this.#change('slot', 'Its slot is free: the next run goes.', (api) => api.freeSlot(id));
  resetVisitor = (id: string): unknown => this.#change('visitor', 'Its visitor may try on again today.', (api) => api.resetVisitor(id));
  sendAgain = (id: string): unknown => this.#change(`send ${id}`, 'It is sent again. If it fails, it comes back here after its last try.', (api) => api.sendAgain(id));

  async findRun(typed: string): Promise<void> {
    // An address of a picture or a status is what people have at hand.
    const id = /\/v1\/(?:status|outputs)\/([^/?#]+)/.exec(typed)?.[1] ?? typed.trim();
    if (id === '') return this.set({ run: { ...nothing(), id, error: 'Enter a run’s id: it is in the answer to the shop, and in each message to your backend.' } });
    this.set({ run: { ...nothing(), id }, busy: new Set([...this.state.busy, 'run']), note: null });
    try {
      const value = await this.#api.run(id);
      if (this.state.run.id === id) this.set({ run: { id, value, error: null, at: Date.now() } });
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return this.#refused(error);
      const isUnknown = error instanceof Refused && (error.status === 404 || error.fields['id'] !== undefined);
      const text = isUnknown ? 'There is no such run: it was deleted or has expired, or the id isn’t whole.' : messageOf(error);
      if (this.state.run.id === id) this.set({ run: { ...nothing(), id, error: text } });
    } finally {
      this.set({ busy: new Set([...this.state.busy].filter((key) => key !== 'run')) });
    }
  }

  price(patch: Partial<Pick<State, 'creditPrice' | 'margin' | 'currency'>>): void {
    this.set(patch);
    const { creditPrice, margin } = this.state;
    localStorage.setItem(PRICES, JSON.stringify({ creditPrice, margin }));
  }
}

function viewInAddress(): View {
  const name = location.hash.slice(1);
  return isView(name) ? name : 'figures';
}

function storedPrices(): Partial<State> {
  try {
    const { creditPrice, margin } = JSON.parse(localStorage.getItem(PRICES) ?? '{}') as Record<string, unknown>;
    return { ...(typeof creditPrice === 'string' ? { creditPrice } : {}), ...(typeof margin === 'string' ? { margin } : {}) };
  } catch {
    return {};
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

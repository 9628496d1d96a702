// A shop's brakes as a form has them: texts and ticks, read into a change.
import type { Bounds, Brakes, Me } from './answers.ts';

export const NUMBERS = ['day_credits', 'month_credits', 'signed_in_share', 'guest_day_tries', 'signed_in_day_tries'] as const;
export const TICKS = ['pacing', 'signed_in_only'] as const;

/** As the page calls them, in the form and in the list of changes. */
export const NAMES: Record<string, string> = {
  is_paused: 'Paused',
  day_credits: 'Credits a day',
  month_credits: 'Credits a month',
  pacing: 'Spread the day’s credits over the day',
  signed_in_share: 'Kept for signed-in customers, %',
  signed_in_only: 'Only signed-in customers try on',
  guest_day_tries: 'Try-ons a guest has a day',
  signed_in_day_tries: 'Try-ons a signed-in customer has a day',
  breaker: 'Breaker',
  slot: 'Slot of a run',
  quarantine: 'Quarantine',
  visitor_day: 'Day of a visitor',
  message: 'Message to the backend',
};

/** A line of the audit list, `day_credits: null → 200` or `breaker: closed`, in the page's words. */
export function changeText(change: string): string {
  const words: Record<string, string> = { true: 'yes', false: 'no', null: 'none' };
  return change
    .replace(/\b[a-z_]+(?=:)/g, (name) => NAMES[name] ?? name)
    .replace(/\b(true|false|null)\b/g, (word) => words[word] ?? word);
}

export type NumberName = (typeof NUMBERS)[number];
export type TickName = (typeof TICKS)[number];
export type Draft = Record<NumberName, string> & Record<TickName, boolean>;
export type FieldErrors = Partial<Record<string, string>>;
export type BrakesChange = Partial<Omit<Brakes, 'spent'>> & { shop: string };

export function draftOf(brakes: Brakes): Draft {
  const text = (value: number | null): string => (value === null ? '' : String(value));
  return {
    day_credits: text(brakes.day_credits),
    month_credits: text(brakes.month_credits),
    signed_in_share: text(brakes.signed_in_share),
    guest_day_tries: text(brakes.guest_day_tries),
    signed_in_day_tries: text(brakes.signed_in_day_tries),
    pacing: brakes.pacing,
    signed_in_only: brakes.signed_in_only,
  };
}

/** A shop's settings, if they are known: those of a role are of one shop, and others may have their own. */
export const settingsOf = ({ settings, shop }: Brakes, me: Me): Bounds | null =>
  settings ?? (me.shop === shop || me.shops.length === 1 || shop === '' ? me.settings : null);

/** The largest number that a field takes: its setting. Null where only the gateway knows it. */
export function boundOf(name: NumberName, brakes: Brakes, me: Me): number | null {
  if (name === 'signed_in_share') return 100;
  const settings = settingsOf(brakes, me);
  if (settings === null) return null;
  return name === 'day_credits' || name === 'month_credits' ? settings[name] : settings.visitor_day_tries;
}

/** What differs from the brakes as they are. An empty field takes its brake away. */
export function readDraft(draft: Draft, brakes: Brakes, me: Me): { change: BrakesChange } | { errors: FieldErrors } {
  const change: BrakesChange = { shop: brakes.shop };
  const errors: FieldErrors = {};
  for (const name of NUMBERS) {
    const text = draft[name].trim();
    const bound = boundOf(name, brakes, me);
    const value = text === '' ? (name === 'signed_in_share' ? 0 : null) : /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value !== null && !(value <= (bound ?? Infinity))) errors[name] = `Enter a whole number${bound === null ? '' : ` from 0 to ${bound.toLocaleString()}`}.`;
    else if (value !== brakes[name]) Object.assign(change, { [name]: value });
  }
  for (const name of TICKS) if (draft[name] !== brakes[name]) change[name] = draft[name];
  return Object.keys(errors).length > 0 ? { errors } : { change };
}

export const changesNothing = (change: BrakesChange): boolean => Object.keys(change).length === 1;

// Numbers, times and amounts for people, in the browser's language and this page's words.
import type { Interval } from './confidence.ts';
import type { Quantile } from './histogram.ts';

const DAY_MS = 86_400_000;
const count = new Intl.NumberFormat();
const percent = new Intl.NumberFormat(undefined, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
const fine = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const points = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2, signDisplay: 'exceptZero' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
const shortDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export const NONE = '–';

export const whole = (value: number | null): string => (value === null ? NONE : count.format(value));
export const decimal = (value: number | null): string => (value === null ? NONE : fine.format(value));
export const percentage = (value: number | null): string => (value === null ? NONE : percent.format(value));
export const day = (value: number): string => date.format(value * DAY_MS);
export const shortDay = (value: number): string => shortDate.format(value * DAY_MS);
export const isoDay = (value: number): string => new Date(value * DAY_MS).toISOString().slice(0, 10);
export const time = (ms: number | null): string => (ms === null ? NONE : moment.format(ms));
export const clockTime = (ms: number): string => clock.format(ms);
export const shopName = (shop: string): string => (shop === '' ? 'Default shop' : shop);

const unit = (of: 'second' | 'minute', digits: number): Intl.NumberFormat =>
  new Intl.NumberFormat(undefined, { style: 'unit', unit: of, unitDisplay: 'narrow', maximumFractionDigits: digits });
const [tenths, seconds, minutes] = [unit('second', 1), unit('second', 0), unit('minute', 1)];

export function duration(ms: number): string {
  if (ms < 10_000) return tenths.format(ms / 1000);
  return ms < 120_000 ? seconds.format(ms / 1000) : minutes.format(ms / 60_000);
}

export function quantileText(value: Quantile | null): string {
  if (value === null) return NONE;
  return value.isOpen ? `over ${duration(value.ms)}` : duration(value.ms);
}

export const percentageRange = ({ low, high }: Interval): string => `${percent.format(low)} to ${percent.format(high)}`;

/** A difference of two shares, in percentage points. */
export const pointsText = (value: number): string => `${points.format(value * 100)} points`;
export const pointsRange = ({ low, high }: Interval): string => `${points.format(low * 100)} to ${points.format(high * 100)}`;

/** How many of its smallest units make one of a currency: by its number of decimals. */
export function minorPerMajor(currency: string): number {
  return 10 ** (format(currency)?.resolvedOptions().maximumFractionDigits ?? 2);
}

export function money(minor: number | null, currency: string | null): string {
  if (minor === null || currency === null) return NONE;
  const major = minor / minorPerMajor(currency);
  return format(currency)?.format(major) ?? `${fine.format(major)} ${currency}`;
}

/** None for a text that is no currency's code. */
function format(currency: string): Intl.NumberFormat | undefined {
  try {
    return new Intl.NumberFormat(undefined, { style: 'currency', currency });
  } catch {
    return undefined;
  }
}

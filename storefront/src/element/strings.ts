// The dialog's words: a locale file, loaded on first use, with the shop's own wording laid over it. English is always there.
import en from '../../locales/en.json' with { type: 'json' };
import { complain } from './complain.ts';
import type { Strings } from './words.ts';

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/i;

export interface Language {
  tag: string;
  direction: 'ltr' | 'rtl';
  strings: Strings;
  /** "About 12 seconds", in the language's own way. */
  duration(seconds: number): string;
  percent(fraction: number): string;
  number(value: number): string;
}

/** `words` are those of `tag`; without them, for a while or for good, the dialog speaks English. */
export async function loadLanguage(tag: string, words: Promise<Strings | undefined>, overrides?: string): Promise<Language> {
  // Both at once: the shop's wording must not cost a round trip more.
  const [strings, own] = await Promise.all([words, overrides === undefined ? undefined : ownStrings(overrides)]);
  return language(strings ? tag : 'en', merged(strings ?? en, own));
}

export function language(tag: string, strings: Strings): Language {
  const unit = (name: 'second' | 'minute'): Intl.NumberFormat =>
    new Intl.NumberFormat(tag, { style: 'unit', unit: name, unitDisplay: 'long', maximumFractionDigits: 0 });
  const seconds = unit('second');
  const minutes = unit('minute');
  const percent = new Intl.NumberFormat(tag, { style: 'percent' });
  const number = new Intl.NumberFormat(tag);
  return {
    tag,
    direction: RIGHT_TO_LEFT.test(tag) ? 'rtl' : 'ltr',
    strings,
    duration: (value) => (value < 90 ? seconds.format(Math.max(1, Math.round(value))) : minutes.format(Math.round(value / 60))),
    percent: (fraction) => percent.format(Math.floor(fraction * 100) / 100),
    number: (value) => number.format(value),
  };
}

/** `{name}` → value. An unknown name stays, so that a wrong translation is seen. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

async function ownStrings(address: string): Promise<unknown> {
  try {
    const response = await fetch(new URL(address, document.baseURI));
    if (response.ok) return await response.json();
  } catch {
    // Told below, like any other answer that is no JSON file.
  }
  complain(`strings: the file ${address} can't be loaded, or is no JSON.`);
  return undefined;
}

/** `base` with each text that `own` has too, at the same place and of the same kind. */
export function merged<T>(base: T, own: unknown): T {
  if (typeof base === 'string') return (typeof own === 'string' ? own : base) as T;
  if (Array.isArray(base)) {
    return (Array.isArray(own) && own.length === base.length ? base.map((item: unknown, at) => merged(item, own[at])) : base) as T;
  }
  if (typeof base !== 'object' || base === null || typeof own !== 'object' || own === null) return base;
  const entries = Object.entries(base).map(([key, value]) => [key, merged(value, (own as Record<string, unknown>)[key])]);
  return Object.fromEntries(entries) as T;
}

// The type of a language's words, and which language is spoken.
import type en from '../../locales/en.json';

export type Strings = typeof en;

/** `pt_BR` → `pt-br` if it is known, else `pt`, else English. */
export function bestLocale(wanted: string, known: readonly string[]): string {
  const parts = wanted.toLowerCase().replaceAll('_', '-').split('-');
  for (let length = parts.length; length > 0; length -= 1) {
    const candidate = parts.slice(0, length).join('-');
    const found = known.find((locale) => locale.toLowerCase() === candidate);
    if (found) return found;
  }
  return 'en';
}

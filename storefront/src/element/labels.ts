// The button's words, which come with the page; those of the dialog are loaded with it.
import type { TriggerState } from './host.ts';

/** By language, put in by the build from `locales/`, as JSON. */
declare const __TRIGGER_LABELS__: string;
const LABELS = JSON.parse(__TRIGGER_LABELS__) as Readonly<Record<string, Readonly<Partial<Record<TriggerState, string>>>>>;

export const LANGUAGES: readonly string[] = Object.keys(LABELS);

export function label(language: string, state: TriggerState): string {
  // Nothing is said while the shop is closed: the button isn't shown.
  return LABELS[language]?.[state] ?? '';
}

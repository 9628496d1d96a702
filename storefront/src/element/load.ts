// Loads the files that come after the button: the dialog and the words of a language.
import type { Strings } from './words.ts';
import type { DialogModule } from './host.ts';

/** Hashes of the files by what they hold, put in by the build as JSON: `{"dialog": "1A2B3C4D", "de": …}`. */
declare const __HASHES__: string;

interface Files {
  dialog: DialogModule;
  [language: string]: unknown;
}

const hashes = JSON.parse(__HASHES__) as Readonly<Record<string, string>>;
const loaded = new Map<string, Promise<unknown>>();
let attempts = 0;

/** The words of a language, or nothing for English, which the dialog has, and for what can't be loaded. */
export async function loadWords(language: string): Promise<Strings | undefined> {
  if (!(language in hashes)) return undefined;
  return load<{ default: Strings }>(language).then((file) => file.default, () => undefined);
}

export function loadDialog(): Promise<DialogModule> {
  return load<DialogModule>('dialog');
}

/**
 * A browser may remember that a module didn't load, so each further attempt has an address of its own. A deploy takes the
 * files of the former build away: then the one without a hash is this build's successor.
 */
function load<T>(name: keyof Files & string): Promise<T> {
  const known = loaded.get(name) as Promise<T> | undefined;
  if (known) return known;
  attempts += 1;
  const path = `./try-it-on-${name}`;
  const again = `.js?${Date.now()}-${attempts}`;
  const file = `${path}-${hashes[name]}`;
  const loading: Promise<T> = import(`${file}.js`)
    .catch(() => import(file + again))
    .catch(() => import(path + again));
  loaded.set(name, loading);
  loading.catch(() => loaded.delete(name));
  return loading;
}

// Loads the files that come after the button: the dialog, the words of a language, and what nobody waits for.
import type { Strings } from './words.ts';
import type { DialogModule, Page, WatchModule } from './host.ts';

/** The hashes in the names of files, put in by the build as JSON: `{"dialog": "1A2B3C4D", "watch": …, "de": …}`. */
declare const __HASHES__: string;

interface Files {
  dialog: DialogModule;
  watch: WatchModule;
  [language: string]: unknown;
}

const hashes = JSON.parse(__HASHES__) as Readonly<Record<string, string>>;
const loaded = new Map<string, Promise<unknown>>();

/** The words of a language, or nothing for English, which the dialog has, and for what can't be loaded. */
export async function loadWords(language: string): Promise<Strings | undefined> {
  if (!(language in hashes)) return undefined;
  return load<{ default: Strings }>(language).then((file) => file.default, () => undefined);
}

export function loadDialog(): Promise<DialogModule> {
  return load<DialogModule>('dialog');
}

let isWatched = false;

/** Once, when the page is idle, or after a while if it never is. A page that loses the file isn't counted. */
export function watchLater(page: Page): void {
  if (isWatched) return;
  isWatched = true;
  const later = (globalThis.requestIdleCallback ?? setTimeout) as typeof requestIdleCallback;
  later(() => load<WatchModule>('watch').then(({ watch }) => watch(page), () => undefined), { timeout: 3_000 });
}

/**
 * A browser may remember that a module didn't load, so each further attempt has an address of its own. A deploy takes the
 * files of the former build away: then the one without a hash is this build's successor.
 */
function load<T>(name: keyof Files & string): Promise<T> {
  const known = loaded.get(name) as Promise<T> | undefined;
  if (known) return known;
  const successor = `./try-it-on-${name}`;
  const file = `${successor}-${hashes[name]}`;
  const again = `.js?${Math.random()}`;
  const loading: Promise<T> = import(`${file}.js`)
    .catch(() => import(file + again))
    .catch(() => import(successor + again));
  loaded.set(name, loading);
  loading.catch(() => loaded.delete(name));
  return loading;
}

// Loads the files that come after the button: the dialog and the words of a language.
import type { Strings } from './words.ts';
import type { DialogModule } from './host.ts';

/** File names by what they hold, put in by the build as JSON: `{"dialog": "try-it-on-dialog-1A2B3C4D", "de": …}`. */
declare const __FILES__: string;

interface Files {
  dialog: DialogModule;
  [language: string]: unknown;
}

const files = JSON.parse(__FILES__) as Readonly<Record<string, string>>;
const loaded = new Map<string, Promise<unknown>>();
let attempts = 0;

/** The words of a language, or nothing for English, which the dialog has, and for what can't be loaded. */
export async function loadWords(language: string): Promise<Strings | undefined> {
  if (!(language in files)) return undefined;
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
  const file = `./${files[name]}.js`;
  const again = `?${Date.now()}-${attempts}`;
  const anew = file + again;
  const successor = file.replace(/-\w+(?=\.js$)/, '') + again;
  const loading: Promise<T> = import(file)
    .catch(() => import(anew))
    .catch(() => import(successor));
  loaded.set(name, loading);
  loading.catch(() => loaded.delete(name));
  return loading;
}

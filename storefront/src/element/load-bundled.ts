// In the npm package `load.ts` is replaced by this: the shop's own bundler finds the files and names them.
import type { DialogModule, Page } from './host.ts';
import type { Strings } from './words.ts';

type Words = { default: Strings };

const words: Readonly<Record<string, () => Promise<Words>>> = {
  ar: () => import('../../locales/ar.json', { with: { type: 'json' } }),
  de: () => import('../../locales/de.json', { with: { type: 'json' } }),
  es: () => import('../../locales/es.json', { with: { type: 'json' } }),
  fr: () => import('../../locales/fr.json', { with: { type: 'json' } }),
  ja: () => import('../../locales/ja.json', { with: { type: 'json' } }),
};

export async function loadWords(language: string): Promise<Strings | undefined> {
  return words[language]?.().then((file) => file.default, () => undefined);
}

let isWatched = false;

export function watchLater(page: Page): void {
  if (isWatched) return;
  isWatched = true;
  const later = (globalThis.requestIdleCallback ?? setTimeout) as typeof requestIdleCallback;
  later(() => void import('./watch.ts').then(({ watch }) => watch(page), () => undefined), { timeout: 3_000 });
}

export function loadDialog(): Promise<DialogModule> {
  return import('./dialog.ts');
}

// A file a language, each loaded when it is needed. `words.spec.ts` holds this list to the folder.
import type en from '../../locales/en.json';

type Load = () => Promise<{ default: typeof en }>;

export const locales: { en: Load } & Record<string, Load> = {
  ar: () => import('../../locales/ar.json', { with: { type: 'json' } }),
  de: () => import('../../locales/de.json', { with: { type: 'json' } }),
  en: () => import('../../locales/en.json', { with: { type: 'json' } }),
  es: () => import('../../locales/es.json', { with: { type: 'json' } }),
  fr: () => import('../../locales/fr.json', { with: { type: 'json' } }),
  ja: () => import('../../locales/ja.json', { with: { type: 'json' } }),
};

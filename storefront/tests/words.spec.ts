// The words: every language whole, nothing lost in translation, the shop's own wording on top.
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { problemText } from '../src/element/problem-text.ts';
import { fill, language, merged } from '../src/element/strings.ts';
import { bestLocale, type Strings } from '../src/element/words.ts';

const folder = new URL('../locales/', import.meta.url);
const load = async (file: string): Promise<Strings> => JSON.parse(await readFile(new URL(file, folder), 'utf8')) as Strings;
const files = await readdir(folder);
const english = await load('en.json');

/** Each text by its path, with the placeholders it uses. */
function texts(value: unknown, path = ''): Map<string, string> {
  if (typeof value === 'string') return new Map([[path, value]]);
  return new Map(Object.entries(value as object).flatMap(([key, inner]) => [...texts(inner, `${path}.${key}`)]));
}
const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test('every file is a language that the dialog can load, or the one that it has', async () => {
  const built = await readdir(new URL('../dist/', import.meta.url));
  for (const file of files.filter((name) => name !== 'en.json')) expect(built).toContain(`try-it-on-${file.replace('.json', '.js')}`);
});

test('there are at least English, German, French, Spanish, Japanese and Arabic', () => {
  for (const tag of ['en', 'de', 'fr', 'es', 'ja', 'ar']) expect(files).toContain(`${tag}.json`);
});

describe.each(files)('%s', (file) => {
  test('says everything that English says, with the same placeholders', async () => {
    const own = texts(await load(file));
    const wanted = texts(english);
    expect([...own.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [path, text] of own) {
      expect(text.trim(), path).not.toBe('');
      expect(placeholders(text), path).toEqual(placeholders(wanted.get(path) ?? ''));
    }
  });
  test('is no copy of English', async () => {
    if (file === 'en.json') return;
    const own = texts(await load(file));
    const same = [...texts(english)].filter(([path, text]) => own.get(path) === text);
    expect(same).toEqual([]);
  });
});

test.each([
  ['de-AT', 'de'],
  ['pt-BR', 'en'],
  ['fr_CA', 'fr'],
  ['de_DE_formal', 'de'],
  ['JA', 'ja'],
  ['', 'en'],
  ['zh-Hant-TW', 'zh-Hant'],
])('%j is spoken to in %s', (wanted, found) => {
  expect(bestLocale(wanted, ['en', 'de', 'fr', 'ja', 'zh-Hant'])).toBe(found);
});

test('times and numbers are said in the language’s own way', async () => {
  expect(language('en', english).duration(1)).toBe('1 second');
  expect(language('en', english).duration(12.4)).toBe('12 seconds');
  expect(language('en', english).duration(0)).toBe('1 second');
  expect(language('de', await load('de.json')).duration(120)).toBe('2 Minuten');
  expect(language('ar', await load('ar.json')).direction).toBe('rtl');
});

test('each problem is said in words, and a wait with its time', () => {
  const words = language('en', english);
  expect(problemText({ code: 'PoseError', action: 'retake' }, words).title).toBe('We couldn’t see you clearly');
  expect(problemText({ code: 'NeverHeardOf', action: 'other_product' }, words).title).toBe('This product can’t be tried on');
  expect(problemText({ code: 'RateLimitExceeded', action: 'retry', retryAfterSeconds: 30 }, words).text).toContain('30 seconds');
  expect(problemText({ code: 'RateLimitExceeded', action: 'retry' }, words).text).toContain('in a moment');
});

test('the shop’s own wording lies over ours, and only where it fits', () => {
  const own = { title: 'Fitting room', choose: { tips: ['one'], file: 7, hint: 'A hint' }, unknown: 'x' };
  const strings = merged(english, own);
  expect(strings.title).toBe('Fitting room');
  expect(strings.choose.hint).toBe('A hint');
  expect(strings.choose.file).toBe(english.choose.file);
  expect(strings.choose.tips).toEqual(english.choose.tips);
  expect(strings).not.toHaveProperty('unknown');
});

test('a placeholder without a value stays to be seen', () => {
  expect(fill('Number {place} of {total}', { place: '3' })).toBe('Number 3 of {total}');
});

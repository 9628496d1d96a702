// custom-elements.json says what the sources do: no more, no less.
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

interface Named {
  name: string;
}
interface Declaration {
  attributes: Named[];
  events: Named[];
  cssParts: Named[];
  cssProperties: Named[];
}
const root = new URL('../', import.meta.url);
const text = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');
const manifest = JSON.parse(await text('custom-elements.json')) as { modules: { exports: Named[]; declarations?: Declaration[] }[] };
const element = manifest.modules[0]?.declarations?.[0];
const names = (list: Named[] | undefined): string[] => (list ?? []).map(({ name }) => name).sort();
const all = (source: string, pattern: RegExp): string[] =>
  [...new Set([...source.matchAll(pattern)].flatMap((match) => match.slice(1).filter((found) => found !== undefined)))].sort();

async function folder(path: string, ending: string): Promise<string> {
  const files = (await readdir(new URL(path, root))).filter((name) => name.endsWith(ending));
  return (await Promise.all(files.map((name) => text(path + name)))).join('\n');
}

test('attributes', async () => {
  const source = await text('src/element/config.ts') + (await text('src/element/watch.ts')) + (await text('src/element/holdout.ts')) + (await text('src/element/agreement.ts'));
  const read = all(source, /(?:text|element\.getAttribute|element\.hasAttribute)\('([\w-]+)'\)/g);
  expect(names(element?.attributes)).toEqual([...new Set([...read, 'label'])].sort());
  // Each is a property too; `cart`, which is on or off, has its own.
  const properties = all((await text('src/element/attributes.ts')).split('] as const')[0] ?? '', /'([\w-]+)'/g);
  expect(names(element?.attributes)).toEqual([...properties, 'cart'].sort());
});

test('events', async () => {
  expect(names(element?.events)).toEqual(all(await text('src/element/events.ts'), /'(tryon:\w+)'/g));
});

test('parts', async () => {
  const source = await folder('src/element/', '.ts');
  const literal = all(source, /part="([\w-]+)"|setAttribute\('part', '([\w-]+)'\)/g);
  // One button is named by what it does.
  const chosen = ['retry', 'remedy'];
  expect(names(element?.cssParts)).toEqual([...new Set([...literal, ...chosen])].sort());
});

test('CSS variables', async () => {
  expect(names(element?.cssProperties)).toEqual(all(await folder('src/element/styles/', '.css'), /var\((--try-it-on-[\w-]+)/g));
});

test('exports, of the built files', async () => {
  for (const [index, file] of ['try-it-on.js', 'client.js'].entries()) {
    const exported = all((await text(`dist/${file}`)).slice(-400), /(?:\bas )?(\w+)(?=[,}])/g);
    for (const name of names(manifest.modules[index]?.exports).filter((name) => name !== 'try-it-on')) expect(exported).toContain(name);
  }
});

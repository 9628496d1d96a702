// The settings by name, as docs/settings.md has them, which is made from the gateway's own table.
import { readFileSync } from 'node:fs';

const number = (text) => (/^[\d,]+$/.test(text) ? Number(text.replaceAll(',', '')) : undefined);

/** Name → whether it is a secret and required, and its bounds: of a number, or of characters. */
export function settingsTable(file) {
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const table = new Map();
  for (const [, name, ...cells] of rows) {
    const key = name.replaceAll('`', '');
    // A setting has six cells and a secret three, beside the empty one after the last bar.
    const isSecret = cells.length === 3;
    table.set(
      key,
      isSecret
        ? {
            isSecret,
            isRequired: cells[1].startsWith('Required.'),
            charsMin: number(cells[0].split(' ')[0]) ?? 1,
          }
        : { isSecret, isRequired: false, min: number(cells[1]), max: number(cells[2]) },
    );
  }
  return table;
}

// Lines that tests have run, out of what the tool `cov` prints.
import { isAbsolute, join, relative } from 'node:path';

/**
 * Reads the listing of `cov show`: a line with a file's path, then its source behind `number|count|`,
 * without a count where there is no code. Keeps the files below `root` that `isMeasured`.
 */
export function read(listing, root, isMeasured) {
  const files = new Map();
  let file;
  for (const line of listing.split('\n')) {
    const [, number, count] = /^ *(\d+)\| *(\d*)\|/.exec(line) ?? [];
    if (number === undefined) {
      if (line === '') continue;
      const name = relative(root, isAbsolute(line) ? line : join(root, line));
      file = isMeasured(name) ? { name, lines: 0, missed: [] } : undefined;
      if (file) files.set(name, file);
    } else if (file && count !== '') {
      file.lines += 1;
      if (Number(count) === 0) file.missed.push(Number(number));
    }
  }
  return [...files.values()];
}

/** Each folder with its files, sorted, and their sums. */
export function byFolder(files, folders) {
  return folders.map((name) => {
    const inside = files.filter((file) => file.name.startsWith(`${name}/`));
    inside.sort((one, other) => (one.name < other.name ? -1 : 1));
    return { ...sum(name, inside), files: inside };
  });
}

export const sum = (name, parts) => ({
  name,
  lines: parts.reduce((all, { lines }) => all + lines, 0),
  missed: parts.flatMap(({ missed }) => missed),
});

/** In percent; nothing to run is all of it. */
export const share = ({ lines, missed }) =>
  lines === 0 ? 100 : ((lines - missed.length) / lines) * 100;

/** One line: lines, covered, percent, name, and which lines of a file are missed. */
export function row(part, missed = '') {
  const covered = part.lines - part.missed.length;
  // Rounded down: 89.99 is not 90.
  const percent = (Math.floor(share(part) * 10) / 10).toFixed(1);
  const cells = [part.lines, covered, percent].map((cell) => String(cell).padStart(7));
  return `${cells.join('')}  ${part.name}${missed && `  ${missed}`}`;
}

/** Numbers in ascending order as ranges: `3-5, 9`. */
export function ranges(numbers) {
  const found = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

// Zips the plugin as WordPress installs it: dist/try-it-on.zip, the same bytes from the same files.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = dirname(fileURLToPath(import.meta.url));
const NAME = 'try-it-on';
export const archive = join(home, 'dist', `${NAME}.zip`);

/** Writes the archive, and returns its path. */
export function buildPlugin() {
  mkdirSync(dirname(archive), { recursive: true });
  writeFileSync(archive, zip(pluginFiles()));
  return archive;
}

/** The plugin's files by their paths in the archive, in the order of these. */
export function pluginFiles() {
  const folder = join(home, NAME);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((file) => ({
      path: `${NAME}/${file.slice(folder.length + 1).replaceAll('\\', '/')}`,
      bytes: readFileSync(file),
    }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
/** Names are in UTF-8. */
const FLAGS = 0x0800;
/** The first day that a zip can say, 1980-01-01: an archive doesn't tell when it was made. */
const DATE = 0x0021;
/** A file that everybody reads and its owner writes, as Unix says it. */
const ATTRIBUTES = 0o100644 * 0x10000;

/** Files are stored and not deflated: zlib's output differs from one version to the next. */
function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { path, bytes } of files) {
    const name = Buffer.from(path);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(VERSION, 0);
    common.writeUInt16LE(FLAGS, 2);
    common.writeUInt16LE(DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([word(LOCAL_HEADER), common, name, bytes]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(ATTRIBUTES, 6);
    rest.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([VERSION, 3]);
    directory.push(word(CENTRAL_HEADER), madeBy, common, rest, name);
    parts.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, index, word(END), end]);
}

function word(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The zip format's checksum: CRC-32 with the reversed polynomial. */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

// `npm run record-senders`: lets each client that is installed send the same run, as JSON and as
// forms, to a bare listener, and keeps the bytes in tests/senders/recorded/ for the tests. Needs
// curl, Go, PHP with curl, Python with requests, httpx and aiohttp (PYTHON names it), Chromium,
// Firefox, and WebKitGTK's MiniBrowser under xvfb-run; a client that is missing is left as it is.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, root } from './run.mjs';
import { npmPackages } from './setup.mjs';

/** Fixed, because browsers write it into what they send. */
const PORT = 47_123;
const BASE = `http://127.0.0.1:${PORT}`;
const RECORDED = join(root, 'tests', 'senders', 'recorded');
const CLIENTS = join(root, 'scripts', 'senders');
const TOKEN = 'staff-token-of-the-recorded';
const ADDRESS = 'https://cdn.shopify.com/s/files/shirt.jpg';

await npmPackages();
const { default: sharp } = await import('sharp');
const size = { width: 60, height: 90, channels: 3, background: '#8899aa' };
const picture = await sharp({ create: size }).jpeg({ quality: 60 }).toBuffer();
const WHAT = { token: TOKEN, picture: picture.toString('base64'), address: ADDRESS };

/** Requests of the client that sends now, by case. */
let received = new Map();
let done = () => {};

/** The end of the first request in the bytes, once it is there. */
function endOf(bytes) {
  const headEnd = bytes.indexOf('\r\n\r\n') + 4;
  if (headEnd < 4) return undefined;
  const head = bytes.subarray(0, headEnd).toString('latin1');
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = headEnd + Number(length);
    return bytes.length >= end ? { head, end } : { head };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { head, end: headEnd };
  const last = bytes.indexOf('\r\n0\r\n\r\n', headEnd);
  return last < 0 ? { head } : { head, end: last + 7 };
}

function answer(head) {
  const path = head.split(' ')[1];
  if (path === '/what') return ['application/json', JSON.stringify(WHAT)];
  if (path === '/') return ['text/html', readFileSync(join(CLIENTS, 'page.html'), 'utf8')];
  if (path === '/done') done();
  return ['application/json', '{"id":"a-u1","error":null}'];
}

const server = createServer((socket) => {
  let bytes = Buffer.alloc(0);
  let continued = false;
  socket.on('error', () => {});
  socket.on('data', (piece) => {
    bytes = Buffer.concat([bytes, piece]);
    const request = endOf(bytes);
    if (request === undefined) return;
    if (request.end === undefined) {
      if (!continued && /\r\nexpect: *100-continue/i.test(request.head)) {
        continued = true;
        socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      }
      return;
    }
    const name = /\r\nx-case: *(\S+)/i.exec(request.head)?.[1];
    if (name !== undefined) received.set(name, bytes.subarray(0, request.end));
    const [type, text] = answer(request.head);
    const length = Buffer.byteLength(text);
    socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n${text}`,
    );
  });
});
server.listen(PORT, '127.0.0.1');
await once(server, 'listening');

const versionOf = (command, args = ['--version']) => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? `${stdout}${stderr}`.trim().split('\n')[0] : undefined;
};

async function ran(command, args, env = {}) {
  const child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  await once(child, 'exit');
}

/** Opens the page in a browser, until the page has sent all. */
async function browsed(command, args, env = {}) {
  const over = new Promise((resolve) => (done = resolve));
  const child = spawn(command, [...args, `${BASE}/`], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, ...env },
  });
  const late = new Promise((resolve) => setTimeout(resolve, 60_000).unref());
  await Promise.race([over, late, once(child, 'exit')]);
  try {
    process.kill(-child.pid);
  } catch {
    // It has ended by itself.
  }
}

const python = process.env.PYTHON ?? 'python3';
const profile = mkdtempSync(join(tmpdir(), 'record-senders-'));
const webkit = ['/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'].find((file) =>
  existsSync(file),
);

/** The same run by curl: JSON, a form, and a form whose file has an odd name. */
async function byCurl() {
  const photo = join(profile, 'photo.jpg');
  writeFileSync(photo, picture);
  const model_image = `data:image/jpeg;base64,${WHAT.picture}`;
  const inputs = { model_image, garment_image: ADDRESS, seed: 7 };
  const json = JSON.stringify({ model_name: 'tryon-v1.6', inputs });
  const to = (name, ...args) => {
    const headers = ['-H', `Authorization: Bearer ${TOKEN}`, '-H', `x-case: ${name}`];
    return ran('curl', ['-s', `${BASE}/v1/run`, ...headers, ...args]);
  };
  const form = (...fields) =>
    ['model_name=tryon-v1.6', `garment_image=${ADDRESS}`, ...fields].flatMap((it) => ['-F', it]);
  await to('json', '-H', 'Content-Type: application/json', '-d', json);
  await to('form', ...form('inputs={"seed":7}', `model_image=@${photo}`));
  const odd = `model_image=@${photo};filename="mein \\"Foto\\"; é.png";type=image/png`;
  await to('odd-name', ...form('inputs={"seed":7}', odd));
  const untyped = `model_image=@${photo};type=application/octet-stream`;
  await to('typed-inputs', ...form('inputs={"seed":7};type=application/json', untyped));
}

const pythonVersion = (name) =>
  versionOf(python, [
    '-c',
    `import ${name}, sys; print('${name}', ${name}.__version__, 'Python', sys.version.split()[0])`,
  ]);
const byPython = (name) => [
  `python-${name}`,
  pythonVersion(name),
  () => ran(python, [join(CLIENTS, 'client.py'), name, BASE]),
];

const PHP_VERSION = 'echo "PHP ", PHP_VERSION, ", curl ", curl_version()["version"];';
const CHROMIUM = ['--headless', '--no-sandbox', '--disable-gpu'];
const byChromium = () =>
  browsed('chromium', [...CHROMIUM, `--user-data-dir=${join(profile, 'chromium')}`]);
const byFirefox = () =>
  browsed('firefox', ['--headless', '--no-remote', '--profile', mkdtempSync(`${profile}/firefox-`)]);
const WEBKIT_VERSION = ['-W', '-f', 'WebKitGTK ${Version}', 'libwebkit2gtk-4.1-0'];

/** Name, version if it is installed, and how it sends. */
const senders = [
  ['curl', versionOf('curl'), byCurl],
  [
    'undici',
    `Node ${process.version}, undici ${process.versions.undici}`,
    () => ran(node, [join(CLIENTS, 'client.mjs'), BASE]),
  ],
  byPython('requests'),
  byPython('httpx'),
  byPython('aiohttp'),
  [
    'php',
    versionOf('php', ['-r', PHP_VERSION]),
    () => ran('php', [join(CLIENTS, 'client.php'), BASE]),
  ],
  [
    'go',
    versionOf('go', ['version']),
    () => ran('go', ['run', join(CLIENTS, 'client.go'), BASE]),
  ],
  ['chromium', versionOf('chromium', ['--version', '--no-sandbox']), byChromium],
  ['firefox', versionOf('firefox'), byFirefox],
  [
    'webkit',
    webkit && versionOf('dpkg-query', WEBKIT_VERSION),
    () => browsed('xvfb-run', ['-a', webkit]),
  ],
];

const file = join(RECORDED, 'clients.json');
const clients = JSON.parse(readFileSync(file, 'utf8'));
for (const [name, version, send] of senders) {
  received = new Map();
  if (version !== undefined) await send();
  if (received.size === 0) {
    const why = version === undefined ? 'not installed' : 'sent nothing';
    console.log(`${name}: ${why}, left as it is`);
    continue;
  }
  const before = readdirSync(RECORDED).filter((one) => one.startsWith(`${name}.`));
  for (const old of before) rmSync(join(RECORDED, old));
  for (const [kind, bytes] of received)
    writeFileSync(join(RECORDED, `${name}.${kind}.http`), bytes);
  clients[name] = version;
  console.log(`${name}: ${[...received.keys()].join(', ')}; ${version}`);
}
writeFileSync(file, `${JSON.stringify(clients, Object.keys(clients).sort(), 2)}\n`);
writeFileSync(join(RECORDED, 'picture.jpg'), picture);
rmSync(profile, { recursive: true, force: true });
server.close();

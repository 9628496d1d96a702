// A shop to test the plugin in: Debian's WordPress on a database of its own, both in a temporary
// folder, with the contract's WooCommerce.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const WORDPRESS = '/usr/share/wordpress';
const PICTURE = join(here, '../../../storefront/shop/pictures/tshirt-sage.jpg');
const READY_WITHIN_MS = 120_000;
const execute = promisify(execFile);

/** Starts the shop; it is gone without a trace after `stop`. */
export async function startShop() {
  const folder = mkdtempSync(join(tmpdir(), 'try-it-on-shop-'));
  const running = [];
  const killAll = (signal) => running.forEach((child) => child.kill(signal));
  const leave = () => {
    // At once, so that nothing is written into the folder any more.
    killAll('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', leave);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const stop = async () => {
    killAll('SIGTERM');
    await Promise.all(running.map(({ ended }) => ended));
    process.off('exit', leave);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await start(folder, running)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(folder, running) {
  const site = join(folder, 'site');
  const [socket, log] = [join(folder, 'db.sock'), join(folder, 'debug.log')];
  writeFileSync(log, '');
  const url = `http://127.0.0.1:${await freePort()}`;
  const password = randomBytes(12).toString('hex');
  const environment = {
    ...process.env,
    SHOP_SOCKET: socket,
    SHOP_URL: url,
    SHOP_LOG: log,
    SHOP_FOLDER: site,
    SHOP_PASSWORD: password,
    SHOP_PICTURE: PICTURE,
    SHOP_SALT: randomBytes(24).toString('hex'),
  };
  copySite(site);
  running.push(await startDatabase(join(folder, 'db'), socket));
  const sql = (query, database = 'shop') => ask(socket, database, query);
  await until('the database', () => sql('SELECT 1', ''));
  await sql('CREATE DATABASE shop CHARACTER SET utf8mb4', '');
  const installed = await execute('php', [join(here, 'install.php')], {
    env: { ...environment, HTTP_HOST: new URL(url).host },
  }).catch(() => {
    throw new Error(`WordPress could not be installed: ${readFileSync(log, 'utf8')}`);
  });
  const products = JSON.parse(installed.stdout);
  const address = new URL(url).host;
  const server = ['-S', address, '-t', site, join(here, 'router.php')];
  running.push(run('php', server, { env: environment }));
  await until('the shop', async () => (await fetch(`${url}/?contract=features`)).ok);
  return { url, password, products, sql, log: () => readFileSync(log, 'utf8') };
}

function copySite(site) {
  const isOwn = (path) =>
    !path.endsWith('/wp-config.php') && !path.endsWith('/wp-content/plugins/akismet');
  cpSync(WORDPRESS, site, { recursive: true, dereference: true, filter: isOwn });
  cpSync(join(here, 'wp-config.php'), join(site, 'wp-config.php'));
  cpSync(join(here, 'theme'), join(site, 'wp-content/themes/shop'), { recursive: true });
  const contract = join(here, '../contract/woocommerce');
  cpSync(contract, join(site, 'wp-content/plugins/woocommerce'), { recursive: true });
}

async function startDatabase(data, socket) {
  // It is started as root: the socket is in a folder that only root may open.
  const options = ['--no-defaults', `--datadir=${data}`, '--user=root'];
  const install = [
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
  ];
  await execute('mariadb-install-db', [...options, ...install]);
  const quiet = ['--skip-networking', '--skip-log-bin', '--innodb-flush-log-at-trx-commit=0'];
  return run('/usr/sbin/mariadbd', [
    ...options,
    `--socket=${socket}`,
    `--pid-file=${data}.pid`,
    ...quiet,
  ]);
}

/** The rows of a query, each a list of texts. */
async function ask(socket, database, query) {
  const options = [
    '--no-defaults',
    `--socket=${socket}`,
    '--user=root',
    '--batch',
    '--skip-column-names',
  ];
  const { stdout } = await execute('mariadb', [
    ...options,
    '-e',
    query,
    ...(database ? [database] : []),
  ]);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));
}

function run(command, args, options) {
  const child = spawn(command, args, { stdio: 'ignore', ...options });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return { kill: (signal) => child.kill(signal), ended };
}

async function until(what, isReady) {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      if (await isReady()) return;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`${what} doesn't start: ${error.message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A port that nothing listens on. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// Ports of this machine: whether one is free, and which are.
import { createServer } from 'node:net';
import { EXIT, Failure } from './failure.mjs';

/** Rejects if another process listens on the port; 0 is any free one. */
export function requireFree(number, name) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', ({ code, message }) =>
      reject(code === 'EADDRINUSE' ? portTaken(number, name) : new Failure(`${name}: ${message}`)),
    );
    server.listen(number, '127.0.0.1', () => server.close(resolve));
  });
}

/** The sentence for a port that is taken. */
export const portTaken = (number, name) =>
  new Failure(
    `Port ${number} is taken already: set ${name} to another, as in ${name}=${number + 10}.`,
    EXIT.port,
  );

/** Rejects unless both ports of a local start (`localStart`) can be had. */
export async function requireBothFree({ withSandbox, port, sandboxPort }) {
  if (withSandbox && port === sandboxPort && port !== 0)
    throw new Failure(`PORT and SANDBOX_PORT are both ${port}: give each its own.`, EXIT.usage);
  await requireFree(port, 'PORT');
  if (withSandbox) await requireFree(sandboxPort, 'SANDBOX_PORT');
}

/** So many different ports that were free a moment ago. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

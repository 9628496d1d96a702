// A script that has the terminal until it ends.
import { spawn } from 'node:child_process';

/** Runs it on `node`; signals are handed on, so that nothing stays behind, and so is its exit code. */
export function foreground(node, args, options = {}) {
  const child = spawn(node, args, { ...options, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}

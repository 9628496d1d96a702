// How much CPU workerd has used: the kernel's own account, in nanoseconds, of each of its threads.
import { readFileSync, readdirSync } from 'node:fs';

/** The workerd that this process has started last. Linux only. */
export function workerdPid(): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  const found = pids.filter((pid) => {
    const stat = read(`/proc/${pid}/stat`);
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state !== 'Z' && Number(parent) === process.pid && stat.includes('(workerd)');
  });
  const pid = found.at(-1);
  if (pid === undefined) throw new Error('no workerd runs below this process');
  return pid;
}

/** Milliseconds of CPU so far. */
export function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0] ?? 0));
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

/** A process or a thread may be gone meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

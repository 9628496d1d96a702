// Which tests a change asks for: `npm test -- --changed`.
import { dirname, relative, sep } from 'node:path';
import { Failure } from './failure.mjs';
import { probe, root } from './run.mjs';

/**
 * Files that differ from where this branch left main (on main itself: from the last commit), and
 * new ones.
 */
export function changedFiles() {
  const base = git('merge-base', 'HEAD', 'main').trim() || 'HEAD';
  const files = `${git('diff', '--name-only', base)}${git('ls-files', '--others', '--exclude-standard')}`;
  return { base, files: files.split('\n').filter(Boolean) };
}

function git(...args) {
  const { status, stdout, stderr } = probe('git', args);
  // A clone may have no branch main.
  if (status === 0 || args[0] === 'merge-base') return stdout;
  throw new Failure(`git ${args.join(' ')}: ${stderr.trim()}`);
}

/** The workspace's packages, each with its folder. */
export function workspacePackages() {
  const { status, stdout, stderr } = probe('cargo', [
    'metadata',
    '--no-deps',
    '--format-version',
    '1',
    '--locked',
  ]);
  if (status !== 0) throw new Failure(`cargo metadata: ${stderr.trim()}`);
  return JSON.parse(stdout).packages.map(({ name, manifest_path }) => ({
    name,
    folder: relative(root, dirname(manifest_path)).split(sep).join('/'),
  }));
}

const RUST = /\.(rs|snap|toml)$|(^|\/)proptest-regressions\//;

/**
 * The parts of `npm test` that these files ask for, the packages whose Rust is among them, and the
 * options with which vitest finds the specs. Vitest follows a spec's imports, not the Worker that
 * it starts.
 */
export function choose({ base, files }, all) {
  const folders = [...all].sort((one, other) => other.folder.length - one.folder.length);
  const owner = (file) =>
    folders.find(({ folder }) => folder === '' || file.startsWith(`${folder}/`))?.name;
  const isScript = (file) => file.startsWith('scripts/');
  const rust = files.filter((file) => RUST.test(file) && !isScript(file));
  const touched = new Set(
    rust.some((file) => /^(Cargo\.toml|\.cargo\/.*)$/.test(file))
      ? all.map(({ name }) => name)
      : rust.map(owner),
  );
  const packages = [...touched].filter((name) => name !== undefined && name !== 'simulation');
  const parts = ['check'];
  if (files.some(isScript)) parts.push('scripts');
  if (packages.length > 0) parts.push('native');
  if (touched.has('simulation') || touched.has('fitting-room')) parts.push('simulation');
  if (files.some((file) => /\.(ts|mjs|js)$/.test(file))) parts.push('workers');
  if (files.some((file) => file.startsWith('bench/'))) parts.push('bench');
  return {
    parts,
    packages,
    vitest: [`--changed=${base}`, '--passWithNoTests'],
    hasWorkerRust: ['fitting-room', 'fashn-sandbox', 'fashn'].some((name) => touched.has(name)),
  };
}

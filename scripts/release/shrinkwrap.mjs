// What a release's dependencies are made of, pinned: cut out of this repository's own lockfile.

/**
 * A lockfile of a package with these `dependencies`, from a lockfile that has them. Each package is
 * found as Node.js finds it: in the folder that asks, or in the nearest one above.
 */
export function shrinkwrap(lock, manifest) {
  const kept = new Map();
  const queue = Object.keys(manifest.dependencies).map((name) => ({ name, from: '' }));
  for (const { name, from, isOptional } of queue) {
    const place = nearest(lock.packages, name, from);
    if (place === undefined) {
      if (isOptional) continue;
      throw new Error(`the lockfile has no ${name}, which ${from || 'the release'} needs`);
    }
    if (kept.has(place)) continue;
    const { dev: _, devOptional, ...entry } = lock.packages[place];
    kept.set(place, devOptional ? { ...entry, optional: true } : entry);
    const wanted = (names = {}, more = {}) =>
      queue.push(...Object.keys(names).map((needed) => ({ name: needed, from: place, ...more })));
    wanted(entry.dependencies);
    wanted(entry.optionalDependencies, { isOptional: true });
    wanted(entry.peerDependencies, { isOptional: true });
  }
  const places = [...kept.keys()].sort();
  const { name, version } = manifest;
  return {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: Object.fromEntries([['', manifest], ...places.map((place) => [place, kept.get(place)])]),
  };
}

function nearest(packages, name, from) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (Object.hasOwn(packages, place)) return place;
    if (folder === '') return undefined;
  }
}

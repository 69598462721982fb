/**
 * The lock file of the bundle: the part of the root's that the bundle's own dependencies need. Pure.
 * https://docs.npmjs.com/cli/configuring-npm/package-lock-json
 */

interface LockedPackage {
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

export function lockFileFor(manifest: Manifest, root: LockFile) {
  const needed = new Set<string>();
  const pending = Object.keys(manifest.dependencies).map((name) => locate(root, '', name));
  while (pending.length > 0) {
    const path = pending.pop();
    if (path === undefined || needed.has(path)) continue;
    needed.add(path);
    const { dependencies = {}, optionalDependencies = {} } = root.packages[path] ?? {};
    const names = Object.keys({ ...dependencies, ...optionalDependencies });
    pending.push(...names.map((name) => locate(root, path, name)));
  }
  const paths = [...needed].toSorted();
  return {
    name: manifest.name,
    version: manifest.version,
    lockfileVersion: root.lockfileVersion,
    requires: true,
    packages: { '': manifest, ...Object.fromEntries(paths.map((path) => [path, root.packages[path]])) },
  };
}

/** Where Node would find a dependency of the package at `from`: beside it, or in a folder above. */
function locate(root: LockFile, from: string, name: string): string {
  const candidate = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (Object.hasOwn(root.packages, candidate)) return candidate;
  if (from === '') throw new Error(`${name} is not in the root's lock file`);
  const parent = from.slice(0, Math.max(from.lastIndexOf('/node_modules/'), 0));
  return locate(root, parent, name);
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

/** Versions of Node and of every package of ours that takes part, and of what decides about numbers. */
export function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const manifest = readManifest(resolve(import.meta.dirname, '..', '..', 'package.json'));
  const own = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@mlffd/'));
  return {
    node: process.versions.node,
    [manifest.name]: manifest.version,
    ...Object.fromEntries(
      own.map((name) => [name, readManifest(require.resolve(`${name}/package.json`)).version]),
    ),
  };
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}

import { fileURLToPath } from 'node:url';

/**
 * Folder of the Python package `mlffd-student`, which ships with this one: `pip install` takes it. Its
 * `StudentCalculator` is one of ASE.
 */
export function pythonPackage(): string {
  // The same from `src` and from `dist`.
  return fileURLToPath(new URL('../python', import.meta.url));
}

// The packages as they are built.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What each package exports, by its name. */
export async function modulesOf(root, names) {
  const load = (name) =>
    import(pathToFileURL(join(root, 'packages', name, 'dist', 'index.js')).href);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await load(name)])));
}

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../assets/recipes/', import.meta.url);
const ENDING = '.yaml';

/** Names of the recipes that come with the program. */
export function bundledRecipes(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
    .sort();
}

/** Path of such a recipe; undefined for any other name. */
export function bundledRecipe(name: string): string | undefined {
  if (!bundledRecipes().includes(name)) return undefined;
  return fileURLToPath(new URL(name + ENDING, FOLDER));
}

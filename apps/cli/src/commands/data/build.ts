import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadYaml } from '../../config/load.ts';
import { buildDataset } from '../../recipe/build.ts';
import { recipeSchema } from '../../recipe/recipeSchema.ts';
import { Display } from '../../terminal/display.ts';
import type { CommandIo } from '../../terminal/io.ts';

/** Recipes that come with the program, by name. */
const BUNDLED = new URL('../../../assets/recipes/', import.meta.url);

/** `mlffd data build`: structures from a recipe, labelled by its teacher, in one file. */
export async function dataBuildCommand(
  source: string,
  options: { readonly out?: string },
  io: CommandIo,
): Promise<void> {
  const bundled = fileURLToPath(new URL(`${source}.yaml`, BUNDLED));
  const path = /^\w+$/.test(source) && existsSync(bundled) ? bundled : resolve(source);
  const recipe = await loadYaml(path, recipeSchema);
  const folder = resolve(options.out ?? join('runs', recipe.name));
  const display = new Display(io);
  try {
    const { file } = await buildDataset({
      recipe,
      base: dirname(path),
      folder,
      signal: io.signal,
      onEvent: display.onEvent,
    });
    display.print(`\ndataset  ${file}`);
    display.print(`next     mlffd data audit ${file}`);
  } finally {
    display.close();
  }
}

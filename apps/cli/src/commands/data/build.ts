import { dirname, join, resolve } from 'node:path';
import { loadYaml } from '../../config/load.ts';
import { buildDataset } from '../../recipe/build.ts';
import { bundledRecipe } from '../../recipe/bundledRecipes.ts';
import { recipeSchema } from '../../recipe/recipeSchema.ts';
import { Display } from '../../terminal/display.ts';
import type { CommandIo } from '../../terminal/io.ts';

/** `mlffd data build`: structures from a recipe, labelled by its teacher, in one file. */
export async function dataBuildCommand(
  source: string,
  options: { readonly out?: string },
  io: CommandIo,
): Promise<void> {
  const path = bundledRecipe(source) ?? resolve(source);
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

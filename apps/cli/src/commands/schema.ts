import { z } from 'zod';
import { distillConfigSchema } from '../config/schema.ts';
import { recipeSchema } from '../recipe/recipeSchema.ts';
import { trainSchema } from '../training/trainSchema.ts';
import type { CommandIo } from '../terminal/io.ts';

/** A kind of file that a user writes. */
export type SchemaName = 'distill' | 'recipe' | 'train';

const SCHEMAS: Readonly<Record<SchemaName, z.ZodType>> = {
  distill: distillConfigSchema,
  recipe: recipeSchema,
  train: trainSchema,
};

/** Files that `mlffd schema` can describe. */
export const SCHEMA_NAMES: readonly string[] = Object.keys(SCHEMAS);

/** `mlffd schema`: the JSON Schema of a file that a user writes. */
export function schemaCommand(of: SchemaName, io: CommandIo): void {
  const schema = z.toJSONSchema(SCHEMAS[of], { io: 'input' });
  io.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
}

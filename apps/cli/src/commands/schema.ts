import { z } from 'zod';
import { distillConfigSchema } from '../config/schema.ts';
import type { CommandIo } from '../terminal/io.ts';

/** `mlffd schema`: the JSON Schema of the configuration file. */
export function schemaCommand(io: CommandIo): void {
  const schema = z.toJSONSchema(distillConfigSchema, { io: 'input' });
  io.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
}

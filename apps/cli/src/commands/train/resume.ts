import { dirname, resolve } from 'node:path';
import { readRunFile } from '../../training/runFile.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { carryOut, loadTrainConfig } from './common.ts';

/**
 * `mlffd resume`: goes on with a run, whatever began it; nothing is done twice.
 *
 * @param file configuration, if it was changed: what may not change is refused with the differences
 */
export async function resumeCommand(
  folder: string,
  file: string | undefined,
  { flags, io }: { readonly flags: { readonly workers?: string }; readonly io: CommandIo },
): Promise<number> {
  const saved = readRunFile(resolve(folder));
  const run =
    file === undefined
      ? saved
      : { ...saved, config: await loadTrainConfig(file), base: dirname(resolve(file)) };
  return carryOut(run, { ...flags, out: folder }, io);
}

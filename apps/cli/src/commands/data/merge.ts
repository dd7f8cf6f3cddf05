import { mergeDatasets } from '@mlffd/data';
import type { CommandIo } from '../../terminal/io.ts';
import { rewrite, type RewriteFlags } from './rewrite.ts';

/** `mlffd data merge`: several datasets in one. */
export function dataMergeCommand(
  files: readonly string[],
  flags: RewriteFlags & { readonly allowMixed?: boolean; readonly prefix?: boolean },
  io: CommandIo,
): Promise<void> {
  return rewrite('merge', flags, io, (out, options) =>
    mergeDatasets(files, out, {
      ...options,
      allowMixed: flags.allowMixed === true,
      prefixIds: flags.prefix === true,
    }),
  );
}

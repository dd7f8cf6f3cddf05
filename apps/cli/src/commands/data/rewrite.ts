import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RewriteOptions, StoreSummary } from '@mlffd/data';
import { formatBytes } from '@mlffd/report';
import { Display } from '../../terminal/display.ts';
import type { CommandIo } from '../../terminal/io.ts';

/** Flags of all commands that write a dataset. */
export interface RewriteFlags {
  readonly out: string;
  /** Smaller, with the errors that the README of @mlffd/data states. */
  readonly small?: boolean;
}

/** Writes a dataset with progress and says what it came to. */
export async function rewrite(
  name: string,
  flags: RewriteFlags,
  io: CommandIo,
  write: (out: string, options: RewriteOptions) => Promise<StoreSummary>,
): Promise<void> {
  const display = new Display(io);
  const out = resolve(flags.out);
  try {
    const { structures, hash } = await write(out, {
      ...(flags.small === true ? { form: 'small' } : {}),
      signal: io.signal,
      onEvent: ({ done, total }) => {
        const progress = { done, total, unit: 'structures' };
        display.onEvent({ type: 'progress', stage: name, progress });
      },
    });
    const size = formatBytes(statSync(out).size);
    display.print(
      `${structures.toLocaleString('en')} structures, ${size}, hash ${hash.slice(0, 12)}`,
    );
    display.print(`dataset  ${out}`);
  } finally {
    display.close();
  }
}

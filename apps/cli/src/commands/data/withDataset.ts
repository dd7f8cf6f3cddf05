import { Dataset } from '@mlffd/data';
import { Display } from '../../terminal/display.ts';
import type { CommandIo } from '../../terminal/io.ts';

/** What a command on a dataset works with. */
export interface DatasetTask {
  readonly dataset: Dataset;
  readonly display: Display;
  /** Shows how far the work is. */
  readonly progress: (event: { readonly done: number; readonly total: number }) => void;
}

/** Opens a dataset, does something with it, and leaves file and terminal in order. */
export async function withDataset<T>(
  file: string,
  what: string,
  io: CommandIo,
  task: (means: DatasetTask) => Promise<T>,
): Promise<T> {
  const dataset = await Dataset.open(file);
  const display = new Display(io);
  try {
    return await task({
      dataset,
      display,
      progress: ({ done, total }) => {
        const progress = { done, total, unit: 'structures' };
        display.onEvent({ type: 'progress', stage: what, progress });
      },
    });
  } finally {
    display.close();
    dataset.close();
  }
}

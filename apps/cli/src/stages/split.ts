import { join } from 'node:path';
import { MlffdError, sha256, stableStringify } from '@mlffd/core';
import { Dataset, checkLeakage, saveSplit, splitByGroup } from '@mlffd/data';
import type { DistillConfig } from '../config/distillConfig.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { LabelOutput } from './label.ts';

export interface SplitOutput {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
  readonly hash: string;
}

/** A structure, or one of its ancestors, would be on two sides of the split. */
class LeakageError extends MlffdError {
  override readonly name = 'LeakageError';
}

/** Splits by trajectory: held-out trajectories are the test set, others are trained or validated on. */
export function splitStage(
  config: DistillConfig,
  labels: { readonly folder: string; readonly output: LabelOutput },
): Stage<SplitOutput> {
  const { validationFraction } = config.training;
  return {
    name: 'split',
    version: 1,
    inputs: { dataset: labels.output.hash, validationFraction, seed: config.seed },
    summarize: ({ train, validation, test }) =>
      `${String(train.length)} for training, ${String(validation.length)} for validation, ` +
      `${String(test.length)} held out`,
    run: async ({ folder }) => {
      const dataset = await Dataset.open(join(labels.folder, labels.output.file));
      try {
        const split = splitByGroup(dataset, {
          fractions: { train: 1 - validationFraction, validation: validationFraction, test: 0 },
          seed: config.seed,
          hold: ({ group }) => group.startsWith('test/'),
        });
        const leaks = checkLeakage(dataset, split);
        const leak = leaks.at(0);
        if (leak !== undefined) {
          throw new LeakageError(
            'split/leak',
            `${String(leaks.length)} structures or ancestors are on two sides of the split.`,
            {
              found: `${leak.kind} ${leak.what} in ${leak.sides.join(' and ')}`,
              expected: 'sides that share nothing',
              hint: 'Give the systems different starts; two of them make the same structures.',
            },
          );
        }
        saveSplit(join(folder, 'split.json'), split, dataset);
        const sides = {
          train: [...split.train],
          validation: [...split.validation],
          test: [...split.test],
        };
        return { ...sides, hash: sha256(stableStringify(sides)) };
      } finally {
        dataset.close();
      }
    },
  };
}

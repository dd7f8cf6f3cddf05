import { join } from 'node:path';
import { Dataset, compactShards, labelStructures, type LabelProperty } from '@mlffd/data';
import type { DistillConfig } from '../config/distillConfig.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { TeacherHandle } from '../pipeline/teacher.ts';
import { readStructures, type GenerateOutput } from './generate.ts';

export interface LabelOutput {
  /** The dataset, inside the stage's folder. */
  readonly file: string;
  readonly hash: string;
  readonly structures: number;
  readonly failed: number;
  readonly elements: readonly number[];
}

/** Structures per shard: what a crash can lose. */
const SHARD_SIZE = 64;

/** Who labels, and what. */
interface LabelMeans {
  readonly teacher: TeacherHandle;
  readonly properties: readonly LabelProperty[];
}

/** Labels every structure with the teacher; labels that dynamics gave already are taken over. */
export function labelStage(
  config: DistillConfig,
  generated: { readonly folder: string; readonly output: GenerateOutput },
  { teacher, properties }: LabelMeans,
): Stage<LabelOutput> {
  return {
    name: 'label',
    version: 1,
    inputs: {
      structures: generated.output.hash,
      teacher: teacher.fingerprint,
      properties,
      seed: config.seed,
    },
    summarize: ({ structures, failed }) =>
      `${String(structures)} structures labelled` +
      (failed > 0 ? `, ${String(failed)} failed (see journal.jsonl)` : ''),
    run: async ({ folder, progress, signal }) => {
      const calculator = await teacher.pool();
      const shards = join(folder, 'shards');
      const summary = await labelStructures({
        structures: [...readStructures(generated.folder, generated.output, calculator.name)],
        calculator,
        folder: shards,
        properties,
        shardSize: SHARD_SIZE,
        order: 'size',
        fingerprint: teacher.fingerprint,
        generator: 'mlffd distill',
        seed: config.seed,
        signal,
        onEvent: (event) => {
          if (event.type === 'progress') {
            progress({
              done: event.done,
              total: generated.output.structures,
              unit: 'structures',
            });
          }
        },
      });
      const file = 'dataset.h5';
      await compactShards(shards, join(folder, file), { signal });
      const dataset = await Dataset.open(join(folder, file));
      try {
        const elements = new Set<number>();
        for (let k = 0; k < dataset.length; k++) {
          for (const number of dataset.numbers(k)) elements.add(number);
        }
        return {
          file,
          hash: dataset.hash,
          structures: dataset.length,
          failed: summary.failed.length,
          elements: [...elements].sort((a, b) => a - b),
        };
      } finally {
        dataset.close();
      }
    },
  };
}

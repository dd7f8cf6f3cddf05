import { join } from 'node:path';
import type { NamedStructure } from '@mlffd/core';
import { Dataset } from '@mlffd/data';
import { measureFloor, type TeacherFloor } from '@mlffd/teachers';
import type { DistillConfig } from '../config/distillConfig.ts';
import { floorText } from '../output/teacherFloor.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { TeacherHandle } from '../pipeline/teacher.ts';
import type { LabelOutput } from './label.ts';
import type { SplitOutput } from './split.ts';

/** Structures that the teacher is measured on. */
const STRUCTURES = 3;
/** What is measured on each: 42 calls. */
const DEPTH = { coordinates: 4, directions: 3, rotations: 3 } as const;

/** Measures what no student can be better at, on a few structures that the student learned from. */
export function auditStage(
  config: DistillConfig,
  parts: {
    readonly teacher: TeacherHandle;
    readonly labels: { readonly folder: string; readonly output: LabelOutput };
    readonly split: { readonly output: SplitOutput };
  },
): Stage<TeacherFloor> {
  const { teacher, labels, split } = parts;
  return {
    name: 'audit',
    version: 1,
    inputs: {
      teacher: teacher.fingerprint,
      dataset: labels.output.hash,
      split: split.output.hash,
      structures: STRUCTURES,
      depth: DEPTH,
      seed: config.seed,
    },
    summarize: (floor) => `teacher: ${floorText(floor, { ascii: true })}: the floor`,
    run: async ({ progress, signal }) => {
      const structures = await chosen(join(labels.folder, labels.output.file), split.output.train);
      return measureFloor(await teacher.pool(), {
        structures,
        ...DEPTH,
        seed: config.seed,
        signal,
        onEvent: ({ done, total, next }) => {
          progress({ done, total, unit: 'structures', detail: next });
        },
      });
    },
  };
}

/** Small, middling and large ones as the training data has them. */
async function chosen(file: string, train: readonly number[]): Promise<NamedStructure[]> {
  const dataset = await Dataset.open(file);
  try {
    const bySize = [...train].sort((a, b) => dataset.atomCount(a) - dataset.atomCount(b) || a - b);
    const length = Math.min(STRUCTURES, bySize.length);
    return Array.from({ length }, (_, k) => {
      const index = bySize[Math.floor(((k + 0.5) * bySize.length) / length)];
      const { atoms, meta } = dataset.get(index);
      return { name: meta.id, atoms };
    });
  } finally {
    dataset.close();
  }
}

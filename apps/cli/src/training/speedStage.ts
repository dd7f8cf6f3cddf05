import { profileCalculator } from '@mlffd/cuda-profiler';
import type { Dataset } from '@mlffd/data';
import { StudentCalculator } from '@mlffd/student';
import { machine } from '../pipeline/machine.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { DataOutput } from './dataStage.ts';
import { typicalStructure, type StudentPlace } from './testStage.ts';

/** Time of a call of a student for energy and forces. */
export interface SpeedOutput {
  readonly structure: string;
  readonly atoms: number;
  readonly calls: number;
  /** us. */
  readonly median: number;
  /** us. */
  readonly p90: number;
}

/** Displacement of every call, Angstrom: what a step of dynamics does, so that no cache answers. */
const DISPLACEMENT = 0.01;
const WARMUP = 10;

/** Times a student, one thread, on a structure that was held out. */
export function speedStage(task: {
  readonly student: StudentPlace;
  readonly data: DataOutput;
  readonly calls: number;
  readonly seed: number;
  readonly open: () => Promise<Dataset>;
}): Stage<SpeedOutput> {
  const { student, data, calls, seed, open } = task;
  return {
    name: 'speed',
    version: 1,
    inputs: {
      student: student.hash,
      dataset: data.hash,
      split: data.splitHash,
      calls,
      machine: machine(),
    },
    summarize: ({ median, atoms }) => `${median.toFixed(0)} us per call of ${atoms} atoms`,
    run: async ({ progress, signal }) => {
      const dataset = await open();
      const calculator = await StudentCalculator.load(student.folder);
      try {
        const { atoms, meta } = dataset.get(typicalStructure(dataset, data));
        const { latency } = await profileCalculator(calculator, atoms, {
          calls,
          warmup: WARMUP,
          displacement: DISPLACEMENT,
          seed,
          signal,
          onEvent: ({ done, total }) => {
            progress({ done, total, unit: 'calls' });
          },
        });
        return {
          structure: meta.id,
          atoms: atoms.numbers.length,
          calls,
          median: 1000 * latency.p50,
          p90: 1000 * latency.p90,
        };
      } finally {
        dataset.close();
        await calculator.dispose();
      }
    },
  };
}

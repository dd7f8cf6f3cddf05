import { join } from 'node:path';
import { repeatAtoms, type Atoms, type Calculator } from '@mlffd/core';
import { profileCalculator } from '@mlffd/cuda-profiler';
import { StudentCalculator } from '@mlffd/student';
import { createTeacher } from '@mlffd/teachers';
import { ConfigError } from '../config/load.ts';
import type { DistillConfig } from '../config/distillConfig.ts';
import type { SpeedRow } from '../output/results.ts';
import { machine } from '../pipeline/machine.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { TeacherHandle } from '../pipeline/teacher.ts';
import type { TrainOutput } from './train.ts';

export interface BenchmarkOutput {
  readonly rows: readonly SpeedRow[];
}

/** Displacement of every call, Angstrom: what a step of dynamics does, so that no cache answers. */
const DISPLACEMENT = 0.01;

/** Times teacher and student, one thread each, on the same structures in one run. */
export function benchmarkStage(
  config: DistillConfig,
  system: Atoms,
  parts: {
    readonly teacher: TeacherHandle;
    readonly trained: { readonly folder: string; readonly output: TrainOutput };
  },
): Stage<BenchmarkOutput> {
  const { teacher, trained } = parts;
  return {
    name: 'benchmark',
    version: 1,
    inputs: {
      student: trained.output.hash,
      teacher: teacher.fingerprint,
      positions: system.positions,
      cell: system.cell,
      benchmark: config.benchmark,
      machine: machine(),
    },
    summarize: ({ rows }) =>
      rows.map((row) => `${row.speedup.toFixed(1)}x at ${row.atoms} atoms`).join(', '),
    run: async ({ progress, signal }) => {
      const student = await StudentCalculator.load(join(trained.folder, trained.output.student));
      const original = await createTeacher(config.teacher);
      try {
        const rows: SpeedRow[] = [];
        const { atoms: sizes = defaultSizes(system), calls } = config.benchmark;
        for (const size of sizes) {
          progress({ done: rows.length, total: sizes.length, unit: 'sizes' });
          const atoms = grownTo(system, size);
          const options = { calls, seed: config.seed, signal };
          const teacherMs = await medianCall(original, atoms, options);
          const studentMs = await medianCall(student, atoms, { ...options, calls: 5 * calls });
          rows.push({
            atoms: size,
            teacher_ms: teacherMs,
            student_ms: studentMs,
            speedup: teacherMs / studentMs,
          });
        }
        return { rows };
      } finally {
        await student.dispose();
        await original.dispose();
      }
    },
  };
}

/** Median time of a call for energy and forces, ms, positions moving between calls. */
async function medianCall(
  calculator: Calculator,
  atoms: Atoms,
  options: { readonly calls: number; readonly seed: number; readonly signal: AbortSignal },
): Promise<number> {
  const profile = await profileCalculator(calculator, atoms, {
    ...options,
    warmup: 3,
    displacement: DISPLACEMENT,
  });
  return profile.latency.p50;
}

/** Sizes to measure where the configuration names none. */
function defaultSizes({ numbers, pbc }: Atoms): number[] {
  const sizes = [64, 216].filter((size) => pbc.every(Boolean) && size % numbers.length === 0);
  return sizes.length > 0 ? sizes : [numbers.length];
}

/** The system repeated until it has the number of atoms. */
function grownTo(system: Atoms, size: number): Atoms {
  const copies = size / system.numbers.length;
  if (copies === 1) return system;
  if (Number.isInteger(copies) && system.pbc.every(Boolean)) {
    for (let a = Math.round(Math.cbrt(copies)); a >= 1; a--) {
      if (copies % a !== 0) continue;
      const rest = copies / a;
      for (let b = Math.round(Math.sqrt(rest)); b >= 1; b--) {
        if (rest % b === 0) return repeatAtoms(system, [rest / b, b, a]);
      }
    }
  }
  throw new ConfigError(
    'config/benchmark-size',
    `A system of ${system.numbers.length} atoms cannot be repeated to ${size} atoms.`,
    {
      where: 'benchmark.atoms',
      expected: `multiples of ${system.numbers.length}`,
      found: String(size),
      hint: 'Give sizes that are multiples (of a molecule: its own), or leave benchmark out.',
    },
  );
}

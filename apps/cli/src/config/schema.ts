import { LOSS_KINDS } from '@mlffd/train';
import { z } from 'zod';
import type { DistillConfig } from './distillConfig.ts';
import { studentSchema } from './studentSchema.ts';
import { teacherSchema } from './teacher.ts';

const positive = z.number().positive();
const count = z.int().positive();
const fraction = z.number().gt(0).lt(1);

const systemNames = z.array(z.string()).min(1).describe('names of systems; default all');

const rattle = z.strictObject({
  systems: systemNames.optional(),
  count: count.describe('structures per system'),
  displacement: positive.max(1).default(0.08).describe('standard deviation, Angstrom'),
  strain: z.number().min(0).max(0.2).default(0.03).describe('largest strain component'),
});

const trajectory = {
  temperatures: z.array(positive.max(20_000)).min(1).describe('K'),
  trajectories: count.default(1).describe('per system and temperature'),
  frames: count.describe('kept of each trajectory'),
  stride: count.default(10).describe('steps between kept frames'),
  equilibration: z.int().min(0).default(50).describe('steps before the first kept frame'),
  timestep: positive.max(20).default(2).describe('fs'),
  friction: positive.default(0.02).describe('1/fs'),
  strain: z.number().min(0).max(0.2).default(0).describe('largest strain component of the cell'),
};

const system = z.union([
  z.strictObject({
    name: z.string().min(1),
    crystal: z.enum(['rocksalt', 'cscl', 'zincblende', 'fcc', 'bcc', 'diamond']),
    elements: z.array(z.string()).min(1).max(2),
    a: positive.describe('lattice constant of the conventional cell, Angstrom'),
    supercell: z.tuple([count, count, count]).default([1, 1, 1]),
  }),
  z.strictObject({
    name: z.string().min(1),
    file: z
      .string()
      .min(1)
      .describe('xyz, POSCAR, CIF, PDB or ASE db, relative to the configuration file'),
  }),
]);

const lossWeight = z.number().min(0);
const stage = z.strictObject({
  until: z.number().gt(0).max(1).exactOptional().describe('part of the run; the last has none'),
  loss: z
    .strictObject({
      energy: lossWeight.exactOptional(),
      forces: lossWeight.exactOptional(),
      stress: lossWeight.exactOptional(),
    })
    .exactOptional(),
  learningRate: positive.exactOptional(),
  restart: z.boolean().exactOptional().describe('run schedule and warm-up anew'),
});

const training = z.strictObject({
  epochs: count,
  batchSize: count.default(8),
  learningRate: positive.default(1e-3),
  weightDecay: z.number().min(0).default(0),
  warmupSteps: z.int().min(0).default(100),
  ema: z.number().min(0).lt(1).default(0.99),
  gradientClip: positive.default(10),
  weights: z
    .strictObject({
      energy: z.number().min(0).default(1),
      forces: z.number().min(0).default(100),
      stress: z.number().min(0).default(1000),
    })
    .prefault({}),
  kind: z.enum(LOSS_KINDS).optional().describe('penalty of a residual; default mse'),
  stages: z.array(stage).min(2).optional(),
  patience: count.default(1000),
  validationFraction: fraction.default(0.1),
  workers: count.max(64).default(2),
});

const validation = z.strictObject({
  system: z.string().min(1),
  temperature: positive,
  picoseconds: positive.default(10),
  timestep: positive.max(20).default(1).describe('fs'),
  teacherFrames: z.int().min(2).default(20),
});

const gates = z.strictObject({
  forceR2: z.number().max(1).default(0.995),
  accuracy: z.number().max(1).default(0.95),
  nveSlope: positive.default(1e-3).describe('meV/atom/ps'),
  speedup: positive.default(5),
});

/** The configuration file of `mlffd distill`: strict, so that a typo is an error and not a default. */
export const distillConfigSchema: z.ZodType<DistillConfig> = z
  .strictObject({
    name: z.string().min(1),
    seed: z.int().min(0).default(1),
    teacher: teacherSchema,
    systems: z.array(system).min(1),
    sampling: z.strictObject({
      rattle: rattle.optional(),
      dynamics: z
        .array(z.strictObject({ systems: systemNames.optional(), ...trajectory }))
        .default([]),
    }),
    test: z.strictObject({ systems: systemNames.optional(), ...trajectory }),
    student: studentSchema,
    training,
    validation,
    benchmark: z
      .strictObject({
        system: z.string().min(1).optional(),
        atoms: z
          .array(count)
          .min(1)
          .optional()
          .describe('default 64 and 216 where they are multiples'),
        calls: count.default(10),
      })
      .prefault({}),
    gates: gates.prefault({}),
    concurrency: count.max(64).default(2),
  })
  .superRefine((config, context) => {
    const names = config.systems.map((entry) => entry.name);
    const unknown = (path: (string | number)[], name: string): void => {
      context.addIssue({
        code: 'custom',
        path,
        message: `no system is named '${name}'; the systems are ${names.join(', ')}`,
      });
    };
    names.forEach((name, k) => {
      if (names.indexOf(name) !== k) {
        context.addIssue({
          code: 'custom',
          path: ['systems', k, 'name'],
          message: `'${name}' is the name of two systems`,
        });
      }
    });
    const { rattle, dynamics } = config.sampling;
    for (const [path, listed] of [
      [['sampling', 'rattle'], rattle?.systems],
      ...dynamics.map(({ systems }, k) => [['sampling', 'dynamics', k], systems] as const),
      [['test'], config.test.systems],
    ] as const) {
      listed?.forEach((name, k) => {
        if (!names.includes(name)) unknown([...path, 'systems', k], name);
      });
    }
    const { system } = config.benchmark;
    if (system !== undefined && !names.includes(system)) unknown(['benchmark', 'system'], system);
    if (!names.includes(config.validation.system)) {
      unknown(['validation', 'system'], config.validation.system);
    }
    if (rattle === undefined && dynamics.length === 0) {
      context.addIssue({
        code: 'custom',
        path: ['sampling'],
        message: 'give rattle, dynamics or both: there is nothing to train on',
      });
    }
  });

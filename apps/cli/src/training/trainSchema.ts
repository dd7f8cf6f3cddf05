import { isMlffdError, type MlffdError } from '@mlffd/core';
import { parseTrainConfig, trainConfigJsonSchema } from '@mlffd/train';
import { z } from 'zod';
import { studentSchema } from '../config/studentSchema.ts';
import { studentModel } from '../stages/train.ts';
import type { TrainRunConfig } from './trainConfig.ts';

const positive = z.number().positive();
const count = z.int().positive();
const text = z.string().min(1);
const part = z.number().min(0).max(1);

const split = z.union([
  text.describe('file of `mlffd data split`, relative to the configuration file'),
  z
    .strictObject({
      by: z.enum(['group', 'composition', 'random']).default('group'),
      train: part.default(0.8),
      validation: part.default(0.1),
      test: part.default(0.1),
    })
    .describe('fractions'),
]);

/** Keys of the trainer that have a place of their own in the file. */
const ELSEWHERE = new Set(['model', 'seed']);

const training = z
  .record(z.string(), z.unknown())
  .superRefine((value, context) => {
    for (const problem of trainingProblems(value)) context.addIssue({ ...problem });
  })
  .meta({ ...trainingJsonSchema(), description: 'configuration of @mlffd/train' });

const gates = z
  .strictObject({
    forceR2: z.number().max(1).optional(),
    accuracy: z.number().max(1).optional(),
    forceMae: positive.optional().describe('meV/Angstrom'),
    energyMae: positive.optional().describe('meV/atom'),
    nveSlope: positive.optional().describe('meV/atom/ps'),
    microseconds: positive.optional().describe('time of a call'),
  })
  .describe('default: forceR2 0.995, accuracy 0.95, nveSlope 0.001; {} for none');

const dynamics = z.union([
  z.literal(false),
  z.strictObject({
    structure: text.optional().describe('id; default one of middle size that was held out'),
    temperature: positive.optional().describe('K; default that of the data, else 300'),
    picoseconds: positive.default(5),
    timestep: positive.max(20).optional().describe('fs; default 0.5 with hydrogen, else 1'),
  }),
]);

const reference = z.union([
  z.strictObject({ dataset: text.describe('labels of a better method on the same structures') }),
  z.strictObject({
    forceMae: positive.optional().describe('of the teacher against it, meV/Angstrom'),
    forceRmse: positive.optional().describe('of the teacher against it, meV/Angstrom'),
  }),
]);

/** The configuration file of `mlffd train` and its relatives. */
export const trainSchema: z.ZodType<TrainRunConfig> = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.-]+$/, 'a name of letters, digits, dots, dashes')
      .describe('of the student and of the run folder'),
    seed: z.int().min(0).default(1),
    dataset: text.describe('labelled structures, relative to the configuration file'),
    split: split.prefault({}),
    student: studentSchema.optional(),
    training: training.prefault({}),
    teacher: z
      .strictObject({
        name: text.optional(),
        version: text.optional(),
        license: text.optional(),
        citation: text.optional(),
        url: text.optional(),
        studentLicense: text.optional().describe("of the student's weights"),
      })
      .prefault({}),
    gates: gates.optional(),
    dynamics: dynamics.prefault({}),
    benchmark: z.strictObject({ calls: count.min(3).default(200) }).prefault({}),
    reference: reference.optional(),
  })
  .superRefine(({ gates: goals, dynamics: md, reference: better, split: sides }, context) => {
    const refuse = (path: string[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    if (md === false && goals?.nveSlope !== undefined) {
      refuse(
        ['gates', 'nveSlope'],
        'there are no dynamics to measure it: remove `dynamics: false`',
      );
    }
    if (better !== undefined && Object.values(better).every((value) => value === undefined)) {
      refuse(['reference'], 'give dataset, or forceMae, or forceRmse');
    }
    if (typeof sides === 'object') {
      const sum = sides.train + sides.validation + sides.test;
      if (Math.abs(sum - 1) > 1e-9) {
        refuse(['split'], `train, validation and test add up to ${String(sum)}, not to 1`);
      }
    }
  });

interface Problem {
  readonly code: 'custom';
  readonly path: string[];
  readonly message: string;
}

/** What the trainer would say about its part of the file, each with its place. */
function trainingProblems(value: Readonly<Record<string, unknown>>): Problem[] {
  const misplaced = Object.keys(value)
    .filter((key) => ELSEWHERE.has(key))
    .map((key): Problem => {
      const place = key === 'model' ? '`student`' : '`seed` of the whole file';
      return { code: 'custom', path: [key], message: `belongs to ${place}` };
    });
  const own = Object.entries(value).filter(([key]) => !ELSEWHERE.has(key));
  const length = 'epochs' in value || 'steps' in value ? {} : { epochs: 1 };
  try {
    parseTrainConfig(
      { ...length, ...Object.fromEntries(own), model: studentModel({}) },
      'training',
    );
    return misplaced;
  } catch (error) {
    if (!isMlffdError(error)) throw error;
    // Faults of single keys are listed; what is wrong with several of them is a sentence.
    const message = error.message.replace(/^training: /, '');
    const listed = message === error.found ? message.split('; ') : [withExpected(message, error)];
    return [...misplaced, ...listed.map(problemOf)];
  }
}

function withExpected(message: string, { expected }: MlffdError): string {
  return expected === undefined ? message : `${message}; expected ${expected}`;
}

function problemOf(message: string): Problem {
  const path = /"([\w.]+)"/.exec(message)?.[1]?.split('.') ?? [];
  return { code: 'custom', path, message };
}

function trainingJsonSchema(): Record<string, unknown> {
  const { properties } = trainConfigJsonSchema();
  const own = Object.entries(properties as Record<string, unknown>);
  return {
    properties: Object.fromEntries(own.filter(([key]) => !ELSEWHERE.has(key))),
    additionalProperties: false,
  };
}

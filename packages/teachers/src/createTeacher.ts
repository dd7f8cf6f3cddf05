import { type Calculator, InvalidArgumentError } from '@mlffd/core';
import { ChgnetCalculator, type ChgnetOptions } from './chgnet/chgnetCalculator.ts';
import { readModelFile } from './chgnet/modelFile.ts';
import { LennardJones, type LennardJonesOptions } from './lennardJones/lennardJones.ts';

/** A teacher by name (one of `TEACHERS`), or by name with its options. */
export type TeacherSpec =
  | string
  | ({ readonly type: 'chgnet' } & ChgnetOptions)
  | ({ readonly type: 'lj' } & LennardJonesOptions);

type TeacherOptions = Exclude<TeacherSpec, string>;

const OPTIONS: Readonly<Record<TeacherOptions['type'], readonly string[]>> = {
  chgnet: ['threads', 'modelPath'],
  lj: ['epsilon', 'sigma', 'pairs', 'cutoff', 'truncation', 'onset', 'skin'],
};

/** Names that `createTeacher` knows. */
export const TEACHERS: readonly string[] = Object.keys(OPTIONS);

/**
 * Makes a teacher from what a configuration file says.
 *
 * @throws InvalidArgumentError `teachers/unknown-teacher`, `teachers/unknown-option`, and what the
 * teacher itself refuses
 */
export async function createTeacher(spec: TeacherSpec): Promise<Calculator> {
  const options = parseSpec(spec);
  return options.type === 'chgnet' ? ChgnetCalculator.load(options) : new LennardJones(options);
}

/**
 * SHA-256 of all that decides a teacher's answers: its model file or its parameters, not the number
 * of threads. Stages that keep labels use it as part of their key.
 *
 * @throws as `createTeacher`
 */
export async function teacherFingerprint(spec: TeacherSpec): Promise<string> {
  const options = parseSpec(spec);
  if (options.type === 'lj') return new LennardJones(options).fingerprint;
  const { fingerprint } = await readModelFile(options.modelPath);
  return fingerprint;
}

function parseSpec(spec: TeacherSpec): TeacherOptions {
  const options: unknown = typeof spec === 'string' ? { type: spec } : spec;
  if (!isKnown(options)) {
    const found = JSON.stringify(spec);
    throw new InvalidArgumentError('teachers/unknown-teacher', `there is no teacher ${found}`, {
      expected: `one of ${TEACHERS.join(', ')}`,
      found,
      where: 'teacher',
    });
  }
  const known = OPTIONS[options.type];
  for (const name of Object.keys(options)) {
    if (name === 'type' || known.includes(name)) continue;
    throw new InvalidArgumentError(
      'teachers/unknown-option',
      `the teacher ${options.type} has no option ${name}`,
      { expected: `options among ${known.join(', ')}`, found: name, where: `teacher, ${name}` },
    );
  }
  return options;
}

function isKnown(options: unknown): options is TeacherOptions {
  return (
    typeof options === 'object' &&
    options !== null &&
    'type' in options &&
    TEACHERS.some((name) => name === options.type)
  );
}

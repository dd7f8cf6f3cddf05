import { basename, dirname, join, resolve } from 'node:path';
import { type Calculator, FileSystemError, readTextFile, sha256 } from '@mlffd/core';
import type { StudentReference, ValidationStudent } from '@mlffd/md';
import {
  CHECKPOINT_FILES,
  fusedObstacle,
  loadStudent,
  referenceResults,
  type Student,
  StudentCalculator,
} from '@mlffd/student';
import { existsSync, readFileSync } from 'node:fs';

/** A student that is ready, and how to let it go. */
export interface OpenStudent extends ValidationStudent {
  readonly folder: string;
  readonly dispose: () => Promise<void>;
}

/**
 * Loads the student of a folder, or of the `student` in a run folder, with the other ways to compute it.
 *
 * @throws FileSystemError `validate/no-student`; as `loadStudent`
 */
export async function openStudent(path: string, name: string): Promise<OpenStudent> {
  const folder = studentFolder(path);
  const student = loadStudent(folder);
  const calculator = await StudentCalculator.fromStudent(student, { name });
  const own: Calculator[] = [calculator];
  const references: StudentReference[] = [];
  const add = (reference: StudentReference): void => {
    own.push(reference.calculator);
    references.push(reference);
  };
  add({
    name: 'no reuse of the neighbour list',
    factor: 'list',
    calculator: await StudentCalculator.fromStudent(student, { skin: 0 }),
    dynamics: true,
  });
  if (fusedObstacle(student.config) === undefined) {
    add({
      name: 'exact filters',
      factor: 'precision',
      calculator: await StudentCalculator.fromStudent(student, {
        backend: 'fused',
        filters: 'exact',
      }),
      dynamics: true,
    });
  }
  add({
    name: 'ONNX Runtime',
    factor: 'precision',
    calculator: await StudentCalculator.fromStudent(student, { backend: 'onnx' }),
    dynamics: true,
  });
  add({
    name: 'float64',
    factor: 'precision',
    calculator: inFloat64(student),
    dynamics: false,
    mostAtoms: 100,
  });
  return {
    name,
    folder,
    calculator,
    hash: hashOf(folder),
    fresh: () => StudentCalculator.fromStudent(student, { name }),
    references,
    dispose: async () => {
      for (const one of own) await one.dispose();
    },
  };
}

/** Names to tell students apart by, of letters, digits and dashes: their folders, as short as they are different. */
export function studentNames(paths: readonly string[]): string[] {
  const folders = paths.map((path) => resolve(path).replace(/\/student$/, ''));
  const plain = (text: string): string =>
    text.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'student';
  const short = folders.map((folder) => plain(basename(folder)));
  if (new Set(short).size === short.length && !short.includes('teacher')) return short;
  const long = folders.map((folder) => plain(join(basename(dirname(folder)), basename(folder))));
  return new Set(long).size === long.length
    ? long
    : long.map((name, k) => `${name}-${String(k + 1)}`);
}

function studentFolder(path: string): string {
  const folder = resolve(path);
  for (const candidate of [folder, join(folder, 'student')]) {
    if (existsSync(join(candidate, CHECKPOINT_FILES.weights))) return candidate;
  }
  throw new FileSystemError('validate/no-student', `There is no student in ${folder}`, {
    where: folder,
    expected: `a folder with ${CHECKPOINT_FILES.config} and ${CHECKPOINT_FILES.weights}`,
    hint: 'Give the folder of a student, or of a run that made one.',
  });
}

function hashOf(folder: string): string {
  const weights = sha256(readFileSync(join(folder, CHECKPOINT_FILES.weights)));
  return sha256(`${readTextFile(join(folder, CHECKPOINT_FILES.config))}\n${weights}`);
}

/** The student with everything in float64: slow, for single structures. */
function inFloat64(student: Student): Calculator {
  return {
    name: 'float64',
    properties: ['energy', 'energies', 'forces', 'stress'],
    calculate: (atoms) => referenceResults(student, atoms),
    dispose: () => undefined,
  };
}

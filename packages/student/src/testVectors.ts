import { join } from 'node:path';
import { type Atoms, type Calculator, createAtoms, readTextFile } from '@mlffd/core';

import { StudentCalculator } from './calculator.ts';
import type { Backend, StudentCalculatorOptions } from './calculatorOptions.ts';
import { CHECKPOINT_FILES } from './checkpointFiles.ts';
import { fusedObstacle } from './fused/support.ts';
import { loadStudent, readModelFile } from './loadStudent.ts';
import { type Student, trainedElements } from './student.ts';
import { decodeTestVectors, type TestVector, type TestVectors } from './testVectorFile.ts';

export type { TestVector, TestVectors } from './testVectorFile.ts';

/** Distance of neighbours in the default test structure, Angstrom. */
const SPACING = 2.3;
/** Most elements in the default test structures. */
const MOST_ELEMENTS = 8;

/** Charges and numbers of unpaired electrons of the test structures of students that know them. */
const CHARGES = [1, -2];
const SPINS = [1];

/**
 * Isolated atoms, and a periodic box of eight atoms that holds every element in turn: neutral, and with
 * the charges and spins that the student knows.
 */
function defaultStructures(student: Student): Atoms[] {
  const elements = trainedElements(student.baseline).slice(0, MOST_ELEMENTS);
  if (elements.length === 0) return [];
  const corners = Array.from({ length: 8 }, (_, k) => [k & 1, (k >> 1) & 1, k >> 2]);
  // Displaced by a fixed pattern: on lattice points all forces would vanish.
  const positions = corners.map((corner, k) =>
    corner.map((n, axis) => SPACING * n + 0.2 * Math.sin(2 * k + 3 * axis)),
  );
  const box = createAtoms({
    numbers: corners.map((_, k) => elements[k % elements.length]),
    positions,
    cell: [2 * SPACING, 2 * SPACING, 2 * SPACING],
    pbc: true,
  });
  const atoms = elements.map((z) => createAtoms({ numbers: [z], positions: [[0, 0, 0]] }));
  const charged = student.config.charge === true ? CHARGES : [];
  const open = student.config.spin === true ? SPINS : [];
  return [
    ...atoms,
    box,
    ...charged.map((charge) => ({ ...box, charge })),
    ...open.map((spin) => ({ ...box, spin })),
  ];
}

/** Computes the test vectors of a student, by default of small structures of its elements. */
export async function computeTestVectors(
  student: Student,
  structures: readonly Atoms[] = defaultStructures(student),
): Promise<TestVectors> {
  const calculator = await StudentCalculator.fromStudent(student);
  try {
    const vectors: TestVector[] = [];
    for (const atoms of structures) vectors.push(await computeVector(calculator, atoms));
    return { units: 'eV, Angstrom; stress in eV/Angstrom^3, xx yy zz yz xz xy', vectors };
  } finally {
    await calculator.dispose();
  }
}

async function computeVector(calculator: Calculator, atoms: Atoms): Promise<TestVector> {
  const periodic = atoms.pbc.every(Boolean);
  const { energy, forces, stress } = await calculator.calculate(
    atoms,
    periodic ? ['energy', 'forces', 'stress'] : ['energy', 'forces'],
  );
  return {
    numbers: [...atoms.numbers],
    positions: [...atoms.positions],
    cell: [...atoms.cell],
    pbc: [...atoms.pbc],
    ...(atoms.charge === undefined ? {} : { charge: atoms.charge }),
    ...(atoms.spin === undefined ? {} : { spin: atoms.spin }),
    energy: energy ?? NaN,
    forces: [...(forces ?? [])],
    ...(stress === undefined ? {} : { stress: [...stress] }),
  };
}

/** Largest deviation from the stored values that another machine's rounding explains. */
export const VERIFY_TOLERANCES = {
  /** eV/atom */
  energy: 1e-5,
  /** eV/Angstrom, and relative to the largest force component. */
  forces: 1e-4,
  /** eV/Angstrom^3 */
  stress: 1e-5,
} as const;

/** How far one way to compute a student is from its test vectors at most. */
export interface Deviation {
  readonly ok: boolean;
  /** eV/atom */
  readonly energyError: number;
  /** eV/Angstrom */
  readonly forceError: number;
  /** eV/Angstrom^3 */
  readonly stressError: number;
}

/** A back end that computes the weights, or the model of the folder. */
export type VerifiedWay = Backend | 'model.onnx';

/** What `verifyStudent` found: the largest deviations over all test vectors and ways to compute them. */
export interface StudentVerification extends Deviation {
  readonly vectors: number;
  /** Each way by itself: the back ends that serve the student, and the model of the folder. */
  readonly ways: Readonly<Partial<Record<VerifiedWay, Deviation>>>;
}

/**
 * Recomputes the test vectors of a checkpoint folder and compares: from the weights with every back end
 * that serves the student, and with its `model.onnx`.
 *
 * @throws as `loadStudent`; FileFormatError for test vectors that cannot be read
 */
export async function verifyStudent(folder: string): Promise<StudentVerification> {
  const student = loadStudent(folder);
  const { vectors } = readTestVectors(folder);
  const options: [VerifiedWay, StudentCalculatorOptions][] = [
    ['onnx', { backend: 'onnx' }],
    ['model.onnx', { backend: 'onnx', model: readModelFile(folder) }],
  ];
  if (fusedObstacle(student.config) === undefined) options.push(['fused', { backend: 'fused' }]);
  const ways: Partial<Record<VerifiedWay, Deviation>> = {};
  for (const [way, choice] of options) {
    const calculator = await StudentCalculator.fromStudent(student, choice);
    try {
      ways[way] = await compareWithVectors(calculator, vectors);
    } finally {
      await calculator.dispose();
    }
  }
  const all = Object.values(ways);
  return {
    ok: all.every(({ ok }) => ok),
    vectors: vectors.length,
    energyError: Math.max(...all.map(({ energyError }) => energyError)),
    forceError: Math.max(...all.map(({ forceError }) => forceError)),
    stressError: Math.max(...all.map(({ stressError }) => stressError)),
    ways,
  };
}

/** How far a calculator is from test vectors. */
export async function compareWithVectors(
  calculator: Calculator,
  vectors: readonly TestVector[],
): Promise<Deviation> {
  const worst = { energy: 0, forces: 0, stress: 0, relative: 0 };
  for (const expected of vectors) {
    const found = await computeVector(calculator, createAtoms({ ...expected }));
    const size = expected.numbers.length;
    const largest = expected.forces.reduce((max, f) => Math.max(max, Math.abs(f)), 1);
    const force = largestDifference(found.forces, expected.forces);
    worst.energy = Math.max(worst.energy, Math.abs(found.energy - expected.energy) / size);
    worst.forces = Math.max(worst.forces, force);
    worst.relative = Math.max(worst.relative, force / largest);
    const stress = largestDifference(found.stress ?? [], expected.stress ?? []);
    worst.stress = Math.max(worst.stress, stress);
  }
  return {
    ok:
      worst.energy <= VERIFY_TOLERANCES.energy &&
      worst.relative <= VERIFY_TOLERANCES.forces &&
      worst.stress <= VERIFY_TOLERANCES.stress,
    energyError: worst.energy,
    forceError: worst.forces,
    stressError: worst.stress,
  };
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((max, value, k) => Math.max(max, Math.abs(value - b[k])), 0);
}

function readTestVectors(folder: string): TestVectors {
  const path = join(folder, CHECKPOINT_FILES.testVectors);
  return decodeTestVectors(readTextFile(path), path);
}

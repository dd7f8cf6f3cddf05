import { join } from 'node:path';
import { type Atoms, createAtoms, readTextFile } from '@mlffd/core';
import { StudentCalculator } from './calculator.ts';
import { CHECKPOINT_FILES } from './checkpointFiles.ts';
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

async function computeVector(calculator: StudentCalculator, atoms: Atoms): Promise<TestVector> {
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

/** What `verifyStudent` found: the largest deviations over all test vectors. */
export interface StudentVerification {
  readonly ok: boolean;
  readonly vectors: number;
  /** eV/atom */
  readonly energyError: number;
  /** eV/Angstrom */
  readonly forceError: number;
  /** eV/Angstrom^3 */
  readonly stressError: number;
}

/**
 * Recomputes the test vectors of a checkpoint folder, once from the weights and once with its
 * `model.onnx`, and compares.
 *
 * @throws as `loadStudent`; FileFormatError for test vectors that cannot be read
 */
export async function verifyStudent(folder: string): Promise<StudentVerification> {
  const student = loadStudent(folder);
  const { vectors } = readTestVectors(folder);
  const worst = { energy: 0, forces: 0, stress: 0, relative: 0 };
  for (const options of [{}, { model: readModelFile(folder) }]) {
    const calculator = await StudentCalculator.fromStudent(student, options);
    try {
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
    } finally {
      await calculator.dispose();
    }
  }
  return {
    ok:
      worst.energy <= VERIFY_TOLERANCES.energy &&
      worst.relative <= VERIFY_TOLERANCES.forces &&
      worst.stress <= VERIFY_TOLERANCES.stress,
    vectors: vectors.length,
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

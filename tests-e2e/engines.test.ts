import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Atoms, Property, Results } from '@mlffd/core';
import { runMd, velocityVerlet } from '@mlffd/md';
import { pythonPeer } from '@mlffd/peers';
import { StudentCalculator } from '@mlffd/student';
import {
  crystal,
  engineAnswers,
  makeStudent,
  molecule,
  type MovingStructure,
  writeInputs,
} from './support/engineChecks.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';

/** 50 fs. */
const STEPS = 100;
const TIMESTEP = 0.5;
/** Relative: two back ends in float32 with sums in another order. */
const FLOAT32 = 1e-5;
/** Angstrom after 100 steps: errors of forces add up, and grow with the motion. */
const TRAJECTORY = 1e-5;
/** eV, of all atoms: float32 of what the network adds to the reference energies. */
const ENERGY = 5e-6;
/** eV over 100 steps, in which eV are exchanged: hydrogen that collides, in steps of 0.5 fs. */
const CONSERVED = 5e-3;
/** Relative: a difference of float32 energies over 0.2 % of strain. */
const STRAIN = 5e-4;

interface Dynamics {
  readonly positions: number[][];
  readonly totals: number[];
}
interface Answer extends Dynamics {
  readonly energy: number;
  readonly forces: number[][];
}
interface Boxed {
  readonly energy: number;
  readonly direct: number;
  readonly change: number;
}
interface LammpsAnswers {
  readonly example: { readonly positions: number[][] };
  readonly script: {
    readonly code: number;
    readonly energy: number;
    readonly positions: number[][];
  };
  readonly strain: { readonly printed: number; readonly strain: number };
  readonly minimised: { readonly before: number; readonly after: number };
  readonly barostat: Boxed;
  readonly faults: Readonly<Record<string, unknown>>;
  readonly crystal: Answer & { readonly stress: number[]; readonly energies: number[] };
  readonly molecule: Answer & { readonly energies: number[] };
}
interface OpenmmAnswers {
  readonly example: number;
  readonly ase: { readonly energy: number; readonly forces: number[][]; readonly stress: number[] };
  readonly copies: number[];
  readonly cpu: number[][];
  readonly strain: number;
  readonly barostats: Boxed[];
  readonly particles: { readonly energy: number; readonly forces: number };
  readonly faults: Readonly<Record<string, string>>;
  readonly crystal: Answer;
  readonly molecule: Answer;
}
interface Expected {
  readonly structure: MovingStructure;
  readonly results: Required<Omit<Results, 'stress'>> & Results;
  readonly end: Atoms;
  readonly energy: number;
  readonly totals: readonly number[];
}

const folder = temporaryFolder();
const peer = pythonPeer('reference');
const withPeer = peer.skip === undefined ? describe : describe.skip;
const structures = { crystal: crystal(), molecule: molecule() };
const ours: Record<string, Expected> = {};
let lammps: LammpsAnswers;
let openmm: OpenmmAnswers;

/** What the student and 100 steps with it are in TypeScript. */
async function expectedOf(structure: MovingStructure): Promise<Expected> {
  const calculator = await StudentCalculator.load(join(folder(), 'student'), { backend: 'fused' });
  const { atoms } = structure;
  const properties: Property[] = ['energy', 'energies', 'forces'];
  if (atoms.pbc[0]) properties.push('stress');
  const results = await calculator.calculate(atoms, properties);
  const totals: number[] = [];
  const { frame } = await runMd({
    ...structure,
    calculator,
    integrator: velocityVerlet({ timestep: TIMESTEP }),
    steps: STEPS,
    stride: 10,
    initialFrame: false,
    onFrame: ({ total }) => void totals.push(total),
  });
  await calculator.dispose();
  return {
    structure,
    results: results as Expected['results'],
    end: frame.atoms,
    energy: frame.energy,
    totals,
  };
}

beforeAll(async () => {
  await makeStudent(join(folder(), 'student'));
  writeInputs(folder(), structures, { steps: STEPS, timestep: TIMESTEP });
  const ask = async (engine: string): Promise<unknown> =>
    peer.python === undefined ? undefined : engineAnswers(peer.python, engine, folder());
  // The engines work while we do.
  const asked = Promise.all([ask('lammps'), ask('openmm')]);
  for (const [name, structure] of Object.entries(structures)) {
    ours[name] = await expectedOf(structure);
  }
  [lammps, openmm] = (await asked) as [LammpsAnswers, OpenmmAnswers];
});

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Largest difference, of the largest value that is expected. */
function difference(found: readonly number[], expected: ArrayLike<number>): number {
  expect(found).toHaveLength(expected.length);
  return largest(found.map((value, k) => value - expected[k])) / largest(expected);
}

/** Largest distance along an axis between the same atoms, which may be whole cells apart. */
function distance(found: readonly number[][], { positions, cell, pbc }: Atoms): number {
  expect(found).toHaveLength(positions.length / 3);
  const apart = found.flatMap((row, i) => {
    const d = row.map((x, c) => x - positions[3 * i + c]);
    // The cell is lower triangular.
    for (const axis of pbc[0] ? [2, 1, 0] : []) {
      const turns = Math.round(d[axis] / cell[4 * axis]);
      for (let c = 0; c < 3; c++) d[c] -= turns * cell[3 * axis + c];
    }
    return d;
  });
  return largest(apart);
}

function expectSame(found: Answer, { results, end, totals }: Expected): void {
  expect(Math.abs(found.energy - results.energy)).toBeLessThan(ENERGY);
  expect(difference(found.forces.flat(), results.forces)).toBeLessThan(FLOAT32);
  expectSameDynamics(found, { end, totals });
}

function expectSameDynamics(
  found: Dynamics,
  { end, totals }: Pick<Expected, 'end' | 'totals'>,
): void {
  expect(distance(found.positions, end)).toBeLessThan(TRAJECTORY);
  expect(found.totals).toHaveLength(totals.length);
  expect(largest(found.totals.map((total, k) => total - totals[k]))).toBeLessThan(ENERGY);
  expect(Math.max(...found.totals) - Math.min(...found.totals)).toBeLessThan(CONSERVED);
}

/** -tr(stress) / 3. */
const pressureOf = ({ stress = new Float64Array(6) }: Results): number =>
  -(stress[0] + stress[1] + stress[2]) / 3;

function expectStudentInBox({ energy, direct, change }: Boxed): void {
  expect(Math.abs(energy - direct)).toBeLessThan(ENERGY);
  expect(change).toBeGreaterThan(1e-3);
}

test('the dynamics to compare moves the atoms, whose forces are of the usual size', () => {
  for (const { structure, end, results } of Object.values(ours)) {
    expect(distance(rows(end.positions), structure.atoms)).toBeGreaterThan(0.1);
    expect(largest(results.forces)).toBeGreaterThan(0.3);
  }
});

function rows(values: Float64Array): number[][] {
  return Array.from({ length: values.length / 3 }, (_, i) => [
    ...values.subarray(3 * i, 3 * i + 3),
  ]);
}

withPeer('LAMMPS', () => {
  test('energy, energies of atoms, forces and 100 steps are ours, periodic and open', () => {
    for (const name of ['crystal', 'molecule'] as const) {
      expectSame(lammps[name], ours[name]);
      expect(difference(lammps[name].energies, ours[name].results.energies)).toBeLessThan(FLOAT32);
    }
  });

  test('the pressure tensor is that of our stress, and the pressure that of strain', () => {
    const { results } = ours.crystal;
    expect(difference(lammps.crystal.stress, results.stress!)).toBeLessThan(FLOAT32);
    const { printed, strain } = lammps.strain;
    expect(difference([printed], [pressureOf(results)])).toBeLessThan(FLOAT32);
    expect(difference([strain], [printed])).toBeLessThan(STRAIN);
  });

  test('the examples, of them a script in units real, end where we end', () => {
    expect(distance(lammps.example.positions, ours.crystal.end)).toBeLessThan(TRAJECTORY);
    expect(lammps.script.code).toBe(0);
    expect(distance(lammps.script.positions, ours.crystal.end)).toBeLessThan(TRAJECTORY);
    expect(Math.abs(lammps.script.energy - ours.crystal.energy)).toBeLessThan(ENERGY);
  });

  test('minimisers see the energy, barostats the virial', () => {
    expect(lammps.minimised.after).toBeLessThan(lammps.minimised.before - 0.01);
    expectStudentInBox(lammps.barostat);
  });

  test('faults end the run with what went wrong, and nothing after it is executed', () => {
    const { faults } = lammps;
    expect(faults).toMatchObject({
      'no box': expect.stringContaining('student/lammps-no-box') as unknown,
      units: expect.stringMatching(
        /units lj[\s\S]*units metal[\s\S]*student\/lammps-units/,
      ) as unknown,
      types: expect.stringContaining('atom types 1 to 2') as unknown,
      element: expect.stringContaining('not trained for Br (atom type 2)') as unknown,
      'in a run': expect.stringMatching(/at one place[\s\S]*step 2 of LAMMPS/) as unknown,
      minimize: expect.stringContaining('at one place') as unknown,
      'ran after it': false,
      interrupted: expect.stringMatching(/^KeyboardInterrupt/) as unknown,
      lost: expect.stringMatching(/LAMMPS lost 1 of 2 atoms[\s\S]*step \d+ of LAMMPS/) as unknown,
      script: 1,
    });
    expect(faults['went on after it']).toBeGreaterThan(2);
    expect(faults['interrupted at']).toBeLessThan(5);
  });
});

withPeer('OpenMM', () => {
  test('energy, forces and 100 steps are ours, periodic and open', () => {
    for (const name of ['crystal', 'molecule'] as const) expectSame(openmm[name], ours[name]);
    expect(difference(openmm.cpu.flat(), ours.crystal.results.forces)).toBeLessThan(FLOAT32);
  });

  test('boxes: the pressure by strain is that of our stress, barostats change energies rightly', () => {
    expect(difference([openmm.strain], [pressureOf(ours.crystal.results)])).toBeLessThan(STRAIN);
    for (const barostat of openmm.barostats) expectStudentInBox(barostat);
  });

  test('copies and serialized systems keep the student; the example runs', () => {
    for (const energy of openmm.copies) {
      expect(Math.abs(energy - ours.crystal.results.energy)).toBeLessThan(ENERGY);
    }
    expect(openmm.example).toBe(20);
  });

  test('a student on some particles sees and moves only these', () => {
    expect(largest(Object.values(openmm.particles))).toBeLessThan(FLOAT32);
  });

  test('faults are errors with what went wrong', () => {
    expect(openmm.faults).toMatchObject({
      'in a step': expect.stringMatching(/^OpenMMException[\s\S]*at one place/) as unknown,
      count: expect.stringContaining('made for 2 particles, not 3') as unknown,
      element: expect.stringContaining('not trained for Br (atom 1)') as unknown,
      'no element': expect.stringContaining('no element (atom 1)') as unknown,
      particles: expect.stringContaining('student/openmm-particles') as unknown,
    });
  });

  test('the example with ASE gives our energy, forces and stress', () => {
    const { results } = ours.crystal;
    expect(Math.abs(openmm.ase.energy - results.energy)).toBeLessThan(ENERGY);
    expect(difference(openmm.ase.forces.flat(), results.forces)).toBeLessThan(FLOAT32);
    expect(difference(openmm.ase.stress, results.stress!)).toBeLessThan(FLOAT32);
  });
});

import { describe, expect, test } from '@jest/globals';
import {
  createAtoms,
  InvalidArgumentError,
  KB,
  PropertyNotAvailableError,
  type Results,
  volume,
} from '@mlffd/core';
import { initialVelocities, mtk, runMd, type MtkOptions } from '../src/index.ts';
import { ASE, expectStepsOfAse } from './aseThermostats.ts';
import { expectBitExactRestart } from './continuation.ts';
import { expectCanonical, expectMoments, sampleRun, TEMPERATURE } from './ensembles.ts';
import { breathingCrystal, gasOf, idealGas, periodicLennardJones } from './periodicPotentials.ts';
import { argonCluster, argonCrystal, smoothLennardJones } from './potentials.ts';

const KT = KB * TEMPERATURE;
/** eV/Angstrom^3. */
const PRESSURE = 0.02;

const options: MtkOptions = {
  timestep: 4,
  temperature: TEMPERATURE,
  timeConstant: 60,
  pressure: PRESSURE,
  pressureTimeConstant: 200,
};

/** For solid argon. */
const gentle = { ...options, temperature: 40, pressure: 0.002, pressureTimeConstant: 800 };

test('the potential of the comparison with ASE has its stress', async () => {
  const [{ frames }] = ASE.mtk;
  const atoms = createAtoms({
    numbers: ASE.numbers,
    positions: frames[0].positions,
    cell: frames[0].cell,
    pbc: true,
  });
  const { stress } = await periodicLennardJones(ASE).calculate(atoms, ['stress']);
  ASE.stress.forEach((value, k) => {
    expect(Math.abs(stress![k] - value)).toBeLessThan(1e-14);
  });
});

test.each(ASE.mtk)(
  'steps are those of ASE, chains of $chainLength and $pressureChainLength, $substeps substeps',
  async ({ frames, chainLength, pressureChainLength, substeps }) => {
    const { timestep, temperature, timeConstant, pressure, pressureTimeConstant } = ASE;
    const integrator = mtk({
      timestep,
      temperature,
      timeConstant,
      pressure,
      pressureTimeConstant,
      chainLength,
      pressureChainLength,
      substeps,
    });
    await expectStepsOfAse(integrator, frames);
  },
);

describe('ideal gas: V^N exp(-P V/kT), mean (N + 1) kT/P, variance (N + 1) (kT/P)^2', () => {
  const count = 4;
  const atoms = gasOf(count, 6);

  // The centre of mass at rest, its pressure added; or moving, as one more particle.
  test.each([
    [4, 3 * count - 3],
    [4, 3 * count],
    [10, 3 * count - 3],
  ])('time step %p fs, %p degrees of freedom', async (timestep, ndof) => {
    const { kinetic, volumes } = await sampleRun({
      calculator: idealGas(),
      atoms,
      velocities: initialVelocities(atoms, {
        temperature: TEMPERATURE,
        seed: 3,
        removeDrift: ndof < 3 * count,
      }),
      ndof,
      integrator: mtk({ ...options, timestep }),
      steps: 50_000,
    });
    const mean = ((count + 1) * KT) / PRESSURE;
    // N instead of N + 1 would be a fifth less.
    expectMoments(
      volumes,
      { mean, variance: mean ** 2 / (count + 1) },
      { mean: 0.05, variance: 0.4 },
    );
    expectCanonical(kinetic, ndof, { mean: 0.05, variance: 0.3 });
  });
});

describe('crystal of known bulk modulus: mean V_0 (1 - P/B), variance kT V_0/B', () => {
  const count = 8;
  const atoms = gasOf(count, 5.5);
  const bulkModulus = 0.05;
  const pressure = 0.002;

  test.each([4, 8])('time step %p fs', async (timestep) => {
    const { kinetic, volumes } = await sampleRun({
      calculator: breathingCrystal(atoms, { stiffness: 0.5, bulkModulus }),
      atoms,
      velocities: initialVelocities(atoms, {
        temperature: TEMPERATURE,
        seed: 3,
        removeDrift: false,
      }),
      ndof: 3 * count,
      integrator: mtk({ ...options, timestep, pressure, pressureTimeConstant: 300 }),
      steps: 50_000,
    });
    expectMoments(
      volumes,
      {
        mean: volume(atoms) * (1 - pressure / bulkModulus),
        variance: (KT * volume(atoms)) / bulkModulus,
      },
      // The pressure takes 4 % of the volume.
      { mean: 0.02, variance: 0.4 },
    );
    expectCanonical(kinetic, 3 * count, { mean: 0.05, variance: 0.3 });
  });
});

test('comes back to where it started when all velocities are turned round', async () => {
  const calculator = periodicLennardJones();
  const atoms = argonCrystal();
  const integrator = mtk({
    ...options,
    temperature: 40,
    pressure: 0.01,
    pressureTimeConstant: 300,
  });
  const { restart } = await runMd({
    calculator,
    atoms,
    temperature: 60,
    seed: 3,
    integrator,
    steps: 40,
  });
  const state = restart.extended!;
  expect(state).toHaveLength(14);
  // Far enough away: the cell has shrunk by more than a hundredth.
  expect(restart.atoms.cell[0] / atoms.cell[0]).toBeLessThan(0.99);
  // Stretch and its momentum, then positions and momenta of both chains.
  const isMomentum = (k: number): boolean => k === 1 || (k >= 5 && k < 8) || k >= 11;
  const back = await runMd({
    calculator,
    integrator,
    resume: {
      ...restart,
      velocities: restart.velocities.map((v) => -v),
      extended: state.map((value, k) => (isMomentum(k) ? -value : value)),
    },
    steps: 80,
  });
  const end = back.restart;
  const way = [
    ...end.atoms.positions.map((x, k) => Math.abs(x - atoms.positions[k])),
    ...end.atoms.cell.map((x, k) => Math.abs(x - atoms.cell[k])),
    ...end.extended!.map(Math.abs),
  ];
  // Rounding errors of 80 steps.
  expect(Math.max(...way)).toBeLessThan(1e-10);
});

test('goes on bit for bit from a restart, cell and chains included', async () => {
  const integrator = mtk({ ...gentle, pressureChainLength: 2 });
  await expectBitExactRestart(integrator, [1, 7, 8, 23]);
});

test('frames have the stress without asking, and their own cell', async () => {
  const cells: number[] = [];
  const { frame, restart } = await runMd({
    calculator: periodicLennardJones(),
    atoms: argonCrystal(),
    temperature: 40,
    seed: 1,
    integrator: mtk(gentle),
    steps: 5,
    onFrame: ({ atoms, stress }) => {
      cells.push(atoms.cell[0]);
      expect(stress).toHaveLength(6);
    },
  });
  expect(new Set(cells).size).toBe(6);
  expect(frame.stress).toEqual(restart.stress);
});

describe('mtk refuses', () => {
  test.each([
    { timestep: 0 },
    { temperature: 0 },
    { timeConstant: NaN },
    { pressure: Infinity },
    { pressureTimeConstant: 0 },
    { pressureChainLength: 0 },
  ])('%p', (wrong) => {
    expect(() => mtk({ ...options, ...wrong })).toThrow(InvalidArgumentError);
  });

  const run = {
    atoms: argonCrystal(),
    temperature: 40,
    seed: 1,
    steps: 3,
    integrator: mtk(options),
  };

  test('a calculator without stress', async () => {
    const calculator = smoothLennardJones();
    await expect(runMd({ ...run, calculator })).rejects.toBeInstanceOf(PropertyNotAvailableError);
  });

  test('an answer without the stress, or a stress that is not finite', async () => {
    const inner = periodicLennardJones();
    const answering = (stress: Float64Array | undefined): typeof inner => ({
      ...inner,
      calculate(atoms, properties): Results {
        const { energy, forces } = inner.calculate(atoms, properties) as Results;
        return { energy: energy!, forces: forces!, ...(stress === undefined ? {} : { stress }) };
      },
    });
    for (const stress of [undefined, new Float64Array(9)]) {
      await expect(runMd({ ...run, calculator: answering(stress) })).rejects.toMatchObject({
        code: 'md/missing-result',
      });
    }
    const broken = answering(new Float64Array(6).fill(NaN));
    await expect(runMd({ ...run, calculator: broken })).rejects.toMatchObject({
      code: 'md/non-finite',
      found: 'stress NaN eV/A^3, component 0',
    });
  });

  test('a structure without a periodic cell', async () => {
    const calculator = periodicLennardJones();
    const open = { ...run, atoms: argonCluster(), calculator };
    await expect(runMd(open)).rejects.toThrow(/needs a periodic structure/);
    const slab = { ...argonCrystal(), pbc: [true, true, false] as const };
    await expect(runMd({ ...run, atoms: slab, calculator })).rejects.toBeInstanceOf(
      InvalidArgumentError,
    );
  });

  test('to go on when the cell runs away', async () => {
    const unstable = mtk({ ...options, timestep: 20, pressureTimeConstant: 20 });
    const calculator = periodicLennardJones();
    await expect(
      runMd({ ...run, calculator, integrator: unstable, steps: 50 }),
    ).rejects.toMatchObject({ code: 'md/unstable-cell' });
  });

  test('fixed atoms', async () => {
    const calculator = periodicLennardJones();
    await expect(runMd({ ...run, calculator, fixed: [3] })).rejects.toThrow(/move the fixed atoms/);
  });
});

import { describe, expect, test } from '@jest/globals';
import { createAtoms, InvalidArgumentError, KB, PropertyNotAvailableError } from '@mlffd/core';
import type { Atoms, Calculator } from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import {
  bussi,
  langevin,
  mtk,
  noseHooverChain,
  respa,
  runMd,
  Simulation,
  velocityVerlet,
  type Integrator,
  type MdFrame,
  type MdRestart,
} from '../src/index.ts';
import { expectBitExactRestart } from './continuation.ts';
import { expectMean } from './ensembles.ts';
import {
  argonCluster,
  later,
  openLennardJones,
  smoothLennardJones,
  springs,
} from './potentials.ts';

/** Sums in another order: 100 steps leave 1e-13 on positions of up to 10 A. */
const ROUNDING = 1e-10;

const teacher = openLennardJones();
/** A tenth too weak and a bit too small. */
const student = openLennardJones({ epsilon: 0.0094, sigma: 3.38 });
const START = { atoms: argonCluster(), temperature: 20, seed: 3 };

function nve(timestep: number, substeps: number, calculator = student): Integrator {
  return respa({
    calculator,
    integrator: velocityVerlet({ timestep: timestep / substeps }),
    substeps,
  });
}

async function framesOf(
  integrator: Integrator,
  steps: number,
  calculator: Calculator = teacher,
): Promise<MdFrame[]> {
  const frames: MdFrame[] = [];
  await runMd({
    ...START,
    calculator,
    integrator,
    steps,
    onFrame: (frame) => void frames.push(frame),
  });
  return frames;
}

const worst = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, value, k) => Math.max(most, Math.abs(value - b[k])), 0);

function expectSame(found: readonly MdFrame[], expected: readonly MdFrame[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((frame, k) => {
    expect(worst(frame.atoms.positions, expected[k].atoms.positions)).toBeLessThan(ROUNDING);
    expect(worst(frame.velocities, expected[k].velocities)).toBeLessThan(ROUNDING);
    expect(frame.time).toBeCloseTo(expected[k].time, 9);
    expect(Math.abs(frame.conserved - expected[k].conserved)).toBeLessThan(ROUNDING);
  });
}

describe('constant energy', () => {
  test('one inner step is velocity Verlet with the teacher', async () => {
    expectSame(
      await framesOf(nve(4, 1), 100),
      await framesOf(velocityVerlet({ timestep: 4 }), 100),
    );
  });

  test('a student that is the teacher leaves the inner steps', async () => {
    const fine = await framesOf(velocityVerlet({ timestep: 2 }), 100);
    const found = await framesOf(nve(10, 5, teacher), 20);
    expectSame(
      found,
      fine.filter(({ step }) => step % 5 === 0),
    );
  });

  test('frames are the teacher’s, which is called once for each', async () => {
    let calls = 0;
    let cheap = 0;
    const counted = (calculator: Calculator, count: () => void): Calculator => ({
      ...calculator,
      calculate: (atoms, properties) => {
        count();
        return calculator.calculate(atoms, properties);
      },
    });
    const [frame] = (
      await framesOf(
        nve(
          8,
          4,
          counted(student, () => (cheap += 1)),
        ),
        10,
        counted(teacher, () => (calls += 1)),
      )
    ).slice(-1);
    expect([calls, cheap]).toEqual([11, 41]);
    const { energy, forces } = teacher.calculate(frame.atoms, ['energy', 'forces']) as {
      energy: number;
      forces: Float64Array;
    };
    expect(frame.energy).toBe(energy);
    expect(frame.forces).toEqual(forces);
    expect(frame.time).toBe(80);
  });

  test('comes back to where it started when velocities are turned round', async () => {
    const there = await runMd({
      ...START,
      calculator: teacher,
      integrator: nve(12, 4),
      steps: 200,
    });
    const back = await runMd({
      calculator: teacher,
      atoms: there.frame.atoms,
      velocities: there.frame.velocities.map((v) => -v),
      integrator: nve(12, 4),
      steps: 200,
    });
    expect(worst(there.frame.atoms.positions, START.atoms.positions)).toBeGreaterThan(0.1);
    expect(worst(back.frame.atoms.positions, START.atoms.positions)).toBeLessThan(ROUNDING);
  });

  test('the error of the energy goes with the square of the outer step', async () => {
    // The inner step is so short that its own error does not count.
    const spread = async (timestep: number): Promise<number> => {
      const frames = await framesOf(nve(timestep, timestep), 960 / timestep);
      const energies = frames.map(({ conserved }) => conserved);
      return Math.max(...energies) - Math.min(...energies);
    };
    const [coarse, fine] = [await spread(32), await spread(16)];
    expect(coarse / fine).toBeGreaterThan(3.5);
    expect(coarse / fine).toBeLessThan(4.5);
    // The student alone, judged by the teacher's energy, does not conserve it.
    let lowest = Infinity;
    let highest = -Infinity;
    await runMd({
      ...START,
      calculator: student,
      integrator: velocityVerlet({ timestep: 4 }),
      steps: 240,
      onFrame: ({ atoms, kinetic }) => {
        const { energy = NaN } = teacher.calculate(atoms, ['energy']) as { energy?: number };
        lowest = Math.min(lowest, energy + kinetic);
        highest = Math.max(highest, energy + kinetic);
      },
    });
    expect(highest - lowest).toBeGreaterThan(20 * coarse);
  });

  test('three levels: a student of the student inside', async () => {
    const rough = openLennardJones({ epsilon: 0.009, sigma: 3.35 });
    const inner = respa({
      calculator: rough,
      integrator: velocityVerlet({ timestep: 2 }),
      substeps: 2,
    });
    const frames = await framesOf(
      respa({ calculator: student, integrator: inner, substeps: 2 }),
      100,
    );
    const energies = frames.map(({ conserved }) => conserved);
    expect(frames.at(-1)?.time).toBe(800);
    const kinetic = frames.map((frame) => frame.kinetic);
    expect(Math.max(...energies) - Math.min(...energies)).toBeLessThan(
      0.02 * (Math.max(...kinetic) - Math.min(...kinetic)),
    );
  });

  test('answers that come later change nothing', async () => {
    const expected = await framesOf(nve(8, 4), 20);
    expect(await framesOf(nve(8, 4, later(student)), 20, later(teacher))).toEqual(expected);
    const simulation = new Simulation({ ...START, calculator: teacher, integrator: nve(8, 4) });
    simulation.advance(20);
    expect(simulation.frame().atoms).toEqual(expected[20].atoms);
    const late = new Simulation({
      ...START,
      calculator: teacher,
      integrator: nve(8, 4, later(student)),
    });
    expect(() => {
      late.advance();
    }).toThrow(expect.objectContaining({ code: 'md/asynchronous-calculator' }));
  });

  test('fixed atoms stay where they are', async () => {
    const { frame } = await runMd({
      ...START,
      fixed: [0, 5],
      calculator: teacher,
      integrator: nve(8, 4),
      steps: 50,
    });
    for (const atom of [0, 5]) {
      const at = ({ positions }: Atoms): Float64Array => positions.slice(3 * atom, 3 * atom + 3);
      expect(at(frame.atoms)).toEqual(at(START.atoms));
    }
  });
});

describe('constant temperature', () => {
  const TEMPERATURE = 300;
  const STIFFNESS = 0.5;
  const COUNT = 27;
  const sites = createAtoms({
    symbols: Array.from({ length: COUNT }, () => 'Ar'),
    positions: Array.from({ length: 3 * COUNT }, (_, k) => 5 * (k % 7)),
  });

  // The student's springs are softer: its own distribution is a quarter wider.
  test.each([
    [2, 12],
    [4, 24],
  ])('%p inner steps, %p fs: the variance is the teacher’s', async (substeps, timestep) => {
    const squares: number[] = [];
    const temperatures: number[] = [];
    await runMd({
      calculator: springs(sites.positions, STIFFNESS),
      atoms: sites,
      temperature: TEMPERATURE,
      seed: 9,
      integrator: respa({
        calculator: springs(sites.positions, 0.8 * STIFFNESS),
        integrator: langevin({
          timestep: timestep / substeps,
          temperature: TEMPERATURE,
          friction: 0.01,
          seed: 4,
          scheme: 'baoab',
        }),
        substeps,
      }),
      steps: 6000,
      stride: 4,
      onFrame: ({ energy, temperature, time }) => {
        if (time < 1000) return;
        // <x^2> k / (kB T) of the teacher: 1, and 1.25 for the student's springs.
        squares.push((2 * energy) / (3 * COUNT * KB * TEMPERATURE));
        temperatures.push(temperature / TEMPERATURE);
      },
    });
    // Error of second order, (w D)^2/4 = 0.017 at 24 fs of the whole frequency, of which a fifth splits.
    expectMean(squares, 1, { width: 0.1, bias: 0.01 });
    expectMean(temperatures, 1, { width: 0.1, bias: 0.01 });
  });

  test.each([
    [
      'BAOAB',
      (dt: number) =>
        langevin({ timestep: dt, temperature: 20, friction: 0.002, seed: 1, scheme: 'baoab' }),
    ],
    [
      'Langevin',
      (dt: number) => langevin({ timestep: dt, temperature: 20, friction: 0.002, seed: 1 }),
    ],
    ['Bussi', (dt: number) => bussi({ timestep: dt, temperature: 20, timeConstant: 500, seed: 1 })],
    [
      'Nose-Hoover',
      (dt: number) => noseHooverChain({ timestep: dt, temperature: 20, timeConstant: 200 }),
    ],
  ] as const)('%s inside: the conserved quantity is one', async (_, make) => {
    const spread = async (timestep: number): Promise<[number, number]> => {
      const integrator = respa({
        calculator: student,
        integrator: make(timestep / 4),
        substeps: 4,
      });
      const frames = await framesOf(integrator, 1920 / timestep);
      return [({ conserved }: MdFrame) => conserved, ({ total }: MdFrame) => total].map((pick) => {
        const values = frames.map(pick);
        return Math.max(...values) - Math.min(...values);
      }) as [number, number];
    };
    const [coarse, total] = await spread(16);
    const [fine] = await spread(8);
    expect(coarse).toBeLessThan(0.1 * total);
    // A quarter, and for a bath whose errors add up at random less of it.
    expect(fine).toBeLessThan(0.65 * coarse);
  });

  test('one inner step of BAOAB is BAOAB with the teacher', async () => {
    const bath = langevin({
      timestep: 4,
      temperature: 30,
      friction: 0.01,
      seed: 1,
      scheme: 'baoab',
    });
    const found = await framesOf(respa({ calculator: student, integrator: bath, substeps: 1 }), 50);
    expectSame(found, await framesOf(bath, 50));
  });
});

describe('restart', () => {
  const cheap = (): Calculator => smoothLennardJones({ epsilon: 0.0096 });
  test.each([
    ['velocity Verlet', velocityVerlet({ timestep: 2 })],
    ['BAOAB', langevin({ timestep: 2, temperature: 40, friction: 0.01, seed: 8, scheme: 'baoab' })],
    ['Nose-Hoover', noseHooverChain({ timestep: 2, temperature: 40, timeConstant: 50 })],
  ])('goes on bit for bit: %s', async (_, integrator) => {
    await expectBitExactRestart(
      respa({ calculator: cheap(), integrator, substeps: 3 }),
      [1, 2, 13],
    );
  });

  test.each([
    ['substeps', nve(8, 2)],
    ['inner.timestep', nve(4, 4)],
    ['inner.timestep', velocityVerlet({ timestep: 8 })],
  ])('of other steps is refused: %s', async (field, integrator) => {
    const { restart } = await runMd({
      ...START,
      calculator: teacher,
      integrator: nve(8, 4),
      steps: 3,
    });
    const resume: MdRestart = restart;
    const run = runMd({ calculator: teacher, integrator, resume, steps: 6 });
    await expect(run).rejects.toMatchObject({ code: 'md/restart-mismatch' });
    await expect(run).rejects.toThrow(field === 'substeps' ? /substeps/ : /inner\.|name|timestep/);
  });
});

describe('refused', () => {
  test('a barostat inside, no inner step', () => {
    const barostat = mtk({
      timestep: 2,
      temperature: 40,
      timeConstant: 50,
      pressure: 0,
      pressureTimeConstant: 500,
    });
    expect(() => respa({ calculator: student, integrator: barostat, substeps: 2 })).toThrow(
      InvalidArgumentError,
    );
    expect(() => nve(4, 0)).toThrow(InvalidArgumentError);
  });

  test('a cheap calculator without forces', () => {
    const calculator: Calculator = { ...student, properties: ['energy'] };
    expect(() => nve(4, 2, calculator)).toThrow(PropertyNotAvailableError);
  });

  test('a cheap calculator that breaks stops the run, with the frame', async () => {
    let calls = 0;
    const breaks = calculatorOf('breaks', (_, forces) => {
      calls += 1;
      if (calls === 10) forces[4] = NaN;
      return 0;
    });
    const run = runMd({ ...START, calculator: teacher, integrator: nve(8, 4, breaks), steps: 50 });
    await expect(run).rejects.toMatchObject({
      code: 'md/non-finite',
      where: 'inner step 9',
      found: 'a force that is not finite on atom 1',
      frame: expect.objectContaining({ step: 2 }),
    });
  });
});

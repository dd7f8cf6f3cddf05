import { describe, expect, it } from '@jest/globals';
import { AbortedError, type Atoms, createAtoms, Rng } from '@mlffd/core';
import type { UncertainCalculator } from '@mlffd/student';
import { inMemory, type LabelledStructure } from '@mlffd/train';
import { calibrate } from '../src/uncertainty/calibrate.ts';
import { coverage } from '../src/uncertainty/coverage.ts';
import type { UncertaintyEvent } from '../src/uncertainty/uncertaintyEvent.ts';

/** 400 energies: standard error of a root mean square 3.5 %, of a fraction 2.5 %; four of them. */
const ENERGY_SAMPLING = 0.14;
/** 9,600 components: 0.7 % and 0.5 %. */
const FORCE_SAMPLING = 0.03;

const COUNT = 400;
const SIZE = 8;

/** Sigma of a structure: from 0.1 to 1, and of its atom i ten times less, growing with i. */
const energySigma = (k: number): number => 0.1 + (0.9 * k) / COUNT;
const forceSigma = (k: number, i: number): number => (energySigma(k) / 10) * (1 + i);

function atomsOf(k: number): Atoms {
  const rng = new Rng(k, 'atoms');
  // The first coordinate says which structure it is.
  const positions = Float64Array.from({ length: 3 * SIZE }, () => rng.uniform());
  positions[0] = k;
  return createAtoms({ numbers: new Array<number>(SIZE).fill(6), positions });
}

/** Labels are normally distributed about zero with known standard deviations. */
const structures: readonly LabelledStructure[] = Array.from({ length: COUNT }, (_, k) => {
  const rng = new Rng(k, 'labels');
  return {
    atoms: atomsOf(k),
    energy: energySigma(k) * rng.normal(),
    forces: Float64Array.from(
      { length: 3 * SIZE },
      (_, c) => (forceSigma(k, Math.floor(c / 3)) / Math.sqrt(3)) * rng.normal(),
    ),
  };
});
const set = inMemory(structures);

/** Predicts zero; knows the standard deviation of the labels, up to factors. */
function zero(factors: { energy: number; forces: number }): UncertainCalculator {
  return {
    name: 'zero',
    properties: ['energy', 'forces'],
    calculate: () => ({ energy: 0, forces: new Float64Array(3 * SIZE) }),
    uncertainty: ({ positions: [k] }) =>
      Promise.resolve({
        energy: factors.energy * energySigma(k),
        forces: Float64Array.from({ length: SIZE }, (_, i) => factors.forces * forceSigma(k, i)),
      }),
    dispose: () => undefined,
  };
}

describe('coverage of uncertainties that are right', () => {
  it('lies on the diagonal, and warns of nothing', async () => {
    const {
      structures: count,
      energy,
      forces,
      warnings,
    } = await coverage(zero({ energy: 1, forces: 1 }), set);
    expect(count).toBe(COUNT);
    expect(warnings).toEqual([]);
    for (const [figures, tolerance] of [
      [energy!, ENERGY_SAMPLING],
      [forces!, FORCE_SAMPLING],
    ] as const) {
      expect(Math.abs(figures.rmsZ - 1)).toBeLessThan(tolerance);
      expect(Math.abs(figures.meanAbsZ - Math.sqrt(2 / Math.PI))).toBeLessThan(tolerance);
      expect(Math.abs(figures.rmse / figures.rmsSigma - 1)).toBeLessThan(tolerance);
      for (const { expected, observed } of figures.points) {
        expect(Math.abs(expected - observed)).toBeLessThan(tolerance);
      }
      expect(figures.points[0]).toEqual({ z: 0, expected: 0, observed: 0 });
      expect(figures.points).toHaveLength(31);
    }
    expect(energy!.count).toBe(COUNT);
    expect(forces!.count).toBe(3 * SIZE * COUNT);
  });

  it('finds that uncertain predictions are the wrong ones', async () => {
    const { energy, forces, samples } = await coverage(zero({ energy: 1, forces: 1 }), set);
    // An error is one draw: even a perfect sigma that varies tenfold has no more.
    expect(energy!.spearman).toBeGreaterThan(0.3);
    expect(forces!.spearman).toBeGreaterThan(0.6);
    expect(samples.forces.error).toHaveLength(SIZE * COUNT);
    const [first] = structures;
    expect(samples.forces.error[0]).toBeCloseTo(Math.hypot(...first.forces!.subarray(0, 3)), 12);
    expect(samples.forces.sigma[0]).toBeCloseTo(forceSigma(0, 0), 12);
  });
});

describe('coverage of uncertainties that are wrong', () => {
  it.each([
    [0.5, 'overconfident'],
    [2, 'underconfident'],
  ])('warns where they are %f times what they should be', async (factor, code) => {
    const { warnings } = await coverage(zero({ energy: factor, forces: 1 }), set);
    expect(warnings.map((warning) => warning.code)).toContain(code);
    expect(warnings[0].message).toContain('energies');
    expect(warnings.some(({ message }) => message.includes('forces'))).toBe(false);
  });

  it('warns where they say nothing, and where errors have tails', async () => {
    const constant: UncertainCalculator = {
      ...zero({ energy: 1, forces: 1 }),
      uncertainty: () => Promise.resolve({ energy: 0.6, forces: new Float64Array(SIZE).fill(0.3) }),
    };
    const tailed = structures.map((structure, k) => ({
      ...structure,
      energy: k % 20 === 0 ? 4 : 0.01,
    }));
    const { warnings, energy } = await coverage(constant, inMemory(tailed));
    const codes = warnings.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['shape', 'uninformative']));
    expect(energy!.spearman).toBeNaN();
  });

  it('warns of few structures, and of none with labels', async () => {
    const calculator = zero({ energy: 1, forces: 1 });
    const few = await coverage(calculator, set, { indices: [1, 2, 3] });
    expect(few.structures).toBe(3);
    expect(few.warnings.map(({ code }) => code)).toContain('few-structures');
    const bare = inMemory([{ atoms: atomsOf(0) }]);
    const none = await coverage(calculator, bare);
    expect(none.warnings.map(({ code }) => code)).toEqual(['no-labels']);
    expect(none.energy).toBeUndefined();
  });
});

describe('calibration', () => {
  it('finds the factors that make uncertainties right', async () => {
    const { energy, forces } = await calibrate(zero({ energy: 0.2, forces: 5 }), set);
    expect(Math.abs(energy * 0.2 - 1)).toBeLessThan(ENERGY_SAMPLING);
    expect(Math.abs(forces * 5 - 1)).toBeLessThan(FORCE_SAMPLING);
    // With them the mean square of z is 1.
    const after = await coverage(zero({ energy: energy * 0.2, forces: forces * 5 }), set);
    expect(after.energy!.rmsZ).toBeCloseTo(1, 9);
    expect(after.forces!.rmsZ).toBeCloseTo(1, 9);
  });

  it('leaves out atoms that have no force by symmetry', async () => {
    const symmetric: UncertainCalculator = {
      ...zero({ energy: 1, forces: 1 }),
      uncertainty: ({ positions: [k] }) =>
        Promise.resolve({
          energy: energySigma(k),
          // Rounding instead of zero, as float32 leaves it.
          forces: Float64Array.from({ length: SIZE }, (_, i) => (i < 4 ? 1e-9 : forceSigma(k, i))),
        }),
    };
    const { forces } = await calibrate(symmetric, set);
    expect(Math.abs(forces - 1)).toBeLessThan(FORCE_SAMPLING);
    const found = await coverage(symmetric, set);
    expect(found.fixedComponents).toBe(3 * 4 * COUNT);
  });

  it('gives a kind without labels the factor of the other', async () => {
    const energies = inMemory(structures.map(({ atoms, energy }) => ({ atoms, energy })));
    const { energy, forces } = await calibrate(zero({ energy: 0.5, forces: 1 }), energies);
    expect(forces).toBe(energy);
    await expect(
      calibrate(zero({ energy: 1, forces: 1 }), inMemory([{ atoms: atomsOf(0) }])),
    ).rejects.toMatchObject({ code: 'train/no-labels' });
  });

  it('names a structure whose label is no number', async () => {
    const broken = inMemory([structures[0], { atoms: atomsOf(1), energy: NaN }]);
    await expect(calibrate(zero({ energy: 1, forces: 1 }), broken)).rejects.toMatchObject({
      name: 'LabelError',
      where: 'structure 1',
    });
  });

  it('tells how far it is and stops when told to', async () => {
    const events: UncertaintyEvent[] = [];
    const calculator = zero({ energy: 1, forces: 1 });
    const options = { indices: [5, 6], onEvent: (event: UncertaintyEvent) => events.push(event) };
    await calibrate(calculator, set, options);
    expect(events).toEqual([
      { type: 'uncertainty', phase: 'calibrate', done: 1, total: 2 },
      { type: 'uncertainty', phase: 'calibrate', done: 2, total: 2 },
    ]);
    const signal = AbortSignal.abort();
    await expect(coverage(calculator, set, { signal })).rejects.toThrow(AbortedError);
  });
});

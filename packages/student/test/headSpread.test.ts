import { afterAll, describe, expect, test } from '@jest/globals';
import {
  type Atoms,
  createAtoms,
  neighborList,
  randomRotation,
  Rng,
  withPositions,
} from '@mlffd/core';
import { readoutWidth, type Student, StudentCalculator } from '../src/index.ts';
import { type HeadDeviation, HeadSpread } from '../src/uncertainty/headSpread.ts';
import { hashedParameters } from './formula.ts';
import { box, randomStudent, SMALL, water, worst } from './systems.ts';
import { uncertainStudent } from './uncertainStudent.ts';

/** Energies of a head are sums of float32 of order 1; differences of two students carry both errors. */
const FLOAT32 = 2e-6;
/** eV/A: central differences of a float32 energy at h = 0.01 A. */
const DIFFERENCE = 3e-4;

const plain: Student = { ...randomStudent(), parameters: hashedParameters(SMALL, 3) };
const student = uncertainStudent(plain);
const { count, heads, energyFactor, forceFactor } = student.uncertainty!;
const spread = await HeadSpread.create(student, 1, 'student');
const calculator = await StudentCalculator.fromStudent(student);

afterAll(async () => {
  await spread.release();
  await calculator.dispose();
});

async function deviations(atoms: Atoms, of: HeadSpread = spread): Promise<HeadDeviation[]> {
  const found: HeadDeviation[] = [];
  await of.deviations(neighborList(atoms, SMALL.cutoff), atoms, (deviation) =>
    found.push(deviation),
  );
  return found;
}

/** A chain, a molecule whose atoms are slots, a crystal with rows of chunks. */
const STRUCTURES: readonly Atoms[] = [water(), box(20, 2, false), box(40)];

describe('a head', () => {
  test('is the student with another last layer', async () => {
    const width = readoutWidth(plain.config);
    for (let m = 0; m < count; m++) {
      const weights = plain.parameters.get('outnet.1.weight')!;
      const own = weights.map((w, k) => w + heads[m * width + k]);
      const parameters = new Map(plain.parameters).set('outnet.1.weight', own);
      const other = await StudentCalculator.fromStudent({ ...plain, parameters });
      for (const atoms of STRUCTURES) {
        const a = await other.calculate(atoms, ['energy', 'forces']);
        const b = await calculator.calculate(atoms, ['energy', 'forces']);
        const deviation = (await deviations(atoms))[m];
        const size = atoms.numbers.length;
        expect(Math.abs(a.energy! - b.energy! - deviation.energy)).toBeLessThan(size * FLOAT32);
        const difference = a.forces!.map((f, k) => f - b.forces![k]);
        expect(worst(deviation.forces, difference)).toBeLessThan(20 * FLOAT32);
        expect(Math.abs(deviation.energy)).toBeGreaterThan(1e-3);
      }
      await other.dispose();
    }
  });

  test('has forces that are the negative gradient of its energy', async () => {
    const atoms = water();
    const found = await deviations(atoms);
    const h = 0.01;
    for (let k = 0; k < 9; k++) {
      const ends = [];
      for (const step of [h, -h]) {
        const moved = atoms.positions.slice();
        moved[k] += step;
        ends.push(await deviations(withPositions(atoms, moved)));
      }
      for (let m = 0; m < count; m++) {
        const slope = (ends[0][m].energy - ends[1][m].energy) / (2 * h);
        expect(Math.abs(found[m].forces[k] + slope)).toBeLessThan(DIFFERENCE);
      }
    }
  });

  test('deviates by nothing on the mean: the student is the mean of its heads', async () => {
    for (const atoms of STRUCTURES) {
      const found = await deviations(atoms);
      const energy = found.reduce((sum, one) => sum + one.energy, 0);
      const forces = found.reduce(
        (sum, one) => sum.map((f, k) => f + one.forces[k]),
        new Float64Array(3 * atoms.numbers.length),
      );
      expect(Math.abs(energy)).toBeLessThan(atoms.numbers.length * FLOAT32);
      expect(worst(forces, new Float64Array(forces.length))).toBeLessThan(20 * FLOAT32);
    }
  });

  test('turns with the structure, and the uncertainty does not change', async () => {
    const rotation = randomRotation(new Rng(1, 'rotation'));
    const turn = (values: Float64Array): Float64Array =>
      values.map((_, k) => {
        const [i, row] = [Math.floor(k / 3), k % 3];
        return [0, 1, 2].reduce((sum, c) => sum + rotation[3 * row + c] * values[3 * i + c], 0);
      });
    const atoms = box(20, 2, false);
    const turned = createAtoms({ numbers: atoms.numbers, positions: turn(atoms.positions) });
    const [before, after] = [await deviations(atoms), await deviations(turned)];
    for (let m = 0; m < count; m++) {
      expect(Math.abs(before[m].energy - after[m].energy)).toBeLessThan(20 * FLOAT32);
      expect(worst(turn(before[m].forces), after[m].forces)).toBeLessThan(20 * FLOAT32);
    }
    const [a, b] = [await calculator.uncertainty(atoms), await calculator.uncertainty(turned)];
    expect(Math.abs(a.energy - b.energy)).toBeLessThan(20 * FLOAT32);
    expect(worst(a.forces, b.forces)).toBeLessThan(20 * FLOAT32);
  });
});

describe('the uncertainty', () => {
  test('is the standard deviation over the heads times its factor', async () => {
    for (const atoms of STRUCTURES) {
      const found = await deviations(atoms);
      const mean = (values: readonly number[]): number =>
        values.reduce((sum, value) => sum + value, 0) / values.length;
      const { energy, forces } = await calculator.uncertainty(atoms);
      expect(energy).toBeCloseTo(
        energyFactor * Math.sqrt(mean(found.map((one) => one.energy ** 2))),
        12,
      );
      expect(forces.length).toBe(atoms.numbers.length);
      forces.forEach((sigma, i) => {
        const squares = found.map(({ forces: f }) =>
          [0, 1, 2].reduce((sum, c) => sum + f[3 * i + c] ** 2, 0),
        );
        expect(sigma).toBeCloseTo(forceFactor * Math.sqrt(mean(squares)), 12);
      });
    }
  });

  test('is zero where the heads do not differ', async () => {
    const uncertainty = { ...student.uncertainty!, heads: new Float32Array(heads.length) };
    const certain = await StudentCalculator.fromStudent({ ...plain, uncertainty });
    const found = await certain.uncertainty(water());
    await certain.dispose();
    expect(found.energy).toBe(0);
    expect([...found.forces]).toEqual([0, 0, 0]);
  });

  test('is not changed by the repulsion of nuclei, which has none', async () => {
    const config = { ...SMALL, zbl: true };
    const repelling = await StudentCalculator.fromStudent({ ...student, config });
    try {
      for (const atoms of STRUCTURES) {
        expect(await repelling.uncertainty(atoms)).toEqual(await calculator.uncertainty(atoms));
      }
      const one = createAtoms({ symbols: ['H', 'H'], positions: new Float64Array(6) });
      await expect(repelling.uncertainty(one)).rejects.toMatchObject({
        code: 'student/coincident-atoms',
      });
    } finally {
      await repelling.dispose();
    }
  });

  test('of an isolated atom is zero where isolated atoms are at the baseline', async () => {
    const config = { ...SMALL, isolatedAtoms: 'baseline' as const };
    const bound = await StudentCalculator.fromStudent({ ...student, config });
    const atom = createAtoms({ symbols: ['C'], positions: [[0, 0, 0]] });
    const [found, other] = [await bound.uncertainty(atom), await calculator.uncertainty(atom)];
    const [a, b] = [await bound.uncertainty(water()), await calculator.uncertainty(water())];
    await bound.dispose();
    expect(found.energy).toBeLessThan(FLOAT32);
    expect(other.energy).toBeGreaterThan(1e-3);
    // What is subtracted has no gradient.
    expect(worst(a.forces, b.forces)).toBeLessThan(20 * FLOAT32);
    expect(Math.abs(a.energy - b.energy)).toBeGreaterThan(1e-3);
  });

  test('does not depend on what else is asked at the same time', async () => {
    const alone = [await calculator.uncertainty(water()), await calculator.uncertainty(box(40))];
    const energy = await calculator.calculate(box(20), ['energy']);
    const together = await Promise.all([
      calculator.uncertainty(water()),
      calculator.calculate(box(20), ['energy']),
      calculator.uncertainty(box(40)),
    ]);
    expect(together).toEqual([alone[0], energy, alone[1]]);
  });

  test('is the same bits for any number of threads', async () => {
    const two = await StudentCalculator.fromStudent(student, { threads: 2 });
    const found = await two.uncertainty(box(100));
    await two.dispose();
    expect(found).toEqual(await calculator.uncertainty(box(100)));
  });
});

describe('a student', () => {
  test('without an uncertainty says what to do', async () => {
    const bare = await StudentCalculator.fromStudent(plain);
    await expect(bare.uncertainty(water())).rejects.toMatchObject({
      name: 'UncertaintyError',
      code: 'student/no-uncertainty',
      hint: expect.stringContaining('mlffd calibrate') as unknown,
    });
    expect((await bare.calculate(water(), ['energy'])).energy).toBeLessThan(0);
    await bare.dispose();
  });

  test('computes as ever with an uncertainty of other weights, which is refused when asked', async () => {
    const other = { ...randomStudent(SMALL, 5), uncertainty: student.uncertainty! };
    const strange = await StudentCalculator.fromStudent(other);
    expect((await strange.calculate(water(), ['energy'])).energy).toBeLessThan(0);
    await expect(strange.uncertainty(water())).rejects.toMatchObject({
      code: 'student/uncertainty',
    });
    await strange.dispose();
  });

  test('has no uncertainty for elements that it was not trained for', async () => {
    const gold = createAtoms({ symbols: ['Au'], positions: [[0, 0, 0]] });
    await expect(calculator.uncertainty(gold)).rejects.toMatchObject({ code: 'student/element' });
  });
});

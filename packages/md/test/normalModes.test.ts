import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  AbortedError,
  createAtoms,
  EV_PER_AMU_A2_PER_FS2,
  HBAR,
  InvalidArgumentError,
  masses as massesOf,
  PropertyNotAvailableError,
  rotated,
  rotationOfQuaternion,
  translated,
} from '@mlffd/core';
import type { Atoms, Calculator, Pbc } from '@mlffd/core';
import fc from 'fast-check';
import { ammoniaModel, fromPositions, quadratic, springNetwork } from '@mlffd/test-support/models';
import { MdError } from '../src/errors.ts';
import { hessian } from '../src/harmonic/hessian.ts';
import { curvatureOf, modeDisplacement, normalModes } from '../src/harmonic/normalModes.ts';
import { vibrations } from '../src/harmonic/vibrations.ts';
import { cubicFcc, later, smoothLennardJones } from './potentials.ts';

interface Golden {
  readonly name: string;
  readonly numbers: number[];
  readonly positions: number[];
  readonly cell: number[];
  readonly pbc: Pbc;
  readonly forces: number[][];
  readonly hessian: number[];
  readonly frequencies: number[];
  readonly energies: number[];
}

/** Made by tooling/python/sampling/vibrations.py with ASE 3.29, tblite 0.8 and EMT. */
const golden = JSON.parse(
  readFileSync(new URL('./fixtures/vibrations.json', import.meta.url), 'utf8'),
) as { readonly step: number; readonly cases: Golden[] };

/** Forces are stored with 12 digits; a difference of two over 0.01 A gives 2e-10. */
const HESSIAN_TOLERANCE = 1e-9;
/**
 * ASE leaves rotations in, which finite differences stiffen to nu_r = 25 cm^-1 at most; their
 * mixing with a mode at nu shifts it by about nu_r^2 / (2 nu) = 0.2 cm^-1.
 */
const ROTATION_SHIFT = 0.25;
/** Where translations are all that is projected out, only the rounded Hessian differs. */
const CRYSTAL_TOLERANCE = 1e-4;

/** Answers with the stored forces, and only for the structures that they belong to. */
function recorded({ positions, forces }: Golden): Calculator {
  return fromPositions('recorded', (r, out) => {
    const moved = positions.findIndex((x, k) => Math.abs(r[k] - x) > 1e-6);
    const change = r[moved] - positions[moved];
    expect(Math.abs(Math.abs(change) - golden.step)).toBeLessThan(1e-12);
    out.set(forces[2 * moved + (change > 0 ? 0 : 1)]);
    return 0;
  });
}

const atomsOf = ({ numbers, positions, cell, pbc }: Golden): Atoms =>
  createAtoms({ numbers, positions, cell, pbc });

const largest = (found: ArrayLike<number>, expected: ArrayLike<number>) =>
  Array.from(expected).reduce((most, x, k) => Math.max(most, Math.abs(found[k] - x)), 0);

describe.each(golden.cases)('as ASE: $name', (example) => {
  const atoms = atomsOf(example);
  const calculator = recorded(example);

  test('Hessian and frequencies', async () => {
    const modes = await vibrations(calculator, atoms);
    expect(largest(modes.hessian.matrix, example.hessian)).toBeLessThan(HESSIAN_TOLERANCE);
    const all = [...example.frequencies].sort((a, b) => Math.abs(a) - Math.abs(b));
    const expected = all.slice(all.length - modes.frequencies.length).sort((a, b) => a - b);
    const tolerance = example.pbc[0] ? CRYSTAL_TOLERANCE : ROTATION_SHIFT;
    expect(modes.frequencies).toHaveLength(atoms.positions.length - modes.rigidFrequencies.length);
    expect(largest(modes.frequencies, expected)).toBeLessThan(tolerance);
    // 8.0655 cm^-1 in a meV.
    const meV = [...example.energies].sort((a, b) => a - b).slice(-expected.length);
    expect(largest(modes.energies, meV)).toBeLessThan(tolerance / 8);
    expect(Math.max(...modes.rigidFrequencies.map(Math.abs))).toBeLessThan(30);
    expect(Math.max(...modes.hessian.forces.map(Math.abs))).toBeLessThan(2e-3);
  });

  test('modes are orthonormal, free of translation, and diagonalise the Hessian', async () => {
    const modes = await vibrations(calculator, atoms);
    const { vectors, masses, curvatures } = modes;
    const size = atoms.positions.length;
    for (const [k, vector] of vectors.entries()) {
      for (const [l, other] of vectors.entries()) {
        const overlap = vector.reduce((sum, x, c) => sum + x * other[c], 0);
        expect(Math.abs(overlap - (k === l ? 1 : 0))).toBeLessThan(1e-10);
      }
      const drift = [0, 0, 0];
      vector.forEach((x, c) => (drift[c % 3] += x * Math.sqrt(masses[Math.floor(c / 3)])));
      expect(Math.max(...drift.map(Math.abs))).toBeLessThan(1e-10);
      const u = modeDisplacement(modes, k);
      let curvature = 0;
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++)
          curvature += u[i] * modes.hessian.matrix[i * size + j] * u[j];
      }
      expect(Math.abs(curvature - curvatures[k])).toBeLessThan(1e-10);
    }
  });
});

test('linear molecules lose two rotations, atoms all, bent ones three', () => {
  const count = (example: string) => {
    const found = golden.cases.find(({ name }) => name.startsWith(example))!;
    return normalModes(atomsOf(found), { matrix: Float64Array.from(found.hessian) }).frequencies
      .length;
  };
  expect([count('H2O'), count('CO2'), count('NH3')]).toEqual([3, 4, 6]);
  const atom = createAtoms({ symbols: ['Ar'], positions: [1, 2, 3] });
  expect(normalModes(atom, { matrix: new Float64Array(9) }).frequencies).toHaveLength(0);
});

/** cm^-1 of omega^2 in eV/(amu A^2), from omega = 2 pi c nu. */
function wavenumber(curvature: number): number {
  return Math.sqrt(curvature / EV_PER_AMU_A2_PER_FS2) / (2 * Math.PI * 2.99792458e-5);
}

/** Finite differences of springs: (step / length)^2 relative, 2e-5, on the curvature. */
const SPRING_TOLERANCE = 2e-5;

describe('exact frequencies', () => {
  test('a diatomic molecule: sqrt(k / mu)', async () => {
    const atoms = createAtoms({ symbols: ['C', 'O'], positions: [0.3, 0.1, 0, 0.3, 0.8, 0.9] });
    const d = Math.hypot(0.7, 0.9);
    const spring = springNetwork([{ atoms: [0, 1], stiffness: 115, length: d }]);
    const [c, o] = massesOf(atoms);
    const { frequencies } = await vibrations(spring, atoms);
    expect(frequencies).toHaveLength(1);
    const expected = wavenumber(115 * (1 / c + 1 / o));
    expect(Math.abs(frequencies[0] / expected - 1)).toBeLessThan(SPRING_TOLERANCE);
  });

  test('a linear chain: symmetric sqrt(k / m), antisymmetric sqrt(k (1/m + 2/M))', async () => {
    const atoms = createAtoms({
      symbols: ['O', 'C', 'O'],
      positions: [0, 0, -1.2, 0, 0, 0, 0, 0, 1.2],
    });
    const springs = [0, 1].map((k) => ({ atoms: [k, k + 1] as const, stiffness: 90, length: 1.2 }));
    const { frequencies } = await vibrations(springNetwork(springs), atoms);
    const [o, c] = massesOf(atoms);
    // The two bends are free, but for a step that stretches the bonds to second order.
    const expected = [0, 0, wavenumber(90 / o), wavenumber(90 * (1 / o + 2 / c))];
    expect(frequencies).toHaveLength(4);
    for (const k of [2, 3]) {
      expect(Math.abs(frequencies[k] / expected[k] - 1)).toBeLessThan(SPRING_TOLERANCE);
    }
    const stiffened = wavenumber(90 * (0.005 / 1.2) ** 2 * (1 / o + 2 / c));
    expect(Math.max(Math.abs(frequencies[0]), Math.abs(frequencies[1]))).toBeLessThan(stiffened);
  });

  test('a cubic cell of an fcc crystal with springs: X points at 4 k/m (six) and 8 k/m (three)', async () => {
    const a = 4;
    const atoms = cubicFcc('Cu', a);
    const stiffness = 3;
    const reach = a * Math.SQRT1_2;
    // Twelve neighbours of each atom, through the borders of the cell.
    const calculator = fromPositions('fcc-springs', (r, forces) => {
      let energy = 0;
      for (let i = 0; i < 12; i += 3) {
        for (let j = 0; j < 12; j += 3) {
          for (let s = 0; s < 27; s++) {
            const shift = [(s % 3) - 1, (Math.floor(s / 3) % 3) - 1, Math.floor(s / 9) - 1];
            const v = shift.map((x, c) => r[j + c] - r[i + c] + a * x);
            const d = Math.hypot(...v);
            if (Math.abs(d - reach) > 0.3 * a) continue;
            energy += (stiffness * (d - reach) ** 2) / 4;
            for (let c = 0; c < 3; c++) forces[i + c] += (stiffness * (d - reach) * v[c]) / d;
          }
        }
      }
      return energy;
    });
    const { frequencies, rigidFrequencies } = await vibrations(calculator, atoms);
    const [m] = massesOf(atoms);
    const expected = [4, 4, 4, 4, 4, 4, 8, 8, 8].map((n) => wavenumber((n * stiffness) / m));
    expect(rigidFrequencies).toHaveLength(3);
    for (const [k, nu] of expected.entries()) {
      expect(Math.abs(frequencies[k] / nu - 1)).toBeLessThan(SPRING_TOLERANCE);
    }
  });

  test('a harmonic surface comes back exactly, imaginary frequencies negative', async () => {
    const atoms = createAtoms({
      symbols: ['H', 'O'],
      positions: [0, 0, 0, 1, 0, 0],
      cell: [9, 9, 9],
      pbc: true,
    });
    // Depends on r1 - r0 only, so translations are free; saddle along y.
    const block = [5, 0, 0, 0, -2, 0, 0, 0, 1];
    const matrix = Float64Array.from({ length: 36 }, (_, k) => {
      const [i, j] = [Math.floor(k / 6), k % 6];
      return (i < 3 === j < 3 ? 1 : -1) * block[3 * (i % 3) + (j % 3)];
    });
    const found = await hessian(quadratic(atoms.positions, matrix), atoms);
    expect(largest(found.matrix, matrix)).toBeLessThan(1e-11);
    expect(found.asymmetry).toBeLessThan(1e-11);
    const [h, o] = massesOf(atoms);
    const { frequencies, energies } = normalModes(atoms, found);
    const mu = 1 / (1 / h + 1 / o);
    const expected = [-wavenumber(2 / mu), wavenumber(1 / mu), wavenumber(5 / mu)];
    expect(largest(frequencies, expected)).toBeLessThan(1e-6);
    expect(energies[2] / 1000).toBeCloseTo(HBAR * Math.sqrt(5 / mu / EV_PER_AMU_A2_PER_FS2), 10);
    expect(wavenumber(curvatureOf(1234))).toBeCloseTo(1234, 8);
    // Twice the masses, frequencies down by sqrt(2).
    const heavy = normalModes(atoms, found, { masses: Float64Array.of(2 * h, 2 * o) });
    expect(
      largest(
        heavy.frequencies.map((nu) => nu * Math.SQRT2),
        expected,
      ),
    ).toBeLessThan(1e-6);
  });

  test('a wire that repeats along one axis keeps the rotation about it out', () => {
    const positions = [0.7, 0, 0, -0.7, 0, 0, 0, 0.9, 1.5];
    const wire = createAtoms({
      symbols: ['H', 'H', 'H'],
      positions,
      cell: [0, 0, 0, 0, 0, 0, 0, 0, 3],
      pbc: [false, false, true],
    });
    expect(normalModes(wire, { matrix: new Float64Array(81) }).rigidFrequencies).toHaveLength(4);
    const straight = createAtoms({ ...wire, positions: [0, 0, 0, 0, 0, 1, 0, 0, 2] });
    expect(normalModes(straight, { matrix: new Float64Array(81) }).rigidFrequencies).toHaveLength(
      3,
    );
  });
});

test('frequencies do not depend on where a molecule is and how it is turned', async () => {
  const { calculator, atoms } = ammoniaModel();
  const { frequencies } = await vibrations(calculator, atoms);
  const angle = fc.double({ min: -3, max: 3, noNaN: true });
  const shift = fc.double({ min: -20, max: 20, noNaN: true });
  await fc.assert(
    fc.asyncProperty(angle, angle, shift, async (a, b, x) => {
      const rotation = rotationOfQuaternion([1, Math.tan(a), Math.tan(b), 0.3]);
      const moved = translated(rotated(atoms, rotation), [x, 0, -x]);
      const turned = await vibrations(calculator, moved);
      // The error of the differences depends on their directions: 0.02 % of 847 cm^-1.
      expect(largest(turned.frequencies, frequencies)).toBeLessThan(0.2);
    }),
    { numRuns: 20, seed: 1 },
  );
});

describe('hessian', () => {
  const atoms = cubicFcc('Ar', 5.3);

  test('6N calls, in any number of lanes, now or later: the same', async () => {
    let calls = 0;
    const lennardJones = smoothLennardJones();
    const calculator: Calculator = {
      ...lennardJones,
      calculate: (structure, properties) => {
        calls++;
        return lennardJones.calculate(structure, properties);
      },
    };
    const one = await hessian(calculator, atoms);
    expect(calls).toBe(6 * 4);
    let running = 0;
    let most = 0;
    const events: number[] = [];
    const slow: Calculator = {
      ...later(calculator),
      name: 'slow',
      calculate: async (structure, properties) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return calculator.calculate(structure, properties);
      },
    };
    const many = await hessian(slow, atoms, {
      concurrency: 5,
      onEvent: ({ done, total }) => events.push(done / total),
    });
    expect(many).toEqual(one);
    expect(most).toBe(5);
    expect(events).toHaveLength(24);
    expect(events.at(-1)).toBe(1);
  });

  test('tells when forces are no gradient', async () => {
    const curl = fromPositions('curl', (r, forces) => {
      forces[0] = 0.5 * r[1];
      return 0;
    });
    const { asymmetry, asymmetryRatio } = await hessian(curl, atoms);
    expect(asymmetry).toBeCloseTo(0.5, 10);
    expect(asymmetryRatio).toBeCloseTo(2, 10);
    const flat = fromPositions('flat', () => 0);
    expect(await hessian(flat, atoms)).toMatchObject({ asymmetry: 0, asymmetryRatio: 0 });
  });

  test('the error falls with the square of the step', async () => {
    const morse = fromPositions('morse', (r, forces) => {
      const decay = Math.exp(-1.8 * (r[3] - r[0] - 1.1));
      forces[3] = -2 * 6 * 1.8 * (1 - decay) * decay;
      forces[0] = -forces[3];
      return 6 * (1 - decay) ** 2;
    });
    const pair = createAtoms({ symbols: ['N', 'N'], positions: [0, 0, 0, 1.1, 0, 0] });
    const errors: number[] = [];
    for (const step of [0.01, 0.005]) {
      const { matrix } = await hessian(morse, pair, { step });
      errors.push(matrix[0] - 2 * 6 * 1.8 ** 2);
    }
    expect(errors[0] / errors[1]).toBeCloseTo(4, 2);
  });

  test('stops when asked to, and leaves no call running', async () => {
    const controller = new AbortController();
    let running = 0;
    const slow: Calculator = {
      ...later(smoothLennardJones()),
      calculate: async (structure, properties) => {
        running++;
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return smoothLennardJones().calculate(structure, properties);
      },
    };
    const run = hessian(slow, atoms, {
      concurrency: 3,
      signal: controller.signal,
      onEvent: ({ done }) => {
        if (done === 4) controller.abort();
      },
    });
    await expect(run).rejects.toThrow(AbortedError);
    expect(running).toBe(0);
  });

  test('what cannot be differentiated is refused', async () => {
    const calculator = smoothLennardJones();
    for (const bad of [{ step: 0 }, { step: NaN }, { concurrency: 0 }]) {
      await expect(hessian(calculator, atoms, bad)).rejects.toThrow(InvalidArgumentError);
    }
    const blind = { ...fromPositions('blind', () => 0), properties: ['energy' as const] };
    await expect(hessian(blind, atoms)).rejects.toThrow(PropertyNotAvailableError);
    const broken = fromPositions('nan', (_, forces) => (forces[2] = NaN));
    await expect(hessian(broken, atoms)).rejects.toMatchObject({ code: 'md/non-finite' });
    const silent = { ...fromPositions('silent', () => 0), calculate: () => ({ energy: 0 }) };
    await expect(hessian(silent, atoms)).rejects.toThrow(MdError);
    expect(() => normalModes(atoms, { matrix: new Float64Array(9) })).toThrow(InvalidArgumentError);
    const masses = new Float64Array(4);
    const matrix = new Float64Array(144);
    expect(() => normalModes(atoms, { matrix }, { masses })).toThrow(InvalidArgumentError);
  });
});

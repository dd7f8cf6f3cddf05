import { describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, Rng } from '@mlffd/core';
import { curlOf } from '../src/audit/curl.ts';
import { measureFloor } from '../src/audit/floor.ts';
import { TeacherProbe } from '../src/audit/teacherProbe.ts';
import { Emt } from '../src/emt/emt.ts';
import { Morse } from '../src/morse/morse.ts';
import { CLUSTER, CRYSTAL, Swirl, Tilted } from './auditSupport.ts';

// Differences of fourth order over 0.0025 Angstrom of forces in float64.
const CURL_ROUNDING = 1e-7;
const STEP = 0.005;

describe('curlOf', () => {
  const curl = (teacher: Morse | Emt | Swirl | Tilted, atoms: Atoms, directions: number) =>
    curlOf(new TeacherProbe(teacher, undefined), atoms, new Rng(1, 'test'), {
      displacement: STEP,
      directions,
    });

  test('vanishes for gradients, also where the energy is not invariant', async () => {
    for (const teacher of [new Morse(), new Tilted(0.3)]) {
      const found = await curl(teacher, CLUSTER, 4);
      expect(found.curl_directions).toBe(4);
      expect(found.curl_max_eV_A2).toBeLessThan(CURL_ROUNDING);
      expect(found.curl_part).toBeLessThan(CURL_ROUNDING);
    }
  });

  test('is that of a swirl, in all directions together', async () => {
    const strength = 0.04;
    const d = 9;
    const found = await curl(new Swirl(strength, 0.3), CLUSTER, 99);
    expect(found.curl_directions).toBe(d);
    // J of the swirl has two elements of +-strength per atom, all antisymmetric. Over a whole basis
    // the squares of u.J.v - v.J.u add up to 4 |A|^2 / 2, whatever the basis.
    const norm = strength * Math.sqrt(2 * 3);
    expect(found.curl_rms_eV_A2).toBeCloseTo((2 * norm) / Math.sqrt(d * (d - 1)), 7);
    // The same from the derivatives of the whole: those of Morse are symmetric and orthogonal to it.
    const whole = await frobenius(new Morse(), CLUSTER);
    expect(found.curl_part).toBeCloseTo(norm / Math.hypot(norm, whole), 6);
  });

  test('knows what it is good for', async () => {
    const rounded = new Morse();
    const calculate = rounded.calculate.bind(rounded);
    rounded.calculate = (atoms, properties) => {
      const results = calculate(atoms, properties);
      return { ...results, forces: results.forces!.map((force) => Math.round(force * 1e4) / 1e4) };
    };
    const found = await curl(rounded, CLUSTER, 4);
    expect(found.curl_rms_eV_A2).toBeGreaterThan(1e-3);
    expect(found.curl_rms_eV_A2).toBeLessThan(3 * found.curl_resolution_eV_A2);
    expect(found.curl_part_resolution / found.curl_resolution_eV_A2).toBeCloseTo(
      found.curl_part / found.curl_rms_eV_A2,
      10,
    );
  });
});

/** Norm of dF/dr, by central differences of every coordinate. */
async function frobenius(teacher: Morse, atoms: Atoms): Promise<number> {
  let squares = 0;
  for (let k = 0; k < atoms.positions.length; k++) {
    const at = (offset: number): Float64Array => {
      const positions = atoms.positions.slice();
      positions[k] += offset;
      return teacher.calculate({ ...atoms, positions }, ['forces']).forces!;
    };
    const [ahead, behind] = [at(1e-4), at(-1e-4)];
    for (let i = 0; i < ahead.length; i++) squares += ((ahead[i] - behind[i]) / 2e-4) ** 2;
  }
  return Promise.resolve(Math.sqrt(squares));
}

describe('measureFloor', () => {
  test('a potential without faults has none, in the calls that it says', async () => {
    const floor = await measureFloor(new Emt(), {
      structures: [CRYSTAL, CLUSTER],
      coordinates: 4,
      directions: 3,
      rotations: 2,
    });
    expect(floor).toMatchObject({ structures: 2, calls: 2 * (3 + 24 + 12 + 2), failures: [] });
    for (const key of [
      ...(['net_force_meV_A', 'torque_meV', 'rotation_force_meV_A'] as const),
      ...(['rotation_energy_meV_atom', 'gradient_error_meV_A', 'curl_part'] as const),
    ]) {
      expect(floor[key]).toBeLessThan(1e-6);
    }
  });

  test('has the size of the faults', async () => {
    const push = 0.03;
    const floor = await measureFloor(new Swirl(0, push), { structures: [CLUSTER] });
    // A push on every atom is its own net force per atom; no curl, but no gradient of this energy.
    expect(floor.net_force_meV_A).toBeCloseTo(1000 * push, 8);
    expect(floor.gradient_error_meV_A).toBeCloseTo((1000 * push) / Math.sqrt(3), 4);
    expect(floor.curl_part).toBeLessThan(1e-6);
    const tilted = await measureFloor(new Tilted(0.05), { structures: [CLUSTER] });
    expect(tilted.rotation_force_meV_A).toBeGreaterThan(10);
    expect(tilted.rotation_energy_meV_atom).toBeGreaterThan(10);
    expect(tilted.gradient_error_meV_A).toBeLessThan(1e-4);
  });

  test('says so where nothing could be measured, and is the same for the same seed', async () => {
    const iron = createAtoms({ symbols: ['Fe', 'Cu'], positions: [0, 0, 0, 2.5, 0, 0] });
    const nothing = await measureFloor(new Emt(), { structures: [iron] });
    expect(nothing).toMatchObject({ structures: 0, net_force_meV_A: null, curl_part: null });
    expect(nothing.failures).toHaveLength(1);
    await expect(measureFloor(new Emt(), { structures: [] })).rejects.toThrow('structures');
    const [first, second] = await Promise.all(
      [1, 2].map(() => measureFloor(new Tilted(0.1), { structures: [CLUSTER], seed: 7 })),
    );
    expect(second).toEqual(first);
  });
});

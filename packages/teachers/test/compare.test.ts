import { describe, expect, test } from '@jest/globals';
import {
  AbortedError,
  type Atoms,
  type Calculator,
  CalculatorUnavailableError,
  createAtoms,
  GPA,
  InvalidArgumentError,
  type NamedStructure,
  PropertyNotAvailableError,
  Rng,
} from '@mlffd/core';
import { ChgnetCalculator } from '../src/chgnet/chgnetCalculator.ts';
import {
  type CompareEvent,
  compareTeachers,
  NothingComparedError,
} from '../src/compare/compareTeachers.ts';
import type { ReferenceEnergyFit } from '../src/compare/energies.ts';
import { Emt } from '../src/emt/emt.ts';
import { LennardJones } from '../src/lennardJones/lennardJones.ts';
import { Morse } from '../src/morse/morse.ts';
import { rocksalt } from './fixtures.ts';

/** Least squares by normal equations of at most two elements; the package that fits is not ours. */
class TwoElementFit implements ReferenceEnergyFit {
  readonly #rows: { readonly counts: Map<number, number>; readonly energy: number }[] = [];

  add(numbers: Int32Array, energy: number): void {
    const counts = new Map<number, number>();
    for (const z of numbers) counts.set(z, (counts.get(z) ?? 0) + 1 / numbers.length);
    this.#rows.push({ counts, energy: energy / numbers.length });
  }

  solve(): ReturnType<ReferenceEnergyFit['solve']> {
    const fitted = [...new Set(this.#rows.flatMap(({ counts }) => [...counts.keys()]))].sort(
      (a, b) => a - b,
    );
    const [p, q = p] = fitted;
    let [pp, pq, qq, py, qy] = [0, 0, 0, 0, 0];
    for (const { counts, energy } of this.#rows) {
      const [x, y] = [counts.get(p) ?? 0, counts.get(q) ?? 0];
      pp += x * x;
      pq += x * y;
      qq += y * y;
      py += x * energy;
      qy += y * energy;
    }
    const energies = new Float64Array(119);
    const determinant = pp * qq - pq * pq;
    const isFull = p !== q && determinant > 1e-9;
    if (isFull) {
      energies[p] = (py * qq - qy * pq) / determinant;
      energies[q] = (qy * pp - py * pq) / determinant;
    } else {
      // One composition: the same energy for both, as the mean per atom.
      energies[p] = p === q ? py / pp : (py + qy) / (pp + 2 * pq + qq);
      energies[q] = energies[p];
    }
    return { energies, fitted, rank: isFull ? 2 : 1, undetermined: isFull ? [] : [fitted] };
  }
}

const referenceFit = (): ReferenceEnergyFit => new TwoElementFit();

/** Clusters of argon and xenon of several compositions, no two alike. */
const CLUSTERS: readonly NamedStructure[] = Array.from({ length: 8 }, (_, k) => {
  const rng = new Rng(5, 'cluster', k);
  const n = 4 + (k % 3);
  return {
    name: `cluster ${k}`,
    atoms: createAtoms({
      symbols: Array.from({ length: n }, (_, i) => (i <= k % 4 ? 'Ar' : 'Xe')),
      positions: Array.from({ length: n }, (_, i) => [
        4 * (i % 2) + 0.3 * rng.normal(),
        4 * (Math.floor(i / 2) % 2) + 0.3 * rng.normal(),
        4 * Math.floor(i / 4) + 0.3 * rng.normal(),
      ]).flat(),
    }),
  };
});

const CRYSTALS = Array.from({ length: 4 }, (_, k) => rocksalt(1, 5.5 + 0.1 * k, 0.1));

/** A teacher with another zero of energy, and forces and stress scaled. */
function changed(
  base: Calculator,
  change: { zeros?: Record<number, number>; scale?: number },
): Calculator {
  const { zeros = {}, scale = 1 } = change;
  return {
    name: `changed ${base.name}`,
    properties: ['energy', 'forces', 'stress'],
    calculate: async (atoms, properties) => {
      const { energy = 0, forces, stress } = await base.calculate(atoms, properties);
      return {
        energy: energy + atoms.numbers.reduce((sum, z) => sum + (zeros[z] ?? 0), 0),
        ...(forces === undefined ? {} : { forces: forces.map((force) => scale * force) }),
        ...(stress === undefined ? {} : { stress: stress.map((value) => scale * value) }),
      };
    },
    dispose: () => undefined,
  };
}

// Sums of energies in float64, in another order.
const ROUNDING = 1e-9;

describe('compareTeachers', () => {
  const lj = new LennardJones({ epsilon: 0.02, sigma: 3.5, cutoff: 9 });

  test('another zero of energy is no difference, but is told', async () => {
    const zeros = { 18: -527.1, 54: 12.5 };
    const { figures, series } = await compareTeachers(lj, changed(lj, { zeros }), CLUSTERS, {
      referenceFit,
    });
    expect(figures).toMatchObject({ given: 8, asked: 8, compared: 8, ended: null, failures: [] });
    expect(figures.energy!.max_meV_atom).toBeLessThan(ROUNDING);
    expect(figures.energy).toMatchObject({ structures: 8, fitted: 2, undetermined: [] });
    expect(figures.energy!.r2).toBeCloseTo(1, 12);
    expect(figures.energy!.rank_correlation).toBe(1);
    const { Ar, Xe } = figures.energy!.references;
    expect(Ar.b_eV - Ar.a_eV).toBeCloseTo(-527.1, 8);
    expect(Xe.b_eV - Xe.a_eV).toBeCloseTo(12.5, 8);
    expect(figures.forces).toMatchObject({ mae_meV_A: 0, r2: 1 });
    // No cell, no stress.
    expect(figures.stress).toBeNull();
    expect(series.energies.a).toHaveLength(8);
    expect(figures.worst).toEqual([]);
  });

  test('forces, elements, ranges and stress have the size of the difference', async () => {
    const scale = 1.1;
    const { figures, series } = await compareTeachers(
      new Morse(),
      changed(new Morse(), { scale }),
      CRYSTALS,
      { referenceFit },
    );
    const { forces, stress, energy } = figures;
    expect(forces!.mae_meV_A / forces!.mean_abs_meV_A).toBeCloseTo(0.1, 10);
    expect(forces!.cosine).toBeCloseTo(1, 12);
    expect(Object.keys(forces!.by_element)).toEqual(['Na', 'Cl']);
    expect(forces!.by_element.Na.atoms + forces!.by_element.Cl.atoms).toBe(forces!.atoms);
    expect(forces!.by_force.reduce((sum, { atoms }) => sum + atoms, 0)).toBe(4 * 8);
    const stresses = CRYSTALS.flatMap((atoms) => [
      ...new Morse().calculate(atoms, ['stress']).stress!,
    ]);
    expect(series.stresses.a).toEqual(stresses.map((value) => value / GPA));
    const mean = stresses.reduce((sum, value) => sum + Math.abs(value), 0) / 24;
    expect(stress!.mae_GPa).toBeCloseTo((0.1 * mean) / GPA, 10);
    const traces = CRYSTALS.map((_, k) => stresses.slice(6 * k, 6 * k + 3)).flat();
    expect(stress!.tension_bias_GPa).toBeCloseTo(
      (0.1 * traces.reduce((sum, value) => sum + value, 0)) / 12 / GPA,
      10,
    );
    // One composition: one energy is fitted, and the elements cannot be told apart.
    expect(energy).toMatchObject({ fitted: 1, undetermined: [['Na', 'Cl']] });
    expect(figures.structures.map(({ formula }) => formula)).toEqual([
      'Cl4Na4',
      'Cl4Na4',
      'Cl4Na4',
      'Cl4Na4',
    ]);
    expect(figures.worst).toHaveLength(4);
  });

  test('Lennard-Jones and Morse differ, and both are what they are alone', async () => {
    const morse = new Morse({ depth: 0.02, distance: 3.9, steepness: 6 });
    const { figures, series } = await compareTeachers(lj, morse, CLUSTERS, {
      referenceFit,
      worst: 3,
    });
    expect(figures.forces!.mae_meV_A).toBeGreaterThan(1);
    expect(figures.energy!.mae_meV_atom).toBeGreaterThan(0.1);
    expect(figures.energy!.rank_correlation).toBeGreaterThan(-1);
    const alone = CLUSTERS.flatMap(({ atoms }) => [...lj.calculate(atoms, ['forces']).forces!]);
    expect(series.forces.a).toEqual(alone);
    expect(figures.worst).toHaveLength(3);
    expect(figures.worst[0].times_typical).toBeGreaterThan(1);
    expect(figures.worst[0].why).toContain('times the RMS');
    // The force that stands out is that of the atom that is named.
    const { index, force_max_atom, force_max_meV_A } = figures.structures[2];
    const { atoms } = CLUSTERS[index];
    const [a, b] = [lj, morse].map((one) => one.calculate(atoms, ['forces']).forces!);
    const lengths = [...atoms.numbers.keys()].map((i) =>
      Math.hypot(...[0, 1, 2].map((k) => a[3 * i + k] - b[3 * i + k])),
    );
    expect(lengths[force_max_atom!]).toBe(Math.max(...lengths));
    expect(force_max_meV_A).toBeCloseTo(1000 * Math.max(...lengths), 9);
    expect(JSON.parse(JSON.stringify(figures))).toEqual(figures);
  });

  test('CHGNet against Morse, with times of both', async () => {
    const chgnet = await ChgnetCalculator.load();
    const { figures } = await compareTeachers(chgnet, new Morse(), CRYSTALS, { referenceFit });
    await chgnet.dispose();
    expect(figures.a).toMatchObject({
      name: chgnet.name,
      fingerprint: chgnet.fingerprint,
      answered: 4,
      failed: 0,
    });
    expect(figures.a.latency_median_ms).toBeGreaterThan(figures.b.latency_median_ms!);
    expect(figures.stress!.structures).toBe(4);
    expect(figures.forces!.cosine).not.toBeNull();
  });

  test('structures that one has no answer for are told and left out', async () => {
    const iron = createAtoms({ symbols: ['Fe', 'Cu'], positions: [0, 0, 0, 2.5, 0, 0] });
    const copper = (x: number): Atoms =>
      createAtoms({ symbols: ['Cu', 'Cu', 'Cu'], positions: [0, 0, 0, x, 0, 0, 0, 2.4, 0] });
    const mute: Calculator = {
      ...wrapped(new Morse()),
      name: 'mute',
      calculate: (atoms, properties) => {
        const results = new Morse().calculate(atoms, properties);
        return atoms.positions[3] === 2.6 ? { ...results, energy: NaN } : results;
      },
    };
    const { figures } = await compareTeachers(
      new Emt(),
      mute,
      [iron, copper(2.5), copper(2.6), copper(2.7)],
      { referenceFit },
    );
    expect(figures.compared).toBe(2);
    expect(figures.failures).toEqual([
      { index: 0, name: 'structure 0', teacher: 'a', error: expect.stringContaining('Fe') },
      {
        index: 2,
        name: 'structure 2',
        teacher: 'b',
        error: expect.stringContaining('no finite energy'),
      },
    ]);
    expect(figures.structures.map(({ index }) => index)).toEqual([1, 3]);
    expect(figures.a).toMatchObject({ answered: 3, failed: 1 });
  });

  test('nothing to compare is an error with what happened', async () => {
    const comparison = compareTeachers(new Emt(), lj, CLUSTERS, { referenceFit });
    await expect(comparison).rejects.toThrow(NothingComparedError);
    await expect(comparison).rejects.toMatchObject({
      code: 'teachers/nothing-compared',
      found: expect.stringContaining('emt failed on 8'),
      where: expect.stringContaining('no parameters for'),
    });
  });

  test('as many free energies as structures leave nothing to judge', async () => {
    const { figures } = await compareTeachers(lj, new Morse(), CLUSTERS.slice(0, 1), {
      referenceFit,
    });
    expect(figures.energy).toBeNull();
    expect(figures.structures[0].energy_difference_meV_atom).toBeNull();
    expect(figures.forces).not.toBeNull();
  });

  test('stops when told to, with what is done; tells how far it is', async () => {
    const stop = new AbortController();
    const events: CompareEvent[] = [];
    const { figures } = await compareTeachers(lj, new Morse(), CLUSTERS, {
      referenceFit,
      signal: stop.signal,
      onEvent: (event) => {
        events.push(event);
        if (event.done === 5) stop.abort();
      },
    });
    expect(figures).toMatchObject({ given: 8, asked: 5, compared: 5, ended: 'stopped on request' });
    expect(events.map(({ done, total }) => [done, total]).at(-1)).toEqual([5, 8]);
    await expect(
      compareTeachers(lj, new Morse(), CLUSTERS, { referenceFit, signal: AbortSignal.abort() }),
    ).rejects.toThrow(AbortedError);
  });

  test('a teacher that is gone ends it, with what is done', async () => {
    let calls = 0;
    const mortal: Calculator = {
      ...wrapped(lj),
      name: 'mortal',
      calculate: (atoms, properties) => {
        if (++calls > 3) throw new CalculatorUnavailableError('test/gone', 'the process is gone');
        return lj.calculate(atoms, properties);
      },
    };
    const { figures } = await compareTeachers(lj, mortal, CLUSTERS, { referenceFit });
    expect(figures).toMatchObject({
      compared: 3,
      asked: 4,
      ended: 'mortal is gone: the process is gone',
    });
  });

  test('what has nothing in common is refused, and what has something is compared', async () => {
    const only = (property: 'energy' | 'forces'): Calculator => ({
      ...wrapped(lj),
      name: `only ${property}`,
      properties: [property],
    });
    await expect(
      compareTeachers(only('energy'), only('forces'), CLUSTERS, { referenceFit }),
    ).rejects.toThrow(PropertyNotAvailableError);
    await expect(compareTeachers(lj, lj, [], { referenceFit })).rejects.toThrow(
      InvalidArgumentError,
    );
    const { figures } = await compareTeachers(lj, only('energy'), CLUSTERS, { referenceFit });
    expect(figures.forces).toBeNull();
    expect(figures.energy!.structures).toBe(8);
  });
});

/** A calculator whose fields can be replaced. */
function wrapped(base: LennardJones | Morse): Calculator {
  return {
    name: base.name,
    properties: base.properties,
    calculate: (atoms, properties) => base.calculate(atoms, properties),
    dispose: () => undefined,
  };
}

import { afterAll, describe, expect, test } from '@jest/globals';
import { AbortedError, createAtoms, InvalidArgumentError, KB } from '@mlffd/core';
import { join } from 'node:path';
import { fcc } from '../src/build/crystals.ts';
import { SamplingError } from '../src/errors.ts';
import { labelStructures } from '../src/index.ts';
import { modeAmplitudes } from '../src/sampling/modeAmplitudes.ts';
import { curvatureOf, quantumOf, vibrations } from '@mlffd/md';
import type { NormalModes } from '@mlffd/md';
import { ammoniaModel, quadratic } from '@mlffd/test-support/models';
import { normalModeSet, normalModeUnits } from '../src/sampling/normalModeSet.ts';
import type { NormalModeEvent } from '../src/sampling/normalModeSet.ts';
import { areApart } from '../src/perturbedSet.ts';
import type { Structure } from '../src/structure.ts';
import { later } from './support/models.ts';
import { PairPotential } from './support/pairPotential.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const { calculator: model, atoms: ammonia } = ammoniaModel();
const modes = await vibrations(model, ammonia);
const parent = { id: 'NH3', atoms: ammonia, modes };
const harmonic = quadratic(ammonia.positions, modes.hessian.matrix);

/** Standard errors of a mean that a test may be off: one run in 1.7 million is. */
const SIGMAS = 5;
const COPIES = 3000;

const energyOf = ({ atoms }: Structure) => {
  const results = harmonic.calculate(atoms, ['energy']);
  return 'energy' in results ? results.energy : NaN;
};
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

describe('thermal amplitudes', () => {
  test.each([100, 300, 1000])('equipartition at %d K: <U> = (3N - 6)/2 kT', (temperature) => {
    const set = normalModeSet({
      parents: [parent],
      temperatures: [temperature],
      count: COPIES,
      minDistance: 0,
      seed: 3,
    });
    const energies = [...set].map(energyOf);
    const kT = KB * temperature;
    // The energy of a mode is kT/2 times a chi-squared number of variance 2.
    const error = kT * Math.sqrt(6 / 2 / COPIES);
    expect(Math.abs(mean(energies) - 3 * kT)).toBeLessThan(SIGMAS * error);
    const spread = mean(energies.map((e) => (e - 3 * kT) ** 2));
    // A sum of six has a kurtosis of 3 + 12/6; a variance is off by sqrt((kurtosis - 1) / n) of it.
    const spreadError = 3 * kT * kT * Math.sqrt((2 + 12 / 6) / COPIES);
    expect(Math.abs(spread - 3 * kT * kT)).toBeLessThan(SIGMAS * spreadError);
  });

  test.each([0, 300, 20000])('quantum at %d K: <U> = sum of hw/4 coth(hw/2kT)', (temperature) => {
    const set = normalModeSet({
      parents: [parent],
      temperatures: [temperature],
      count: COPIES,
      statistics: 'quantum',
      minDistance: 0,
      seed: 4,
    });
    const parts = Array.from(modes.curvatures, (c) => {
      const quantum = quantumOf(c);
      return (
        (quantum / 4) * (temperature === 0 ? 1 : 1 / Math.tanh(quantum / (2 * KB * temperature)))
      );
    });
    const expected = parts.reduce((sum, e) => sum + e, 0);
    const error = Math.sqrt(parts.reduce((sum, e) => sum + 2 * e * e, 0) / COPIES);
    const found = mean([...set].map(energyOf));
    expect(Math.abs(found - expected)).toBeLessThan(SIGMAS * error);
    if (temperature === 0)
      expect(expected).toBeCloseTo(modes.energies.reduce((a, b) => a + b) / 4000, 12);
    // Far above the quanta it is classical, up to (hw/kT)^2 / 12.
    if (temperature === 20000) expect(expected / (3 * KB * temperature)).toBeCloseTo(1, 2);
  });

  test('the harmonic energy in the details is that of the surface', () => {
    const set = normalModeSet({ parents: [parent], temperatures: [300], count: 20, seed: 1 });
    for (const structure of set) {
      const { harmonicEnergy } = structure.meta.details!;
      expect(Math.abs(energyOf(structure) - Number(harmonicEnergy))).toBeLessThan(1e-9);
    }
  });

  test('soft and imaginary modes: capped at minFrequency, counted, or left out', () => {
    const of = (...frequencies: number[]): Pick<NormalModes, 'curvatures'> => ({
      curvatures: Float64Array.from(frequencies, curvatureOf),
    });
    const five = of(-900, -20, 10, 50.1, 1000);
    const { sigmas, capped, imaginary } = modeAmplitudes(five, 300);
    expect([capped, imaginary]).toEqual([3, 2]);
    const at = (frequency: number) => Math.sqrt((KB * 300) / curvatureOf(frequency));
    for (const [k, frequency] of [900, 50, 50, 50.1, 1000].entries()) {
      expect(sigmas[k]).toBeCloseTo(at(frequency), 10);
    }
    const skipped = modeAmplitudes(five, 300, { soft: 'skip', minFrequency: 100 });
    expect(Array.from(skipped.sigmas.subarray(0, 4))).toEqual([0, 0, 0, 0]);
    expect(skipped.capped).toBe(4);
    expect(Array.from(modeAmplitudes(five, 0).sigmas)).toEqual([0, 0, 0, 0, 0]);
    for (const bad of [-1, NaN, Infinity]) {
      expect(() => modeAmplitudes(five, bad)).toThrow(InvalidArgumentError);
    }
    expect(() => modeAmplitudes(five, 1, { minFrequency: 0 })).toThrow(InvalidArgumentError);
  });
});

describe('sets', () => {
  const options = { temperatures: [100, 300], count: 4, seed: 7 };

  test('ids, groups and seeds', () => {
    const set = [...normalModeSet({ ...options, parents: [{ ...parent, group: 'g' }] })];
    expect(set.map(({ meta }) => meta.id).slice(3, 5)).toEqual([
      'NH3/modes-100K-00003',
      'NH3/modes-300K-00000',
    ]);
    for (const { meta } of set) {
      expect(meta).toMatchObject({ group: 'g', parent: 'NH3', source: 'normal-modes' });
      expect(meta.details).toMatchObject({ softModes: 0, imaginaryModes: 0 });
    }
    expect([...normalModeSet({ ...options, parents: [{ ...parent, group: 'g' }] })]).toEqual(set);
    const other = [...normalModeSet({ ...options, seed: 8, parents: [parent] })];
    expect(other[0].atoms.positions).not.toEqual(set[0].atoms.positions);
    // Not dependent on what else is drawn.
    const alone = [
      ...normalModeSet({ ...options, temperatures: [300], count: 1, parents: [parent] }),
    ];
    expect(alone[0].atoms).toEqual(set[4].atoms);
    // The centre of mass stays.
    for (const { atoms } of set) {
      let drift = 0;
      for (let i = 0; i < 4; i++) {
        drift += modes.masses[i] * (atoms.positions[3 * i] - ammonia.positions[3 * i]);
      }
      expect(Math.abs(drift)).toBeLessThan(1e-10);
    }
  });

  test('close contacts are drawn again; when there is no way, it is said', () => {
    const hot = { parents: [parent], temperatures: [9000], count: 40, seed: 1, minDistance: 0.8 };
    const set = [...normalModeSet(hot)];
    expect(set.some(({ meta }) => Number(meta.details?.attempt) > 0)).toBe(true);
    expect(set.every(({ atoms }) => areApart(atoms, 0.8))).toBe(true);
    expect(() => [...normalModeSet({ ...hot, minDistance: 3 })]).toThrow(SamplingError);
    expect(() => [...normalModeSet({ ...hot, count: -1 })]).toThrow(InvalidArgumentError);
  });
});

describe('units', () => {
  const calculator = new PairPotential();
  // Stretched, so that there is something to relax.
  const crystal = { id: 'Ar4', atoms: fcc('Ar', 3.9) };
  const triangle = {
    id: 'Ar3',
    atoms: createAtoms({ symbols: ['Ar', 'Ar', 'Ar'], positions: [0, 0, 0, 3, 0, 0, 1.4, 2.7, 0] }),
  };
  const common = { calculator: later(calculator), temperatures: [40], count: 3, seed: 2 };

  test('relaxed, differentiated, drawn, labelled once', async () => {
    const events: NormalModeEvent[] = [];
    const make = () =>
      normalModeUnits({
        ...common,
        parents: [triangle, crystal],
        concurrency: 4,
        onEvent: (event) => events.push(event),
      });
    const target = join(folder, 'modes');
    const summary = await labelStructures({ structures: make(), calculator, folder: target });
    expect(summary).toMatchObject({ labelled: 8, failed: [] });
    const found = events.filter((event) => event.type === 'modes');
    expect(found.map((event) => event.frequencies.length)).toEqual([3, 9]);
    expect(found.every((event) => event.frequencies[0] > 0)).toBe(true);
    const calls = calculator.calls;
    const again = await labelStructures({ structures: make(), calculator, folder: target });
    expect(again.labelled).toBe(8);
    expect(calculator.calls).toBe(calls);
  });

  test('a unit is the same whenever it is made', async () => {
    const [unit] = normalModeUnits({ ...common, parents: [triangle] });
    const first = await unit.make(undefined);
    expect(await unit.make(undefined)).toEqual(first);
    expect(first).toHaveLength(unit.count!);
    expect(first[0].meta).toMatchObject({ id: 'Ar3/modes-relaxed', source: 'minimum' });
    expect(first[0].known?.teacher).toBe('pair-1');
    const [asIs] = normalModeUnits({ ...common, parents: [triangle], relax: false });
    expect(await asIs.make(undefined)).toHaveLength(3);
  });

  test('a parent that does not come to rest is reported, and a signal stops', async () => {
    const [unit] = normalModeUnits({ ...common, parents: [triangle], relax: { maxSteps: 1 } });
    await expect(Promise.resolve(unit.make(undefined))).rejects.toMatchObject({
      code: 'data/not-relaxed',
    });
    const [other] = normalModeUnits({ ...common, parents: [triangle] });
    await expect(Promise.resolve(other.make(AbortSignal.abort()))).rejects.toThrow(AbortedError);
  });
});

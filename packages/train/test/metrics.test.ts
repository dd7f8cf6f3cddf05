import { describe, expect, it } from '@jest/globals';
import { GPA } from '@mlffd/core';
import { MetricsAccumulator } from '../src/metrics.ts';

const numbers = Int32Array.of(1, 8);

describe('metrics by hand', () => {
  const accumulator = new MetricsAccumulator();
  // Two atoms; errors: energy 0.1 eV over 2 atoms, forces 0.1 on x of atom 0 and 0.3 on y of atom 1.
  accumulator.add(
    { numbers, energy: -5, forces: Float64Array.of(0.4, 0, 0, 0, 2, 0) },
    { energy: -4.9, forces: Float64Array.of(0.5, 0, 0, 0, 1.7, 0) },
  );
  // One atom without an energy label, with a stress label that is 2 GPa off in xx.
  accumulator.add(
    { numbers: Int32Array.of(8), forces: Float64Array.of(0, 0, 0.05), stress: new Float64Array(6) },
    { forces: Float64Array.of(0, 0.05, 0), stress: Float64Array.of(2 * GPA, 0, 0, 0, 0, 0) },
  );
  const metrics = accumulator.result();

  it('counts labels, not batches', () => {
    expect(metrics.structures).toBe(2);
    expect(metrics.atoms).toBe(3);
    expect(metrics.labelled).toEqual({ energy: 1, forces: 2, stress: 1 });
  });

  it('gives energies per atom in meV', () => {
    expect(metrics.energy_mae_meV_atom).toBeCloseTo(50, 9);
    expect(metrics.energy_rmse_meV_atom).toBeCloseTo(50, 9);
  });

  it('gives forces over components in meV/A', () => {
    expect(metrics.force_mae_meV_A).toBeCloseTo((1000 * (0.1 + 0.3 + 0.05 + 0.05)) / 9, 9);
    const squares = 0.01 + 0.09 + 2 * 0.0025;
    expect(metrics.force_rmse_meV_A).toBeCloseTo(1000 * Math.sqrt(squares / 9), 9);
    expect(metrics.force_max_meV_A).toBeCloseTo(300, 9);
  });

  it('relates them to the forces', () => {
    const mean = 2.45 / 9;
    const spread = 0.16 + 4 + 0.0025 - 9 * mean ** 2;
    expect(metrics.force_r2).toBeCloseTo(1 - 0.105 / spread, 9);
    expect(metrics.force_mean_abs_meV_A).toBeCloseTo(1000 * mean, 9);
    expect(metrics.accuracy).toBeCloseTo(1 - 0.5 / 2.45, 9);
    // Two atoms exactly along, one exactly across.
    expect(metrics.force_cosine).toBeCloseTo(2 / 3, 9);
  });

  it('gives stress in GPa', () => {
    expect(metrics.stress_mae_GPa).toBeCloseTo(2 / 6, 9);
    expect(metrics.stress_rmse_GPa).toBeCloseTo(2 / Math.sqrt(6), 9);
  });

  it('tells elements apart', () => {
    expect(Object.keys(metrics.by_element)).toEqual(['H', 'O']);
    expect(metrics.by_element.H.force_mae_meV_A).toBeCloseTo(100 / 3, 9);
    expect(metrics.by_element.O.atoms).toBe(2);
  });

  it('sorts atoms by the length of the reference force', () => {
    expect(
      metrics.by_force.map(({ low_eV_A, high_eV_A, atoms }) => [low_eV_A, high_eV_A, atoms]),
    ).toEqual([
      [0, 0.1, 1],
      [0.1, 1, 1],
      [1, null, 1],
    ]);
    expect(metrics.by_force[2].force_max_meV_A).toBeCloseTo(300, 9);
  });
});

describe('metrics at the limits', () => {
  it('scores zero forces 0 and exact forces 1', () => {
    const forces = Float64Array.of(1, -2, 0.5, 0, 3, -1);
    const score = (predicted: Float64Array): number | null => {
      const accumulator = new MetricsAccumulator();
      accumulator.add({ numbers, forces }, { forces: predicted });
      return accumulator.result().accuracy;
    };
    expect(score(new Float64Array(6))).toBe(0);
    expect(score(forces)).toBe(1);
  });

  it('is null without labels, and NaN for predictions that are', () => {
    const empty = new MetricsAccumulator();
    empty.add({ numbers }, {});
    expect(empty.result()).toMatchObject({
      energy_mae_meV_atom: null,
      force_mae_meV_A: null,
      force_r2: null,
      accuracy: null,
      stress_mae_GPa: null,
    });
    const broken = new MetricsAccumulator();
    const forces = Float64Array.of(1, NaN, 0, 2, 0, 0);
    broken.add({ numbers, forces: new Float64Array(6).fill(1) }, { forces });
    expect(broken.result().force_mae_meV_A).toBeNaN();
    expect(broken.result().force_max_meV_A).toBeNaN();
  });

  it('refuses to judge a property that was not predicted', () => {
    expect(() => {
      new MetricsAccumulator().add({ numbers, energy: 1 }, {});
    }).toThrow(TypeError);
  });
});

import { describe, expect, test } from '@jest/globals';
import { Rng } from '@mlffd/core';
import { Filters, tabulate } from '../src/fused/filterTable.ts';
import { FusedPotential } from '../src/fused/fusedPotential.ts';
import { type PainnConfig, PRESETS, type PresetName, type Student } from '../src/index.ts';
import { FUSED } from './backends.ts';
import { hashedParameters } from './formula.ts';
import { box, SMALL, worst } from './systems.ts';

/** Largest difference of a force between table and exact filters, relative to the RMS of the forces. */
const FORCES = 1e-4;
/** Reported are the errors in every fourth interval: elsewhere they may be a little larger. */
const REPORTED = 1.25;
/** Coefficients are stored in float32: relative to the largest filter and derivative. */
const STORED = { value: 2e-7, slope: 1e-6 };
/** Intervals whose errors are far above float32. */
const COARSE = [16, 32, 64] as const;
/**
 * Halving an interval divides the error of a cubic's value by 16 and that of its slope, which makes
 * the forces, by 8; the largest error of a force jumps from one atom to another.
 */
const HALVED = { value: [11, 20], slope: [6, 10], forces: [4, 14] } as const;

const table = FUSED['fused, multiply-add, table'];
const exact = FUSED['fused, multiply-add, exact'];

function studentOf(config: PainnConfig): Student {
  return {
    config,
    parameters: hashedParameters(config, 4),
    baseline: { energies: new Float64Array(100), scale: 1, elements: [1, 6, 7, 8] },
    provenance: {},
  };
}

const rms = (values: Float64Array): number =>
  Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);

const forcesOf = (potential: FusedPotential, atoms: ReturnType<typeof box>): Float64Array =>
  potential.evaluate(atoms).forces.slice(0, atoms.positions.length);

describe.each(Object.keys(PRESETS) as PresetName[])('the preset %s', (name) => {
  test('has the forces of exact filters with a table', () => {
    const preset = PRESETS[name];
    // Blocks of the largest are as many as show all kinds: its tables take long.
    const config = {
      ...preset,
      interactions: Math.min(preset.interactions, name === 'large' ? 2 : 9),
    };
    const student = studentOf(config);
    const tabulated = new FusedPotential(student, table);
    const atoms = box(name === 'large' ? 4 : 24);
    const expected = forcesOf(new FusedPotential(student, exact), atoms);
    expect(worst(forcesOf(tabulated, atoms), expected) / rms(expected)).toBeLessThan(FORCES);
    expect(tabulated.tableErrors.length).toBe(config.interactions);
    for (const { value, slope } of tabulated.tableErrors) {
      expect(value).toBeLessThan(FORCES / 10);
      expect(slope).toBeLessThan(FORCES / 10);
    }
  });
});

test('a potential with exact filters reports no errors of a table', () => {
  const { tableErrors } = new FusedPotential(studentOf(SMALL), exact);
  expect(tableErrors).toEqual([
    { value: 0, slope: 0 },
    { value: 0, slope: 0 },
  ]);
});

describe.each([
  ['Bessel functions', SMALL],
  ['Gaussians', { ...SMALL, radialBasis: { type: 'gaussian', count: 8 } }],
  ['the cosine', { ...SMALL, cutoffFunction: 'cosine' }],
  ['shared filters', { ...SMALL, sharedFilters: true }],
] as const)('with %s', (_name, config: PainnConfig) => {
  const student = studentOf(config);
  const { parameters } = student;
  const parts = [0, 1, 2];
  const choice = { config, parameters, block: 1, parts };

  test.each([24, 410])('no filter is farther off than reported, %i intervals', (intervals) => {
    const { coefficients, error } = tabulate(choice, intervals);
    const filters = new Filters(choice);
    const record = coefficients.length / (intervals + 1);
    const rng = new Rng(1, 'distances');
    const far = { value: 0, slope: 0 };
    const most = { value: 0, slope: 0 };
    for (let n = 0; n < 2000; n++) {
      const place = intervals * rng.uniform();
      const t = place - Math.floor(place);
      const { values, slopes } = filters.at((place * config.cutoff) / intervals);
      for (let k = 0; k < values.length; k++) {
        const [part, feature] = [Math.floor(k / config.features), k % config.features];
        const group = (feature >> 2) * parts.length + part;
        const at = Math.floor(place) * record + 16 * group + (feature % 4);
        const c = [0, 4, 8, 12].map((offset) => coefficients[at + offset]);
        const value = c[0] + t * (c[1] + t * (c[2] + t * c[3]));
        const slope = ((c[1] + t * (2 * c[2] + t * 3 * c[3])) * intervals) / config.cutoff;
        far.value = Math.max(far.value, Math.abs(value - values[k]));
        far.slope = Math.max(far.slope, Math.abs(slope - slopes[k]));
        most.value = Math.max(most.value, Math.abs(values[k]));
        most.slope = Math.max(most.slope, Math.abs(slopes[k]));
      }
    }
    expect(far.value / most.value).toBeLessThan(REPORTED * error.value + STORED.value);
    expect(far.slope / most.slope).toBeLessThan(REPORTED * error.slope + STORED.slope);
  });

  test('halving the intervals makes the errors those of a finer cubic', () => {
    const errors = COARSE.map((intervals) => tabulate(choice, 4 * intervals).error);
    const reference = new FusedPotential(student, exact);
    const atoms = box(30);
    const expected = forcesOf(reference, atoms);
    const forces = COARSE.map((intervals) =>
      worst(forcesOf(new FusedPotential(student, { ...table, intervals }), atoms), expected),
    );
    for (let k = 1; k < COARSE.length; k++) {
      const ratios = {
        value: errors[k - 1].value / errors[k].value,
        slope: errors[k - 1].slope / errors[k].slope,
        forces: forces[k - 1] / forces[k],
      };
      for (const kind of ['value', 'slope', 'forces'] as const) {
        expect(ratios[kind]).toBeGreaterThan(HALVED[kind][0]);
        expect(ratios[kind]).toBeLessThan(HALVED[kind][1]);
      }
    }
  });
});

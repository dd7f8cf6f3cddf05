import { describe, expect, test } from '@jest/globals';
import { parsePainnConfig, PRESETS, StudentConfigError } from '../src/index.ts';

const valid = {
  features: 16,
  interactions: 2,
  radialBasis: { type: 'bessel', count: 8 },
  cutoff: 5,
  cutoffFunction: 'polynomial',
};

function refusal(value: unknown): StudentConfigError {
  try {
    parsePainnConfig(value, 'student.json');
  } catch (error) {
    if (error instanceof StudentConfigError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('parsePainnConfig', () => {
  test('writes out the defaults', () => {
    expect(parsePainnConfig(valid)).toEqual({
      ...valid,
      sharedFilters: false,
      maxAtomicNumber: 99,
    });
  });

  test('keeps options that are chosen, and leaves out those at their default', () => {
    const chosen = {
      ...{ zbl: true, zblReach: 0.7 },
      ...{ isolatedAtoms: 'baseline', normSoftening: 0.1 },
    } as const;
    expect(parsePainnConfig({ ...valid, ...chosen })).toMatchObject(chosen);
    const whole = { zbl: true, zblReach: 1 };
    expect(parsePainnConfig({ ...valid, ...whole })).not.toHaveProperty('zblReach');
    expect(parsePainnConfig({ ...valid, zblReach: 0.7 })).toEqual(parsePainnConfig(valid));
    const defaults = { zbl: false, isolatedAtoms: 'network', normSoftening: 1e-4 };
    expect(parsePainnConfig({ ...valid, ...defaults })).toEqual(parsePainnConfig(valid));
  });

  test('presets are valid and complete', () => {
    for (const preset of Object.values(PRESETS)) {
      const repelled = { ...preset, zbl: true };
      expect(parsePainnConfig(repelled)).toEqual(repelled);
      // Without the repulsion there is none that could end anywhere.
      const { zblReach, ...plain } = preset;
      expect(zblReach).toBe(0.7);
      expect(parsePainnConfig(preset)).toEqual(plain);
    }
  });

  test('a typing error is named with a suggestion', () => {
    const error = refusal({ ...valid, interaction: 3 });
    expect(error.message).toBe('Unknown key "interaction" in student.json');
    expect(error.hint).toBe('Did you mean "interactions"?');
    expect(refusal({ ...valid, radialBasis: { type: 'bessel', cuont: 8 } }).hint).toBe(
      'Did you mean "count"?',
    );
    expect(refusal({ ...valid, somethingElseEntirely: 3 }).hint).toBe('Remove it.');
  });

  test.each([
    ['features', 2.5, 'an integer from 2 to 4096'],
    ['features', '16', 'an integer from 2 to 4096'],
    ['interactions', 0, 'an integer from 1 to 32'],
    ['cutoff', -5, 'a positive finite number'],
    ['cutoff', undefined, 'a positive finite number'],
    ['cutoffFunction', 'cosin', 'one of cosine, polynomial'],
    ['sharedFilters', 1, 'true or false'],
    ['maxAtomicNumber', 200, 'an integer from 1 to 118'],
    ['zbl', 'yes', 'true or false'],
    ['zbl', null, 'true or false'],
    ['isolatedAtoms', 'E0', 'one of baseline, network'],
    ['zblReach', 0, 'a number from 0.1 to 1'],
    ['zblReach', 1.1, 'a number from 0.1 to 1'],
    ['zblReach', '0.7', 'a number from 0.1 to 1'],
    ['normSoftening', 0, 'a number from 1e-15 to 10'],
    ['normSoftening', -0.1, 'a number from 1e-15 to 10'],
    ['normSoftening', 10.5, 'a number from 1e-15 to 10'],
    ['normSoftening', Number.NaN, 'a number from 1e-15 to 10'],
    ['normSoftening', '0.1', 'a number from 1e-15 to 10'],
  ])('%s = %p is refused', (key, value, expected) => {
    const error = refusal({ ...valid, [key]: value });
    expect(error.code).toBe('student/config-value');
    expect(error.expected).toBe(expected);
    expect(error.where).toBe(`student.json, key "${key}"`);
  });

  test('what is no object is refused', () => {
    for (const value of [undefined, null, 3, [], 'tiny']) {
      expect(refusal(value).code).toBe('student/config-type');
    }
    expect(refusal({ ...valid, radialBasis: 'bessel' }).code).toBe('student/config-type');
  });
});

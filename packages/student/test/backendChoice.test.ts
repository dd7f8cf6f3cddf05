import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, isPromise } from '@mlffd/core';
import { FusedUnavailableError } from '../src/fused/errors.ts';
import { FusedCalculator } from '../src/fused/fusedCalculator.ts';
import { FusedPotential } from '../src/fused/fusedPotential.ts';
import {
  buildInferenceModel,
  PRESETS,
  type PresetName,
  StudentCalculator,
  type StudentCalculatorOptions,
  type StudentConfig,
} from '../src/index.ts';
import { FUSED } from './backends.ts';
import { box, randomStudent, SMALL, water, worst } from './systems.ts';

/** Sums over a few hundred features in float32: eV and eV/Angstrom. */
const WIDE = 2e-5;

const model = buildInferenceModel(randomStudent(), { dense: true });

async function choice(
  config: StudentConfig,
  options: StudentCalculatorOptions = {},
): Promise<[string, string]> {
  const calculator = await StudentCalculator.fromStudent(randomStudent(config), options);
  const { backend, backendReason } = calculator;
  await calculator.dispose();
  return [backend, backendReason];
}

test('a wide student leaves some dozen atoms to ONNX Runtime, with the same answers', async () => {
  const student = randomStudent({ ...SMALL, features: 160, interactions: 1 });
  const [free, fused] = await Promise.all([
    StudentCalculator.fromStudent(student),
    StudentCalculator.fromStudent(student, { backend: 'fused' }),
  ]);
  for (const [atoms, later] of [
    [water(), false],
    [box(20), true],
    [box(70), false],
  ] as const) {
    const answer = free.calculate(atoms, ['energy', 'forces']);
    expect(isPromise(answer)).toBe(later);
    const expected = await fused.calculate(atoms, ['energy', 'forces']);
    const found = await answer;
    expect(Math.abs(found.energy! - expected.energy!)).toBeLessThan(WIDE * atoms.numbers.length);
    expect(worst(found.forces!, expected.forces!)).toBeLessThan(WIDE);
  }
  await free.dispose();
  await fused.dispose();
});

describe('without a wish, a student is computed', () => {
  test.each(['ultra-tiny', 'tiny', 'original'] as PresetName[])(
    'fused: preset %s',
    async (name) => {
      expect(await choice(PRESETS[name])).toEqual(['fused', 'it is the fastest']);
    },
  );

  test.each([
    ['a plain one', SMALL],
    ['one with repulsion', { ...SMALL, zbl: true }],
    ['one with isolated atoms at zero', { ...SMALL, isolatedAtoms: 'baseline' }],
    ['one with softened lengths of vectors', { ...SMALL, normSoftening: 0.1 }],
    ['one of 256 features', { ...SMALL, features: 256, interactions: 1 }],
  ] as [string, StudentConfig][])('fused: %s', async (_, config) => {
    expect(await choice(config)).toEqual(['fused', 'it is the fastest']);
    expect(await choice(config, { backend: 'auto' })).toEqual(['fused', 'it is the fastest']);
  });

  test.each([
    ['charge', { ...SMALL, charge: true }, {}, 'it depends on the charge of a structure'],
    ['spin', { ...SMALL, spin: true }, {}, 'it depends on the spin of a structure'],
    [
      'charge and spin',
      { ...SMALL, charge: true, spin: true },
      {},
      'it depends on the charge and the spin of a structure',
    ],
    ['257 features', { ...SMALL, features: 257, interactions: 1 }, {}, 'more than 256 features'],
    ['a model', SMALL, { model }, 'a model for ONNX Runtime was given'],
  ] as [string, StudentConfig, StudentCalculatorOptions, string][])(
    'on ONNX Runtime: %s',
    async (_, config, options, reason) => {
      const [backend, backendReason] = await choice(config, options);
      expect(backend).toBe('onnx');
      expect(backendReason).toContain(reason);
    },
  );
});

describe('a back end that is asked for', () => {
  test.each(['fused', 'onnx'] as const)('is taken: %s', async (backend) => {
    expect(await choice(SMALL, { backend })).toEqual([backend, 'it was asked for']);
  });

  test.each([
    ['charge', { ...SMALL, charge: true }, {}, 'student/fused-unsupported'],
    ['spin', { ...SMALL, spin: true }, {}, 'student/fused-unsupported'],
    ['a model', SMALL, { model }, 'student/fused-model'],
  ] as [string, StudentConfig, StudentCalculatorOptions, string][])(
    'is refused where it cannot do it: %s',
    async (_, config, options, code) => {
      const refusal = choice(config, { ...options, backend: 'fused' });
      await expect(refusal).rejects.toBeInstanceOf(FusedUnavailableError);
      await expect(refusal).rejects.toMatchObject({ code });
      const error = (await refusal.catch((thrown: unknown) => thrown)) as FusedUnavailableError;
      expect(error.hint).toMatch(/take the back end `onnx`/i);
    },
  );

  test.each([{ skin: -0.1 }, { skin: NaN }, { intervals: 0 }, { intervals: 2.5 }])(
    'is refused with %j',
    (wrong) => {
      const kernels = FUSED['fused, plain, table'];
      const make = (): unknown => new FusedPotential(randomStudent(), { ...kernels, ...wrong });
      expect(make).toThrow(InvalidArgumentError);
    },
  );

  test('is refused by kernels below the calculator too', () => {
    const student = randomStudent({ ...SMALL, charge: true });
    const make = (): unknown => FusedCalculator.fromStudent(student, FUSED['fused, plain, exact']);
    expect(make).toThrow(FusedUnavailableError);
  });

  test('is fused with any number of features: more than 256 are only slower', async () => {
    const student = randomStudent({ ...SMALL, features: 270, interactions: 2 });
    const [fused, onnx] = await Promise.all(
      (['fused', 'onnx'] as const).map(async (backend) =>
        StudentCalculator.fromStudent(student, { backend }),
      ),
    );
    const found = await fused.calculate(water(), ['energy', 'forces']);
    const expected = await onnx.calculate(water(), ['energy', 'forces']);
    expect(Math.abs(found.energy! - expected.energy!)).toBeLessThan(WIDE);
    expect(worst(found.forces!, expected.forces!)).toBeLessThan(WIDE);
    await onnx.dispose();
  });
});

import { describe, expect, test } from '@jest/globals';
import {
  type Atoms,
  type Calculator,
  checkCalculator,
  type CheckName,
  createAtoms,
  type Property,
  type Results,
} from '../src/index.ts';
import { type Flaw, PairPotential } from './support/pairPotential.ts';

const molecule = createAtoms({
  symbols: ['C', 'O', 'C', 'O', 'C'],
  positions: [0, 0, 0, 1.9, 0.3, 0.1, -0.8, 2.1, 0.4, 1.2, 2.4, -1.7, 3.3, 2.2, 1.6],
});

/** Smaller than the cutoff, triclinic, so that every image counts. */
const crystal = createAtoms({
  symbols: ['C', 'O', 'C'],
  positions: [0.1, 0.2, 0.1, 2.0, 1.7, 0.4, 1.1, 3.1, 2.9],
  cell: [4.1, 0, 0, 0.9, 4.3, 0, -0.5, 0.8, 4.6],
  pbc: true,
});

const structures = [
  { name: 'molecule', atoms: molecule },
  { name: 'crystal', atoms: crystal },
];

async function failuresOf(calculator: Calculator): Promise<string[]> {
  const { failures } = await checkCalculator(calculator, { structures });
  return failures.map(({ name, structure }) => `${name} of ${structure}`);
}

describe('checkCalculator', () => {
  test('finds nothing wrong with a correct potential, in every check', async () => {
    const report = await checkCalculator(
      new PairPotential(undefined, ['energy', 'forces', 'stress']),
      {
        structures,
      },
    );
    expect(report.failures).toEqual([]);
    expect(report.calculator).toBe('morse-test');
    const names = new Set(report.checks.map(({ name }) => name));
    expect(names.size).toBe(15);
    expect(report.checks.filter(({ structure }) => structure === 'crystal')).toHaveLength(11);
    for (const check of report.checks) {
      expect(check.measured).toBeLessThanOrEqual(check.tolerance);
      expect(check.detail).not.toBe('');
    }
  });

  test('works with promises', async () => {
    const inner = new PairPotential();
    const slow: Calculator = {
      name: 'slow',
      properties: inner.properties,
      elements: inner.elements,
      cutoff: inner.cutoff,
      calculate: async (atoms: Atoms, properties: readonly Property[]): Promise<Results> => {
        await Promise.resolve();
        return inner.calculate(atoms, properties);
      },
      dispose: async () => {
        await Promise.resolve();
      },
    };
    expect(await failuresOf(slow)).toEqual([]);
  });

  test.each<[Flaw, CheckName, string[]]>([
    ['energies-do-not-add-up', 'results', ['molecule', 'crystal']],
    ['short-forces', 'results', ['molecule', 'crystal']],
    ['infinite-energy', 'results', ['molecule', 'crystal']],
    ['shared-buffer', 'copies', ['molecule', 'crystal']],
    ['moves-atoms', 'copies', ['molecule', 'crystal']],
    ['cached-arrays', 'repeatable', ['molecule', 'crystal']],
    ['wrong-sign', 'forces', ['molecule', 'crystal']],
    ['one-force-off', 'forces', ['molecule', 'crystal']],
    ['wrong-stress', 'stress', ['crystal']],
    ['external-field', 'translation', ['molecule', 'crystal']],
    ['ignores-images', 'images', ['crystal']],
    ['nearest-image-only', 'extensivity', ['crystal']],
    ['prefers-x', 'rotation', ['molecule', 'crystal']],
    ['prefers-first-atom', 'permutation', ['molecule', 'crystal']],
    ['energy-offset', 'extensivity', ['molecule', 'crystal']],
    ['hard-cutoff', 'smooth-cutoff', ['molecule', 'crystal']],
    ['accepts-any-element', 'unsupported-element', ['molecule']],
    ['wrong-error', 'unsupported-element', ['molecule']],
    ['accepts-nan', 'invalid-atoms', ['molecule']],
    ['disposes-once', 'dispose', ['molecule']],
  ])('catches %s with the check "%s"', async (flaw, check, where) => {
    const failures = await failuresOf(new PairPotential(flaw));
    expect(failures).toEqual(expect.arrayContaining(where.map((name) => `${check} of ${name}`)));
  });

  test.each<[Flaw, CheckName]>([
    ['energies-do-not-add-up', 'results'],
    ['shared-buffer', 'copies'],
    ['cached-arrays', 'repeatable'],
    ['wrong-sign', 'forces'],
    ['wrong-stress', 'stress'],
    ['energy-offset', 'extensivity'],
    ['disposes-once', 'dispose'],
  ])('blames %s on "%s" alone', async (flaw, check) => {
    const { failures } = await checkCalculator(new PairPotential(flaw), { structures });
    expect(new Set(failures.map(({ name }) => name))).toEqual(new Set([check]));
  });

  test('catches a calculator that takes any property', async () => {
    const calculator = new PairPotential('accepts-any-property', ['energy', 'forces']);
    expect(await failuresOf(calculator)).toEqual(['unsupported-property of molecule']);
  });

  test('reports a calculator that throws as failed, with its message', async () => {
    const broken: Calculator = {
      name: 'broken',
      properties: ['energy', 'forces'],
      calculate: () => {
        throw new Error('session lost');
      },
      dispose: () => undefined,
    };
    const { failures } = await checkCalculator(broken, { structures: [molecule] });
    const forces = failures.find(({ name }) => name === 'forces');
    expect(forces).toMatchObject({ structure: 'structure 0', measured: Infinity, passed: false });
    expect(forces?.detail).toContain('session lost');
  });

  test('skips what it is told to, and takes tolerances', async () => {
    const flawed = new PairPotential('wrong-stress');
    const loose = await checkCalculator(flawed, { structures, tolerances: { stress: 1 } });
    expect(loose.failures).toEqual([]);
    const skipped = await checkCalculator(flawed, { structures, skip: ['stress'] });
    expect(skipped.checks.some(({ name }) => name === 'stress')).toBe(false);
  });

  test('leaves out what does not apply to a calculator of energies without cutoff', async () => {
    const constant: Calculator = {
      name: 'zero',
      properties: ['energy'],
      calculate: () => ({ energy: 0 }),
      dispose: () => undefined,
    };
    const { checks } = await checkCalculator(constant, {
      structures: [molecule],
      skip: ['invalid-atoms'],
    });
    const names = checks.map(({ name }) => name);
    expect(names).not.toContain('forces');
    expect(names).not.toContain('stress');
    expect(names).not.toContain('smooth-cutoff');
    expect(names).not.toContain('unsupported-element');
  });

  test('needs a structure', async () => {
    await expect(checkCalculator(new PairPotential(), { structures: [] })).rejects.toMatchObject({
      code: 'conformance/no-structures',
    });
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Atoms, MlffdError, type Property, type Results } from '@mlffd/core';
import { BACKENDS, type TestedCalculator } from './backends.ts';
import { type Fuzzed, fuzzed } from './fuzzStructures.ts';
import type { Student, StudentConfig } from '../src/index.ts';
import { randomStudent, SMALL, worst } from './systems.ts';

/** Relative to the energy of the network or 1 eV per atom: float32 in another order. */
const ENERGY = 1e-5;
/** eV/Angstrom, relative to the largest force where that is more than 1 eV/Angstrom. */
const FORCES = 1e-4;
/** eV/Angstrom^3, relative to the largest where that is more than 1. */
const STRESS = 1e-4;

/** Structures of each student. */
const RUNS = 120;

/** What happens to them. */
const OUTCOMES = [
  'atoms/invalid-cell',
  'atoms/invalid-charge',
  'atoms/non-finite-position',
  'atoms/unknown-element',
  'atoms/zero-volume',
  'results',
  'student/coincident-atoms',
  'student/element',
];

/** What a calculator says: results, or the code of its refusal. */
type Answer = { readonly results: Results } | { readonly code: string };

async function ask(calculator: TestedCalculator, atoms: Atoms): Promise<Answer> {
  const properties: Property[] = ['energy', 'energies', 'forces'];
  if (atoms.pbc.every(Boolean)) properties.push('stress');
  try {
    return { results: await calculator.calculate(atoms, properties) };
  } catch (error) {
    if (error instanceof MlffdError) return { code: error.code };
    throw error;
  }
}

function isFinite({ energy, energies, forces, stress }: Results): boolean {
  return [energy!, ...energies!, ...forces!, ...(stress ?? [])].every((x) => Number.isFinite(x));
}

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x)), 1);

function expectSame(found: Answer, expected: Answer, { atoms }: Fuzzed): void {
  if ('code' in expected || 'code' in found) {
    expect(found).toEqual(expected);
    return;
  }
  const [a, b] = [found.results, expected.results];
  expect(isFinite(a) && isFinite(b)).toBe(true);
  const scale = largest([b.energy! / atoms.numbers.length]) * atoms.numbers.length;
  expect(Math.abs(a.energy! - b.energy!) / scale).toBeLessThan(ENERGY);
  expect(worst(a.forces!, b.forces!) / largest(b.forces!)).toBeLessThan(FORCES);
  expect(worst(a.stress ?? [], b.stress ?? []) / largest(b.stress ?? [])).toBeLessThan(STRESS);
}

/** Small enough for hundreds of calls; energies are those of the network alone. */
function student(change: Partial<StudentConfig> = {}): Student {
  const made = randomStudent({ ...SMALL, ...CHEAP, ...change }, 3);
  return { ...made, baseline: { ...made.baseline, energies: new Float64Array(100) } };
}

const CHEAP: Partial<StudentConfig> = { cutoff: 3, radialBasis: { type: 'bessel', count: 4 } };
const STUDENTS = {
  'a student': student(),
  'one of an odd width with repulsion': student({ features: 13, zbl: true }),
  'one with isolated atoms at zero': student({ features: 9, isolatedAtoms: 'baseline' }),
} as const;
const [onnx, ...fused] = BACKENDS;

describe.each(Object.entries(STUDENTS))('%s', (_, tested) => {
  test('says on all back ends the same, or is refused by all', async () => {
    const reference = await onnx.create(tested);
    const kept = await Promise.all(fused.map(async ({ create }) => create(tested)));
    let turn = 0;
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 30, arbitrary: fuzzed(90) }, fuzzed(2000, 200)),
        async (fuzz) => {
          const expected = await ask(reference, fuzz.atoms);
          const found = [];
          for (const calculator of kept) found.push(await ask(calculator, fuzz.atoms));
          for (const answer of found) expectSame(answer, expected, fuzz);
          seen.add('code' in expected ? expected.code : 'results');
          // The same bits from one that was never asked before: each back end in turn.
          turn = (turn + 1) % fused.length;
          expect(await ask(await fused[turn].create(tested), fuzz.atoms)).toEqual(found[turn]);
        },
      ),
      { seed: 1, numRuns: RUNS },
    );
    expect([...seen].sort()).toEqual(OUTCOMES);
    for (const calculator of [reference, ...kept]) await calculator.dispose();
  });
});

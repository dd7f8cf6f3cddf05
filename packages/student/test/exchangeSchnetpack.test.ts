import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { KCAL_PER_MOL, neighborList } from '@mlffd/core';
import { grad, Graph, interpret } from '@mlffd/graph';
import { ExportError, ImportMismatchError } from '../src/exchange/errors.ts';
import { fromSchnetpack } from '../src/exchange/fromSchnetpack.ts';
import { schnetpackScript, toSchnetpack } from '../src/exchange/toSchnetpack.ts';
import {
  buildPainn,
  declareEdges,
  decodeSafetensors,
  edgeFeeds,
  encodeSafetensors,
  forcesFromEdges,
  layoutEdges,
  type Student,
} from '../src/index.ts';
import { EXPORTED, exportedStudent } from './exchangeStudents.ts';
import { BACKENDS } from './backends.ts';
import { atomsOf, fixtureAnswers, fixtureBytes } from './exchangeFixtures.ts';
import { worst } from './systems.ts';

/** Both sides in float64 with the same weights; energies of 7e4 eV have 1.5e-11 eV of rounding. */
const EXACT = { energy: 1e-9, forces: 1e-12 };
/** Rounding of a network in float32 with forces of 0.05 eV/Angstrom: eV/atom, eV/Angstrom, eV/Angstrom^3. */
const SINGLE = 5e-7;

/** Energy and forces of a student in float64. */
function exactly(
  { config, parameters, baseline }: Student,
  atoms: ReturnType<typeof atomsOf>,
): { energy: number; forces: Float64Array } {
  const graph = new Graph();
  const list = neighborList(atoms, config.cutoff);
  const batch = layoutEdges(list, { rows: 'dense' });
  const edges = declareEdges(graph, batch);
  const { atomEnergies } = buildPainn(graph, config, {
    parameter: (spec) => graph.constant(parameters.get(spec.name)!, spec.shape),
    edges,
  });
  const [gradient] = grad(atomEnergies, [edges.vectors]);
  const feeds = edgeFeeds(batch, BigInt64Array.from(atoms.numbers, BigInt));
  const vectors = Float64Array.from(batch.vectors);
  batch.slotOf.forEach((slot, e) => {
    vectors.set(list.vectors.subarray(3 * e, 3 * e + 3), 3 * slot);
  });
  const out = interpret(
    { e: atomEnergies, g: gradient },
    { ...feeds, edge_vectors: { ...feeds.edge_vectors, data: vectors } },
  );
  const derivatives = new Float64Array(3 * list.count);
  batch.slotOf.forEach((slot, e) => {
    derivatives.set(out.g.data.subarray(3 * slot, 3 * slot + 3), 3 * e);
  });
  const network = out.e.data.reduce((sum, value) => sum + value, 0);
  return {
    energy: atoms.numbers.reduce((sum, z) => sum + baseline.energies[z], baseline.scale * network),
    forces: forcesFromEdges(list, derivatives, baseline.scale),
  };
}

/** Content of a file for schnetpack, its JSON parsed. */
function content(bytes: Uint8Array): { tensors: object; facts: unknown; format: unknown } {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const facts = JSON.parse(metadata.schnetpack) as unknown;
  return { tensors: Object.fromEntries(tensors), facts, format: metadata.format };
}

describe.each(EXPORTED)('the student "%s", for schnetpack', (name) => {
  const student = exportedStudent(name);
  const answers = fixtureAnswers(name);

  test('is written as the file that schnetpack answered for', () => {
    expect(content(toSchnetpack(student))).toEqual(content(fixtureBytes(`${name}.safetensors`)));
  });

  test('has the answers of schnetpack in float64', () => {
    expect(answers.float64.length).toBeGreaterThan(5);
    for (const expected of answers.float64) {
      const found = exactly(student, atomsOf(answers, expected.structure));
      expect(Math.abs(found.energy - expected.energy)).toBeLessThan(EXACT.energy);
      expect(worst(found.forces, expected.forces)).toBeLessThan(EXACT.forces);
    }
  });

  test.each(BACKENDS)('has the answers of schnetpack in float32 on $name', async ({ create }) => {
    const calculator = await create(student);
    try {
      for (const expected of [...answers.float64, ...answers.float32!]) {
        const atoms = atomsOf(answers, expected.structure);
        const stress = expected.stress === undefined ? [] : (['stress'] as const);
        const found = await calculator.calculate(atoms, ['energy', 'forces', ...stress]);
        const count = atoms.numbers.length;
        expect(Math.abs(found.energy! - expected.energy) / count).toBeLessThan(SINGLE);
        expect(worst(found.forces!, expected.forces)).toBeLessThan(SINGLE);
        if (expected.stress === undefined) continue;
        expect(worst(found.stress!, expected.stress)).toBeLessThan(SINGLE);
      }
    } finally {
      await calculator.dispose();
    }
  });

  test('comes back as it was', async () => {
    const { student: again, checked } = await fromSchnetpack(toSchnetpack(student));
    expect(again.config).toEqual(student.config);
    expect(again.parameters).toEqual(student.parameters);
    expect(again.baseline).toEqual(student.baseline);
    expect(checked).toBe(0);
  });
});

test('a student with isolated atoms at the baseline keeps its answers', async () => {
  const plain = exportedStudent('polynomial');
  const student: Student = { ...plain, config: { ...plain.config, isolatedAtoms: 'baseline' } };
  const { student: again } = await fromSchnetpack(toSchnetpack(student));
  expect(again.config.isolatedAtoms).toBeUndefined();
  const answers = fixtureAnswers('polynomial');
  for (const { structure, forces } of answers.float64) {
    const atoms = atomsOf(answers, structure);
    const found = exactly(again, atoms);
    expect(Math.abs(found.energy - exactly(student, atoms).energy)).toBeLessThan(EXACT.energy);
    expect(worst(found.forces, forces)).toBeLessThan(EXACT.forces);
  }
  const { energy } = exactly(again, atomsOf(answers, 'isolated atom'));
  expect(Math.abs(energy - plain.baseline.energies[18])).toBeLessThan(EXACT.energy);
});

test('a student with the repulsion of nuclei is refused', () => {
  const plain = exportedStudent('polynomial');
  const student: Student = { ...plain, config: { ...plain.config, zbl: true } };
  expect(() => toSchnetpack(student)).toThrow(ExportError);
});

describe('a model that schnetpack made', () => {
  const bytes = fixtureBytes('trained.safetensors');
  const energyUnit = KCAL_PER_MOL;

  test('gives the answers of schnetpack', async () => {
    const found = await fromSchnetpack(bytes, { energyUnit });
    expect(found.checked).toBe(2);
    expect(found.energyError).toBeLessThan(SINGLE);
    expect(found.forceError).toBeLessThan(SINGLE);
    expect(found.student.baseline.elements).toEqual([1, 6, 8]);
    expect(found.student.config.cutoff).toBe(4.7);
    const answers = fixtureAnswers('trained');
    expect(answers.float64.length).toBe(3);
    for (const expected of answers.float64) {
      const exact = exactly(found.student, atomsOf(answers, expected.structure));
      // The basis of schnetpack has constants in float32.
      expect(Math.abs(exact.energy - expected.energy)).toBeLessThan(SINGLE);
      expect(worst(exact.forces, expected.forces)).toBeLessThan(SINGLE);
    }
  });

  test('is refused where it does not answer as the file says', async () => {
    await expect(edited(bytes, (facts) => (facts.energy.scale = 1.01))).rejects.toMatchObject({
      name: 'ImportMismatchError',
      code: 'student/import-mismatch',
    });
    // A thousandth of an eV among ten thousand.
    const other = edited(bytes, (facts) => (facts.checks[0].energy += 1e-3));
    await expect(other).rejects.toBeInstanceOf(ImportMismatchError);
    await expect(other).rejects.toThrow('energies');
    const forces = edited(bytes, (facts) => (facts.checks[1].forces[2] += 1e-3));
    await expect(forces).rejects.toThrow('forces');
  });

  test.each([
    ['version', 'version', 'type'],
    ['elements', 'energy', 'elements'],
    ['atomref', 'energy', 'atomref'],
    ['basis', 'representation', 'radial_basis'],
    ['cutoff', 'representation', 'cutoff_fn'],
  ])('is refused with a wrong %s', async (_what, key, inner) => {
    const spoil = (facts: Facts): void => {
      const table = facts as unknown as Record<string, Record<string, unknown>>;
      table[key] = { ...table[key], [inner]: { type: 'other', H: 'x' } };
    };
    await expect(edited(bytes, spoil)).rejects.toMatchObject({ name: 'StudentConfigError' });
  });
});

describe('a model whose lengths of vectors are softened', () => {
  const bytes = fixtureBytes('extracted.safetensors');

  test('comes from schnetpack with its epsilon', async () => {
    const { student, checked, energyError } = await fromSchnetpack(bytes);
    expect(student.config).toEqual(exportedStudent('softened').config);
    expect(checked).toBe(2);
    expect(energyError).toBeLessThan(SINGLE);
  });

  test.each([0, -1, 1e-40, 101, 'x'])('is refused with an epsilon of %p', async (epsilon) => {
    const change = edited(bytes, (facts) => (facts.representation.epsilon = epsilon));
    await expect(change).rejects.toMatchObject({ code: 'student/config-value' });
  });

  test('is refused where the epsilon is not that of its answers', async () => {
    const change = edited(bytes, (facts) => delete facts.representation.epsilon);
    await expect(change).rejects.toBeInstanceOf(ImportMismatchError);
  });
});

test('other safetensors are refused', async () => {
  const tensors = new Map([['a', { shape: [1], data: new Float32Array(1) }]]);
  const other = encodeSafetensors({ tensors, metadata: { format: 'pt' } });
  await expect(fromSchnetpack(other, { where: 'x.safetensors' })).rejects.toMatchObject({
    code: 'student/not-schnetpack',
    where: 'x.safetensors',
  });
  const metadata = { format: 'mlffd-schnetpack', schnetpack: '{' };
  const broken = encodeSafetensors({ tensors, metadata });
  await expect(fromSchnetpack(broken)).rejects.toMatchObject({ code: 'student/json' });
});

test('the script lies where the package says', () => {
  expect(readFileSync(schnetpackScript(), 'utf8')).toContain('def extract(');
});

interface Facts {
  representation: { epsilon?: unknown };
  energy: { scale: number };
  checks: { energy: number; forces: number[] }[];
}

/** Imports a file whose facts were changed. */
async function edited(bytes: Uint8Array, edit: (facts: Facts) => void): Promise<unknown> {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const facts = JSON.parse(metadata.schnetpack) as Facts;
  edit(facts);
  const changed = { ...metadata, schnetpack: JSON.stringify(facts) };
  return fromSchnetpack(encodeSafetensors({ tensors, metadata: changed }));
}

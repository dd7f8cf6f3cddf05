import { afterAll, describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, neighborList, type Property } from '@mlffd/core';
import { grad, Graph, interpret, type NDArray, reduceSum, type Tensor } from '@mlffd/graph';
import { buildPairPainn } from '../src/pairs/pairPainn.ts';
import { declarePairs, pairFeeds } from '../src/pairs/pairTensors.ts';
import {
  buildInferenceModel,
  buildPainn,
  declareEdges,
  edgeFeeds,
  layoutEdges,
  layoutPairs,
  parameterSpecs,
  StudentCalculator,
} from '../src/index.ts';
import type { StudentConfig } from '../src/config.ts';
import { hashedParameters } from './formula.ts';
import { BACKENDS } from './backends.ts';
import { box, randomStudent, SMALL, water, worst } from './systems.ts';

/** The network runs in float32: this per unit of its output, times a scale of 0.7 eV. */
const FLOAT32 = 1e-6;
/** Float64 in another order. */
const SAME = 1e-12;
const ALL: Property[] = ['energy', 'energies', 'forces', 'stress'];

const LIMIT: StudentConfig = { ...SMALL, isolatedAtoms: 'baseline' };
/** Weights with biases that are not zero, so that isolated atoms have energies. */
const parameters = hashedParameters(SMALL, 3);
const plain = { ...randomStudent(), parameters };
const student = { ...plain, config: LIMIT };
const E0 = plain.baseline.energies;

const atom = (number: number): Atoms => createAtoms({ numbers: [number], positions: [[1, 2, 3]] });

describe.each(BACKENDS)('with isolated atoms at the baseline, $name', ({ create }) => {
  const made = create(student);
  const plainly = create(plain);

  afterAll(async () => {
    await (await made).dispose();
    await (await plainly).dispose();
  });

  test.each([1, 6, 7, 8])('an isolated atom of Z = %i has its reference energy', async (z) => {
    const [calculator, asItComes] = [await made, await plainly];
    const found = await calculator.calculate(atom(z), ['energy', 'forces']);
    expect(Math.abs(found.energy! - E0[z])).toBeLessThan(FLOAT32);
    expect([...found.forces!]).toEqual([0, 0, 0]);
    // It is no accident: the network says something else.
    const before = await asItComes.calculate(atom(z), ['energy']);
    expect(Math.abs(before.energy! - E0[z])).toBeGreaterThan(1e-3);
  });

  test('a molecule that falls apart goes to the sum of its atoms', async () => {
    const calculator = await made;
    const atoms = water();
    atoms.positions.forEach((x, k) => (atoms.positions[k] = 12 * x));
    const { energy } = await calculator.calculate(atoms, ['energy']);
    expect(Math.abs(energy! - (E0[8] + 2 * E0[1]))).toBeLessThan(3 * FLOAT32);
  });

  test('forces and stress are those of the network as it comes', async () => {
    const [calculator, asItComes] = [await made, await plainly];
    for (const atoms of [box(20), box(64)]) {
      const [a, b] = [
        await calculator.calculate(atoms, ALL),
        await asItComes.calculate(atoms, ALL),
      ];
      expect(worst(a.forces!, b.forces!)).toBeLessThan(FLOAT32);
      expect(worst(a.stress!, b.stress!)).toBeLessThan(FLOAT32);
      expect(worst(a.energies!, b.energies!)).toBeGreaterThan(1e-3);
    }
  });

  test('the model for other programs has the limit inside', async () => {
    const calculator = await made;
    const model = buildInferenceModel(student, { dense: true });
    const other = await StudentCalculator.fromStudent(student, { model });
    try {
      for (const atoms of [atom(6), water(), box(30)]) {
        const a = await calculator.calculate(atoms, ['energy']);
        const b = await other.calculate(atoms, ['energy']);
        expect(Math.abs(a.energy! - b.energy!)).toBeLessThan(atoms.numbers.length * FLOAT32);
      }
    } finally {
      await other.dispose();
    }
  });
});

interface Built {
  readonly energies: Tensor;
  readonly weights: readonly Tensor[];
}

function weightFeeds(config: StudentConfig): Record<string, NDArray> {
  const values = hashedParameters(config, 3);
  return Object.fromEntries(
    parameterSpecs(config).map(({ name, shape }) => [
      name,
      { data: Float64Array.from(values.get(name) ?? []), shape: [...shape] },
    ]),
  );
}

function edgeModel(config: StudentConfig, elements?: readonly number[]): Built {
  const graph = new Graph();
  const weights: Tensor[] = [];
  const { atomEnergies } = buildPainn(graph, config, {
    edges: declareEdges(graph),
    parameter: ({ name, shape }) => {
      weights.push(graph.input(name, shape));
      return weights[weights.length - 1];
    },
    ...(elements === undefined ? {} : { elements }),
  });
  return { energies: atomEnergies, weights };
}

function evaluate(outputs: Tensor[], atoms: Atoms, config: StudentConfig = LIMIT): number[][] {
  const batch = layoutEdges(neighborList(atoms, config.cutoff), { rows: 'chunked' });
  const named = Object.fromEntries(outputs.map((output, k) => [`output${k}`, output]));
  const values = interpret(named, {
    ...edgeFeeds(batch, BigInt64Array.from(atoms.numbers, BigInt)),
    ...weightFeeds(config),
  });
  return outputs.map((_, k) => Array.from(values[`output${k}`].data));
}

describe('the graph that is trained', () => {
  const molecule = (): Atoms => {
    const atoms = box(6, 4, false);
    // Float32 holds these and their differences exactly.
    const positions = atoms.positions.map((x) => Math.round(1024 * x) / 1024);
    return { ...atoms, positions };
  };

  test.each([
    ['one block', { interactions: 1 }],
    ['three blocks', { interactions: 3 }],
    ['shared filters', { sharedFilters: true }],
    ['softened lengths of vectors', { normSoftening: 0.1 }],
  ])('energies differ by what the network says about an isolated atom, %s', (_, change) => {
    const config = { ...SMALL, ...change };
    const network = edgeModel(config).energies;
    const limited = edgeModel({ ...config, isolatedAtoms: 'baseline' }).energies;
    const atoms = molecule();
    const [found] = evaluate([limited], atoms, config);
    const [expected] = evaluate([network], atoms, config);
    atoms.numbers.forEach((z, i) => {
      expected[i] -= evaluate([network], atom(z), config)[0][0];
    });
    expect(worst(found, expected)).toBeLessThan(SAME);
  });

  test('no weight can change the energy of an isolated atom', () => {
    const { energies, weights } = edgeModel(LIMIT);
    const gradients = grad(reduceSum(energies, [0, 1]), [...weights]);
    for (const values of evaluate(gradients, atom(7))) {
      expect(Math.max(...values.map(Math.abs))).toBeLessThan(SAME);
    }
  });

  test('the elements that occur are enough', () => {
    const atoms = molecule();
    const [all] = evaluate([edgeModel(LIMIT).energies], atoms);
    const some = edgeModel(LIMIT, [8, 1, 7, 6, 1, 500]);
    expect(worst(evaluate([some.energies], atoms)[0], all)).toBeLessThan(SAME);
    const gradients = grad(reduceSum(some.energies, [0, 1]), [...some.weights]);
    const expected = edgeModel(LIMIT);
    const others = grad(reduceSum(expected.energies, [0, 1]), [...expected.weights]);
    const [a, b] = [evaluate(gradients, atoms), evaluate(others, atoms)];
    a.forEach((values, k) => {
      expect(worst(values, b[k])).toBeLessThan(SAME * 100);
    });
  });

  test('where no element is named, nothing is subtracted', () => {
    const atoms = molecule();
    const [a] = evaluate([edgeModel(LIMIT, []).energies], atoms);
    const [b] = evaluate([edgeModel(SMALL).energies], atoms);
    expect(a).toEqual(b);
  });

  test('a slot for every pair of atoms gives the same', () => {
    const atoms = molecule();
    const graph = new Graph();
    const energies = buildPairPainn(graph, LIMIT, {
      pairs: declarePairs(graph),
      parameter: ({ name, shape }) => graph.input(name, shape),
    });
    const batch = layoutPairs([atoms, atom(8)], SMALL.cutoff);
    const found = interpret({ energies }, { ...pairFeeds(batch), ...weightFeeds(LIMIT) }).energies;
    const [expected] = evaluate([edgeModel(LIMIT).energies], atoms);
    expect(worst(found.data.slice(0, 6), expected)).toBeLessThan(SAME);
    // An atom alone, and five that only fill up.
    expect(worst(found.data.slice(6), [0, 0, 0, 0, 0, 0])).toBeLessThan(SAME);
  });
});

import { describe, expect, it } from '@jest/globals';
import { neighborList } from '@mlffd/core';
import { interpret, OnnxSession } from '@mlffd/graph';
import { edgeFeeds, layoutPairs, pairFeeds, type PainnConfig } from '@mlffd/student';
import type { LossConfig } from '../src/lossConfig.ts';
import { LabelBuffers } from '../src/labelBuffers.ts';
import { PairLabelBuffers } from '../src/pairLabelBuffers.ts';
import type { PreparedStructure } from '../src/sharedSet.ts';
import { buildStepModel, stepOutputs } from '../src/stepModel.ts';
import { asFeeds, exactLayout, type Feed, parametersOf } from './exactFeeds.ts';
import { labelledStructure, TINY_MODEL } from './morse.ts';
import { preparedStructure } from './prepared.ts';

/** The same numbers in another order, in float64; positions are rounded to float32 for both. */
const SAME = 1e-9;
/** Float32 sums over some hundred pairs, relative to the largest gradient. */
const FLOAT32 = 2e-5;

const BASE = { ...TINY_MODEL, features: 4, sharedFilters: false };
const MODELS: Readonly<Record<string, PainnConfig>> = {
  'Bessel functions, polynomial cutoff': BASE,
  'Gaussians, cosine cutoff, shared filters': {
    ...BASE,
    radialBasis: { type: 'gaussian', count: 5 },
    cutoffFunction: 'cosine',
    sharedFilters: true,
  },
};

/** Molecules of different sizes, two of them without a kind of label, as an executor sees them. */
function members(): PreparedStructure[] {
  const structures = [8, 5, 7].map((count, seed) =>
    labelledStructure(seed, { count, nodes: seed !== 2 }),
  );
  const bare = [
    { atoms: structures[0].atoms, forces: structures[0].forces },
    { atoms: structures[1].atoms, energies: structures[1].energies },
  ];
  return [...structures, ...bare].map(({ atoms, ...labels }, k) => {
    // Vectors of the edges are differences of positions in float32, as the pairs see them.
    const rounded = { ...atoms, positions: Float64Array.from(centred(atoms.positions)) };
    return preparedStructure({ atoms: rounded, ...labels, weight: k === 1 ? 0.3 : 1 }, BASE.cutoff);
  });
}

function centred(positions: Float64Array): Float32Array {
  const mean = [0, 1, 2].map(
    (c) => (3 * positions.filter((_, k) => k % 3 === c).reduce((a, b) => a + b)) / positions.length,
  );
  return Float32Array.from(positions, (x, k) => x - mean[k % 3]);
}

const WEIGHTS = {
  energy: 0.5,
  forces: 1 / 48,
  stress: 0,
  nodeEnergies: 1 / 18,
  factors: { energy: 1, forces: 10, stress: 5, nodeEnergies: 3 },
};
const SCALE = 1.7;
const TERMS = { energy: 1, forces: 10, nodeEnergies: 3, delta: 0.1 };
const PARTS = { energy: true, forces: true, stress: false, nodeEnergies: true };

function pairSide(structures: readonly PreparedStructure[]): Record<string, Feed> {
  const labels = new PairLabelBuffers();
  labels.fill(structures, WEIGHTS, SCALE);
  const open = structures.map(({ numbers, positions }) => ({ numbers, positions: positions! }));
  const batch = layoutPairs(open, BASE.cutoff);
  return { ...asFeeds(pairFeeds(batch)), ...asFeeds(labels.feeds(PARTS)) };
}

function edgeSide(structures: readonly PreparedStructure[]): Record<string, Feed> {
  const labels = new LabelBuffers();
  labels.fill(structures, WEIGHTS, SCALE);
  const lists = structures.map(({ numbers, positions }) =>
    neighborList(
      {
        numbers,
        positions: Float64Array.from(positions!),
        cell: new Float64Array(9),
        pbc: [false, false, false],
      },
      BASE.cutoff,
    ),
  );
  return {
    ...edgeFeeds(exactLayout(lists, 'chunked'), labels.numbers(structures)),
    ...asFeeds(labels.feeds(PARTS)),
  };
}

describe.each(Object.keys(MODELS))('a slot for every pair: %s', (name) => {
  const model = MODELS[name];

  it.each(['mse', 'huber', 'log-cosh', 'l2'] as const)(
    'has the loss and gradients of edges (%s)',
    (kind) => {
      const loss: LossConfig = { ...TERMS, stress: 5, kind };
      const parameters = parametersOf(model);
      const structures = members();
      const edges = interpret(
        stepOutputs({ model, loss: { ...loss, stress: 0 }, arrangement: 'chunked' }),
        { ...edgeSide(structures), ...parameters },
      );
      const pairs = interpret(stepOutputs({ model, loss, arrangement: 'pairs' }), {
        ...pairSide(structures),
        ...parameters,
      });
      expect(Object.keys(pairs).sort()).toEqual(Object.keys(edges).sort());
      for (const output of Object.keys(edges)) {
        expect(largestError(pairs[output].data, edges[output].data)).toBeLessThan(SAME);
      }
    },
  );

  it('is the same on ONNX Runtime, to float32', async () => {
    const loss: LossConfig = { ...TERMS, stress: 0, kind: 'mse' };
    const feeds = { ...pairSide(members()), ...parametersOf(model) };
    const exact = interpret(stepOutputs({ model, loss, arrangement: 'pairs' }), feeds);
    const session = await OnnxSession.create(buildStepModel({ model, loss, arrangement: 'pairs' }));
    const found = await session.run(
      Object.fromEntries(
        Object.entries(feeds).map(([input, { data, shape }]) => [
          input,
          { data: data instanceof Float64Array ? Float32Array.from(data) : data, dims: shape },
        ]),
      ),
    );
    await session.release();
    for (const output of Object.keys(exact)) {
      const values = found[output].data as Float32Array;
      expect(largestError(values, exact[output].data)).toBeLessThan(FLOAT32);
    }
  });
});

/** Largest difference, relative to the largest value where that is above 1e-3. */
function largestError(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  const sizes = Array.from(wanted, Math.abs);
  const largest = Math.max(1e-3, ...sizes);
  return Math.max(...Array.from(wanted, (x, k) => Math.abs(x - found[k]))) / largest;
}

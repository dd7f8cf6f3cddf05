import { describe, expect, it } from '@jest/globals';
import { neighborList } from '@mlffd/core';
import type { Atoms, NeighborList } from '@mlffd/core';
import { Graph, interpret, OnnxSession } from '@mlffd/graph';
import type { Tensor } from '@mlffd/graph';
import {
  buildPainn,
  buildPairPainn,
  declareEdges,
  declarePairs,
  edgeFeeds,
  layoutPairs,
  pairFeeds,
  type PainnConfig,
  parameterSpecs,
} from '@mlffd/student';
import { HessianBuffers } from '../src/hessianBuffers.ts';
import { LabelBuffers } from '../src/labelBuffers.ts';
import { weightedSum } from '../src/lossConfig.ts';
import type { LossConfig } from '../src/lossConfig.ts';
import { edgeQuantities, LABEL_INPUTS, pairQuantities } from '../src/lossGraph.ts';
import { PairLabelBuffers } from '../src/pairLabelBuffers.ts';
import {
  buildStepModel,
  gradientName,
  LOSS_OUTPUTS,
  parameterName,
  stepOutputs,
} from '../src/stepModel.ts';
import { asFeeds, exactLayout, type Feed, parametersOf } from './exactFeeds.ts';
import { labelledStructure, TINY_MODEL } from './morse.ts';
import { moved, signs, withProducts } from './morseHessian.ts';
import { preparedStructure } from './prepared.ts';

/** Central differences in float64, relative to the largest value: h^2 truncation. */
const FINITE_DIFFERENCE = 1e-6;
/** The same numbers in another order, in float64; positions are rounded to float32 for both. */
const SAME = 1e-8;
/** Third-order sums over some hundred edges in float32, relative to the largest gradient. */
const FLOAT32 = 5e-5;
/** Of weights. */
const STEP = 1e-4;
/** Of atoms, Angstrom: Bessel functions of short bonds have large fourth derivatives. */
const DISPLACEMENT = 2e-5;

const MODEL: PainnConfig = { ...TINY_MODEL, features: 4 };
const LOSS: LossConfig = {
  energy: 1,
  forces: 10,
  stress: 0,
  hessian: 2,
  kind: 'mse',
  delta: 0.1,
};

type Feeds = Record<string, Feed>;

/** Edges with vectors in float64: the interpreter takes them as they are. */
function edgeSide(structures: readonly Atoms[], rows: 'dense' | 'chunked'): Feeds {
  const lists: NeighborList[] = structures.map((atoms) => neighborList(atoms, MODEL.cutoff));
  const numbers = BigInt64Array.from(
    structures.flatMap((atoms) => [...atoms.numbers]),
    BigInt,
  );
  return edgeFeeds(exactLayout(lists, rows), numbers);
}

/** Forces and products in a graph. */
function quantities(model: PainnConfig, arrangement: 'dense' | 'chunked'): Record<string, Tensor> {
  const graph = new Graph();
  const edges = declareEdges(graph, { dense: arrangement === 'dense' });
  const parameter = (spec: (typeof SPECS)[number]): Tensor =>
    graph.input(parameterName(spec), spec.shape);
  const { atomEnergies } = buildPainn(graph, model, { edges, parameter });
  const { forces, products } = edgeQuantities({ atomEnergies, edges });
  return {
    forces: forces(),
    products: products(graph.input(LABEL_INPUTS.directions, ['N', 3])),
  };
}
const SPECS = parameterSpecs(MODEL);

const VARIANTS: Readonly<Record<string, PainnConfig>> = {
  'Bessel functions, polynomial cutoff': MODEL,
  'Gaussians, cosine cutoff, shared filters': {
    ...MODEL,
    radialBasis: { type: 'gaussian', count: 5 },
    cutoffFunction: 'cosine',
    sharedFilters: true,
  },
};

describe.each(Object.keys(VARIANTS))('products of the Hessian: %s', (name) => {
  const model = VARIANTS[name];
  const parameters = parametersOf(model);

  it.each(['dense', 'chunked'] as const)(
    'are central differences of the forces, %s rows',
    (arrangement) => {
      const structures = [
        labelledStructure(1, { periodic: true }).atoms,
        labelledStructure(2, { count: 5 }).atoms,
      ];
      const directions = structures.map(({ positions }, k) => signs(positions.length, k));
      const v = { data: Float64Array.from(directions.flatMap((d) => [...d])), shape: [13, 3] };
      const outputs = quantities(model, arrangement);
      const at = (step: number): Record<string, { data: ArrayLike<number> }> =>
        interpret(outputs, {
          ...edgeSide(
            structures.map((atoms, k) => moved(atoms, directions[k], step)),
            arrangement,
          ),
          ...parameters,
          [LABEL_INPUTS.directions]: v,
        });
      const [above, below] = [at(DISPLACEMENT).forces.data, at(-DISPLACEMENT).forces.data];
      const wanted = Array.from(above, (f, k) => -(f - below[k]) / (2 * DISPLACEMENT));
      expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.1);
      expect(largestError(at(0).products.data, wanted)).toBeLessThan(FINITE_DIFFERENCE);
    },
  );

  it('are the same with a slot for every pair', () => {
    const members = [8, 5].map((count, seed) =>
      preparedStructure(labelledStructure(seed, { count }), MODEL.cutoff),
    );
    const atoms = members.map(({ numbers, positions }) => ({
      ...labelledStructure(0, { count: numbers.length }).atoms,
      numbers,
      positions: Float64Array.from(positions!),
    }));
    const direction = atoms.map(({ positions }, k) => signs(positions.length, k));
    const edges = interpret(quantities(model, 'chunked'), {
      ...edgeSide(atoms, 'chunked'),
      ...parameters,
      [LABEL_INPUTS.directions]: {
        data: Float64Array.from(direction.flatMap((d) => [...d])),
        shape: [13, 3],
      },
    });
    const graph = new Graph();
    const pairs = declarePairs(graph);
    const atomEnergies = buildPairPainn(graph, model, {
      pairs,
      parameter: (spec) => graph.input(parameterName(spec), spec.shape),
    });
    const { products } = pairQuantities({ atomEnergies, pairs });
    // Atoms that only fill up may move as they like.
    const v = new Float64Array(3 * 16).fill(7);
    direction.forEach((d, b) => {
      d.forEach((x, k) => (v[16 * (k % 3) + 8 * b + Math.floor(k / 3)] = x));
    });
    const open = members.map(({ numbers, positions }) => ({ numbers, positions: positions! }));
    const found = interpret(
      { products: products(graph.input(LABEL_INPUTS.directions, [3, 'B*N'])) },
      {
        ...(pairFeeds(layoutPairs(open, MODEL.cutoff)) as Feeds),
        ...parameters,
        [LABEL_INPUTS.directions]: { data: v, shape: [3, 16] },
      },
    ).products.data;
    const inRows = [8, 5].flatMap((count, b) =>
      Array.from({ length: 3 * count }, (_, k) => found[16 * (k % 3) + 8 * b + Math.floor(k / 3)]),
    );
    expect(largestError(inRows, edges.products.data)).toBeLessThan(SAME);
  });
});

/** A step with the Hessian term on two open structures, of which the second does not carry it. */
function stepFeeds(arrangement: 'chunked' | 'pairs'): Feeds {
  const members = [8, 5].map((count, k) => {
    const structure = withProducts(labelledStructure(k, { count }), 2);
    return preparedStructure({ ...structure, weight: k === 0 ? 0.6 : 1 }, MODEL.cutoff);
  });
  const weights = { energy: 0.5, forces: 1 / 39, stress: 0, factors: LOSS };
  const labels = arrangement === 'pairs' ? new PairLabelBuffers() : new LabelBuffers();
  labels.fill(members, weights, 1.7);
  const products = new HessianBuffers();
  products.fill(members, {
    order: arrangement === 'pairs' ? 'pairs' : 'rows',
    directions: [1, -1],
    weight: 1 / 24,
    scale: 1.7,
  });
  const parts = { energy: true, forces: true, stress: false, hessian: true };
  const open = members.map(({ numbers, positions }) => ({ numbers, positions: positions! }));
  const atoms = open.map(({ numbers, positions }) => ({
    ...labelledStructure(0, { count: numbers.length }).atoms,
    numbers,
    positions: Float64Array.from(positions),
  }));
  return {
    ...(arrangement === 'pairs'
      ? pairFeeds(layoutPairs(open, MODEL.cutoff))
      : edgeSide(atoms, 'chunked')),
    ...asFeeds(labels.feeds(parts)),
    ...asFeeds(products.feeds()),
  };
}

describe('the Hessian term of the loss', () => {
  const options = { model: MODEL, loss: LOSS, hessian: true } as const;
  const parameters = parametersOf(MODEL);
  const stepOn = (arrangement: 'chunked' | 'pairs'): ReturnType<typeof interpret> =>
    interpret(stepOutputs({ ...options, arrangement }), {
      ...stepFeeds(arrangement),
      ...parameters,
    });

  it.each(['mse', 'l2'] as const)(
    'has the gradient of finite differences in float64 (%s)',
    (kind) => {
      const loss: LossConfig = { ...LOSS, kind };
      const outputs = stepOutputs({ ...options, loss, arrangement: 'pairs' });
      const terms = Object.fromEntries(
        Object.entries(outputs).filter(([output]) => output.startsWith('loss/')),
      );
      const feeds = stepFeeds('pairs');
      const analytic = interpret(outputs, { ...feeds, ...parameters });
      expect(analytic[LOSS_OUTPUTS.hessian].data[0]).toBeGreaterThan(0.01);
      const total = (changed: Feeds): number => {
        const found = interpret(terms, { ...feeds, ...changed });
        const term = (output: string): number => found[output].data[0];
        return weightedSum(loss, {
          energy: term(LOSS_OUTPUTS.energy),
          forces: term(LOSS_OUTPUTS.forces),
          stress: 0,
          hessian: term(LOSS_OUTPUTS.hessian),
        });
      };
      for (const [at, spec] of SPECS.entries()) {
        if (kind !== 'mse' && at % 4 !== 0) continue;
        const name = parameterName(spec);
        const values = parameters[name].data as Float64Array;
        // Row 6 of the embedding belongs to carbon; a value in the middle elsewhere.
        const k = spec.kind === 'embedding' ? 6 * MODEL.features + 1 : values.length >> 1;
        const shifted = (step: number): Feeds => {
          const data = values.slice();
          data[k] += step;
          return { ...parameters, [name]: { data, shape: spec.shape } };
        };
        const difference = (total(shifted(STEP)) - total(shifted(-STEP))) / (2 * STEP);
        const gradient = analytic[gradientName(spec)].data[k];
        expect(Math.abs(gradient - difference)).toBeLessThan(
          FINITE_DIFFERENCE * Math.max(1, Math.abs(difference)),
        );
      }
    },
  );

  it('is the same on edges and on pairs', () => {
    const [pairs, edges] = [stepOn('pairs'), stepOn('chunked')];
    expect(Object.keys(pairs).sort()).toEqual(Object.keys(edges).sort());
    for (const output of Object.keys(edges)) {
      expect(largestError(pairs[output].data, edges[output].data)).toBeLessThan(SAME);
    }
  });

  it.each(['pairs', 'chunked'] as const)(
    'is the same on ONNX Runtime, to float32 (%s)',
    async (arrangement) => {
      const exact = stepOn(arrangement);
      const session = await OnnxSession.create(buildStepModel({ ...options, arrangement }));
      const found = await session.run(
        Object.fromEntries(
          Object.entries({ ...stepFeeds(arrangement), ...parameters }).map(
            ([input, { data, shape }]) => [
              input,
              { data: data instanceof Float64Array ? Float32Array.from(data) : data, dims: shape },
            ],
          ),
        ),
      );
      await session.release();
      for (const output of Object.keys(exact)) {
        const values = found[output].data as Float32Array;
        expect(largestError(values, exact[output].data)).toBeLessThan(FLOAT32);
      }
    },
  );
});

it('a step that is not asked for the term is the one of a loss without it, byte for byte', () => {
  const without: LossConfig = { energy: 1, forces: 10, stress: 0, kind: 'mse', delta: 0.1 };
  const bytes = (loss: LossConfig): Uint8Array =>
    buildStepModel({ model: MODEL, loss, arrangement: 'pairs' });
  expect(bytes(LOSS)).toEqual(bytes(without));
});

/** Largest difference, relative to the largest value where that is above 1e-3. */
function largestError(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  const largest = Math.max(1e-3, ...Array.from(wanted, Math.abs));
  return Math.max(...Array.from(wanted, (x, k) => Math.abs(x - found[k]))) / largest;
}

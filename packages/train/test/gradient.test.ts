import { describe, expect, it } from '@jest/globals';
import { interpret, OnnxSession } from '@mlffd/graph';
import { edgeFeeds, initializeParameters, layoutEdges, parameterSpecs } from '@mlffd/student';
import type { Parameters } from '@mlffd/student';
import { neighborList } from '@mlffd/core';
import { weightedSum } from '../src/lossConfig.ts';
import type { LossConfig } from '../src/lossConfig.ts';
import { LabelBuffers } from '../src/labelBuffers.ts';
import {
  buildStepModel,
  gradientName,
  LOSS_OUTPUTS,
  parameterName,
  stepOutputs,
} from '../src/stepModel.ts';
import { labelledStructure, TINY_MODEL } from './morse.ts';
import { preparedStructure } from './prepared.ts';

/** Central differences in float64: h^2 truncation at h = 1e-4 against values of order one. */
const FINITE_DIFFERENCE = 1e-6;
/** Float32 sums over some hundred edges, relative to the largest gradient. */
const FLOAT32 = 2e-5;
const STEP = 1e-4;

const LOSS: LossConfig = {
  energy: 1,
  forces: 10,
  stress: 5,
  nodeEnergies: 3,
  kind: 'mse',
  delta: 0.1,
};
const MODEL = { ...TINY_MODEL, features: 4 };
interface Feed {
  readonly data: Float32Array | BigInt64Array | Float64Array;
  readonly shape: readonly number[];
}

function labelFeeds(): Record<string, Feed> {
  const structures = [1, 2].map((seed) => ({
    ...labelledStructure(seed, { periodic: true, nodes: true }),
    weight: seed === 1 ? 1 : 0.3,
  }));
  const batch = layoutEdges(structures.map(({ atoms }) => neighborList(atoms, MODEL.cutoff)));
  const labels = new LabelBuffers();
  const members = structures.map((structure) => preparedStructure(structure, MODEL.cutoff));
  const weights = { energy: 0.5, forces: 1 / 48, stress: 1 / 12, nodeEnergies: 1 / 16 };
  labels.fill(members, { ...weights, factors: LOSS }, 1.7);
  const feeds: Record<string, Feed> = {
    ...edgeFeeds({ ...batch, dense: false }, labels.numbers(members)),
  };
  const parts = labels.feeds({ energy: true, forces: true, stress: true, nodeEnergies: true });
  for (const [name, { data, dims }] of Object.entries(parts)) {
    feeds[name] = { data: data as Float32Array, shape: dims };
  }
  return feeds;
}

function weightFeeds(parameters: Map<string, Float32Array | Float64Array>): Record<string, Feed> {
  return Object.fromEntries(
    parameterSpecs(MODEL).map((spec) => [
      parameterName(spec),
      { data: parameters.get(spec.name)!, shape: spec.shape },
    ]),
  );
}

/** Parameters in float64, none of them at a special value. */
function parameters64(): Map<string, Float64Array> {
  const initial: Parameters = initializeParameters(MODEL, 5);
  return new Map(
    [...initial].map(([name, values]) => [
      name,
      Float64Array.from(values, (x, k) => x + 0.05 * Math.sin(k + name.length)),
    ]),
  );
}

function totalLoss(outputs: Record<string, { data: ArrayLike<number> }>): number {
  const term = (name: string): number => outputs[name].data[0];
  const { energy, forces, stress, nodeEnergies } = LOSS_OUTPUTS;
  return weightedSum(LOSS, {
    energy: term(energy),
    forces: term(forces),
    stress: term(stress),
    nodeEnergies: term(nodeEnergies),
  });
}

const KINDS: readonly (readonly [string, LossConfig['kind']])[] = [
  ['mse', 'mse'],
  ['huber', 'huber'],
  ['log-cosh', 'log-cosh'],
  ['l2', 'l2'],
  ['mixed', { energy: 'huber', forces: 'l2', stress: 'mae' }],
];

describe.each(KINDS)('gradient of the %s loss', (_, kind) => {
  // The way back through the model is the same for all kinds: some parameters are enough.
  const stride = kind === 'mse' ? 1 : 4;
  const loss: LossConfig = { ...LOSS, kind };

  it('equals finite differences of the loss in float64', () => {
    const outputs = stepOutputs({ model: MODEL, loss, arrangement: 'chunked' });
    const lossOnly = Object.fromEntries(
      Object.entries(outputs).filter(([name]) => name.startsWith('loss/')),
    );
    const parameters = parameters64();
    const labels = labelFeeds();
    const run = (which: typeof outputs): Record<string, { data: ArrayLike<number> }> =>
      interpret(which, { ...labels, ...weightFeeds(parameters) });
    const analytic = run(outputs);
    for (const [at, spec] of parameterSpecs(MODEL).entries()) {
      if (at % stride !== 0) continue;
      const values = parameters.get(spec.name)!;
      // Row 6 of the embedding belongs to carbon; the first value elsewhere.
      const k = spec.kind === 'embedding' ? 6 * MODEL.features + 1 : values.length >> 1;
      const before = values[k];
      values[k] = before + STEP;
      const above = totalLoss(run(lossOnly));
      values[k] = before - STEP;
      const below = totalLoss(run(lossOnly));
      values[k] = before;
      const difference = (above - below) / (2 * STEP);
      const gradient = analytic[gradientName(spec)].data[k];
      expect(Math.abs(gradient - difference)).toBeLessThan(
        FINITE_DIFFERENCE * Math.max(1, Math.abs(difference)),
      );
    }
  });

  it('is the same on ONNX Runtime, to float32', async () => {
    const parameters = parameters64();
    const exact = interpret(stepOutputs({ model: MODEL, loss, arrangement: 'chunked' }), {
      ...labelFeeds(),
      ...weightFeeds(parameters),
    });
    const session = await OnnxSession.create(
      buildStepModel({ model: MODEL, loss, arrangement: 'chunked' }),
    );
    const single = new Map(
      [...parameters].map(([name, values]) => [name, Float32Array.from(values)]),
    );
    const feeds = { ...labelFeeds(), ...weightFeeds(single) };
    const found = await session.run(
      Object.fromEntries(
        Object.entries(feeds).map(([name, { data, shape }]) => [name, { data, dims: shape }]),
      ),
    );
    await session.release();
    for (const name of Object.keys(exact)) {
      const wanted = Array.from(exact[name].data);
      const largest = Math.max(...wanted.map(Math.abs));
      const errors = wanted.map((x, k) => Math.abs(x - Number(found[name].data[k])));
      expect(Math.max(...errors)).toBeLessThan(FLOAT32 * Math.max(largest, 1e-3));
    }
  });
});

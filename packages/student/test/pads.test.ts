import { describe, expect, test } from '@jest/globals';
import { neighborList } from '@mlffd/core';
import { grad, Graph, interpret, mul, reduceSum, type Tensor } from '@mlffd/graph';
import {
  buildPainn,
  declareEdges,
  edgeFeeds,
  edgeForces,
  layoutEdges,
  type PainnConfig,
} from '../src/index.ts';
import { hashedParameters } from './formula.ts';
import { box } from './systems.ts';

const BASE: PainnConfig = {
  features: 6,
  interactions: 2,
  radialBasis: { type: 'bessel', count: 4 },
  cutoff: 3.5,
  cutoffFunction: 'polynomial',
};

describe('pads contribute exactly nothing', () => {
  test.each([
    ['bessel', 'polynomial', 'dense'],
    ['bessel', 'cosine', 'chunked'],
    ['bessel', 'polynomial', 'wide'],
    ['gaussian', 'polynomial', 'chunked'],
    ['gaussian', 'cosine', 'dense'],
    ['bessel', 'polynomial', 'square'],
  ] as const)('%s basis, %s cutoff, %s rows', (type, cutoffFunction, rows) => {
    const config = { ...BASE, cutoffFunction, radialBasis: { type, count: 4 } };
    const weights = hashedParameters(config, 1);
    const graph = new Graph();
    const edges = declareEdges(graph, { dense: rows !== 'chunked', square: rows === 'square' });
    const parameters: Tensor[] = [];
    const { atomEnergies } = buildPainn(graph, config, {
      edges,
      sumFirst: rows === 'wide',
      parameter: (spec) => {
        const tensor = graph.constant(weights.get(spec.name)!, spec.shape);
        parameters.push(tensor);
        return tensor;
      },
    });
    const [gradient] = grad(atomEnergies, [edges.vectors]);
    const forces = edgeForces(gradient, edges);
    // What training differentiates: a function of the forces, with respect to the weights.
    const loss = reduceSum(mul(forces, forces), [0, 1]);
    const outputs: Record<string, Tensor> = { energies: atomEnergies, forces, loss };
    grad(loss, parameters).forEach((tensor, k) => (outputs[`gradient${k}`] = tensor));

    const atoms = box(7, 4, false);
    const batch = layoutEdges(neighborList(atoms, config.cutoff), {
      rows: rows === 'chunked' ? rows : 'dense',
      square: () => rows === 'square',
    });
    expect(batch.square).toBe(rows === 'square');
    const used = new Set(batch.slotOf);
    const run = (): ReturnType<typeof interpret> =>
      interpret(outputs, edgeFeeds(batch, BigInt64Array.from(atoms.numbers, BigInt)));
    const before = run();
    let pads = 0;
    for (let slot = 0; slot < batch.rows * batch.slots; slot++) {
      if (used.has(slot)) continue;
      batch.vectors.set([3.6 + slot, -0.4 * slot, 17], 3 * slot);
      batch.neighbors[slot] = BigInt(slot % 7);
      pads++;
    }
    expect(pads).toBeGreaterThan(5);
    expect(run()).toEqual(before);
    expect(before.loss.data[0]).toBeGreaterThan(0);
  });
});

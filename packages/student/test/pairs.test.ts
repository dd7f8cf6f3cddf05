import { describe, expect, it } from '@jest/globals';
import { createAtoms, neighborList, Rng } from '@mlffd/core';
import { grad, Graph, interpret, reduceSum } from '@mlffd/graph';
import type { NDArray, Tensor } from '@mlffd/graph';
import fc from 'fast-check';
import {
  buildPainn,
  buildPairPainn,
  declareEdges,
  declarePairs,
  edgeFeeds,
  edgeForces,
  initializeParameters,
  layoutEdges,
  layoutPairs,
  PairBuffers,
  pairFeeds,
  type PainnConfig,
  parameterSpecs,
  type StudentConfig,
} from '@mlffd/student';

/** The same numbers in another order, in float64. */
const SAME = 1e-10;
/** Coordinates are multiples of this, Angstrom: float32 holds them and their differences exactly. */
const GRID = 2 ** -10;
const CONFIG: PainnConfig = {
  features: 6,
  interactions: 3,
  radialBasis: { type: 'bessel', count: 5 },
  cutoff: 3,
  cutoffFunction: 'polynomial',
  maxAtomicNumber: 9,
};

interface Molecule {
  readonly numbers: Int32Array;
  readonly positions: Float64Array;
}

function molecule(count: number, seed: number): Molecule {
  const rng = new Rng(seed, 'molecule');
  return {
    numbers: Int32Array.from({ length: count }, () => 1 + rng.integer(9)),
    // A random walk: most pairs are edges, some are beyond the cutoff.
    positions: Float64Array.from({ length: 3 * count }, (_, k) => {
      const x = 0.9 * Math.floor(k / 3) * Number(k % 3 === seed % 3) + 0.5 * rng.normal();
      return GRID * Math.round(x / GRID);
    }),
  };
}

function weights(config: StudentConfig): Record<string, NDArray> {
  const values = initializeParameters(config, 2);
  return Object.fromEntries(
    parameterSpecs(config).map((spec) => [
      spec.name,
      { data: Float64Array.from(values.get(spec.name)!), shape: [...spec.shape] },
    ]),
  );
}

/** Energies of the atoms and forces, [3, B*N] or [N, 3]. */
function pairModel(config: StudentConfig): Record<'energies' | 'forces', Tensor> {
  const graph = new Graph();
  const pairs = declarePairs(graph);
  const energies = buildPairPainn(graph, config, {
    pairs,
    parameter: ({ name, shape }) => graph.input(name, shape),
  });
  return { energies, forces: grad(reduceSum(energies, [0, 1]), [pairs.positions])[0] };
}

function edgeModel(config: StudentConfig): Record<'energies' | 'forces', Tensor> {
  const graph = new Graph();
  const edges = declareEdges(graph);
  const { atomEnergies: energies } = buildPainn(graph, config, {
    edges,
    parameter: ({ name, shape }) => graph.input(name, shape),
  });
  const [derivatives] = grad(reduceSum(energies, [0, 1]), [edges.vectors]);
  return { energies, forces: edgeForces(derivatives, edges) };
}

describe.each([
  ['separate filters', CONFIG],
  ['shared filters', { ...CONFIG, sharedFilters: true, interactions: 2 }],
  ['softened lengths of vectors', { ...CONFIG, normSoftening: 0.1 }],
] as const)('PaiNN on pairs, %s', (_, config) => {
  it('has the energies and forces of PaiNN on edges, also beside larger structures', () => {
    const molecules = [5, 9, 1, 2].map((count, seed) => molecule(count, seed));
    const batch = layoutPairs(molecules, config.cutoff);
    const found = interpret(pairModel(config), { ...pairFeeds(batch), ...weights(config) });
    const single = edgeModel(config);
    molecules.forEach(({ numbers, positions }, b) => {
      const list = neighborList(createAtoms({ numbers, positions }), config.cutoff);
      const layout = layoutEdges(list, { rows: 'chunked' });
      const expected = interpret(single, {
        ...edgeFeeds(layout, BigInt64Array.from(numbers, BigInt)),
        ...weights(config),
      });
      numbers.forEach((_, i) => {
        const row = b * batch.atoms + i;
        expect(Math.abs(found.energies.data[row] - expected.energies.data[i])).toBeLessThan(SAME);
        for (let c = 0; c < 3; c++) {
          // The gradient is less the force.
          const slope = found.forces.data[c * batch.structures * batch.atoms + row];
          expect(Math.abs(slope + expected.forces.data[3 * i + c])).toBeLessThan(SAME);
        }
      });
    });
  });

  it('gives nothing to atoms that only fill up', () => {
    const batch = layoutPairs([molecule(2, 1), molecule(6, 2)], config.cutoff);
    const { energies, forces } = interpret(pairModel(config), {
      ...pairFeeds(batch),
      ...weights(config),
    });
    for (let row = 2; row < 6; row++) {
      expect(energies.data[row]).toBe(0);
      for (let c = 0; c < 3; c++) expect(forces.data[12 * c + row]).toBeCloseTo(0, 12);
    }
  });
});

describe('layoutPairs', () => {
  it('marks every atom and every pair, whatever lay in the buffers before', () => {
    const buffers = new PairBuffers();
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        (counts) => {
          const molecules = counts.map((count, seed) => molecule(count, seed));
          const batch = layoutPairs(molecules, 4, buffers);
          const largest = Math.max(...counts);
          expect([batch.structures, batch.atoms]).toEqual([counts.length, largest]);
          counts.forEach((count, b) => {
            for (let i = 0; i < largest; i++) {
              const row = b * largest + i;
              expect(batch.present[row]).toBe(i < count ? 1 : 0);
              expect(Number(batch.numbers[row])).toBe(i < count ? molecules[b].numbers[i] : 0);
              for (let j = 0; j < largest; j++) {
                const isPair = i < count && j < count && i !== j;
                expect(batch.apart[row * largest + j]).toBe(isPair ? 0 : 64);
              }
            }
          });
        },
      ),
    );
  });
});

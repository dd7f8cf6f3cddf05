import { describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, neighborList, volume } from '@mlffd/core';
import { grad, Graph, interpret } from '@mlffd/graph';
import {
  buildPainn,
  declareEdges,
  edgeFeeds,
  forcesFromEdges,
  layoutEdges,
  type PainnConfig,
  virialFromEdges,
} from '../src/index.ts';
import { hashedParameters, sineParameters } from './formula.ts';
import { golden, goldenAtoms } from './golden.ts';
import { worst } from './systems.ts';

/** eV, eV/A, eV/A^3: both sides are float64; sums of about 1e4 terms of order 1. */
const EXACT = 1e-9;
/** The values of the independent derivation were printed with 12 decimals. */
const PRINTED = 2e-12;

type Rows = 'dense' | 'wide' | 'square' | 'chunked';

/** Energy, forces and stress of PaiNN in float64 by the interpreter. */
function reference(
  config: PainnConfig,
  weights: ReadonlyMap<string, Float32Array | Float64Array>,
  system: { atoms: Atoms; rows: Rows },
): { energy: number; forces: Float64Array; stress: Float64Array | undefined; edges: number } {
  const { atoms, rows } = system;
  const graph = new Graph();
  const list = neighborList(atoms, config.cutoff);
  const batch = layoutEdges(list, {
    rows: rows === 'chunked' ? rows : 'dense',
    square: () => rows === 'square',
  });
  // Cells in which atoms see several images of each other are dense.
  const edges = declareEdges(graph, batch);
  const { atomEnergies } = buildPainn(graph, config, {
    parameter: (spec) => graph.constant(weights.get(spec.name)!, spec.shape),
    edges,
    elementTable: rows === 'dense',
    sumFirst: rows === 'wide',
  });
  const [gradient] = grad(atomEnergies, [edges.vectors]);
  const feeds = edgeFeeds(batch, BigInt64Array.from(atoms.numbers, BigInt));
  // The layout's vectors are float32; the reference takes them in float64.
  const vectors = Float64Array.from(batch.vectors);
  batch.slotOf.forEach((slot, e) => {
    vectors.set(list.vectors.subarray(3 * e, 3 * e + 3), 3 * slot);
  });
  const exact = { ...feeds, edge_vectors: { ...feeds.edge_vectors, data: vectors } };
  const out = interpret({ e: atomEnergies, g: gradient }, exact);
  const derivatives = new Float64Array(3 * list.count);
  batch.slotOf.forEach((slot, e) => {
    derivatives.set(out.g.data.subarray(3 * slot, 3 * slot + 3), 3 * e);
  });
  return {
    energy: out.e.data.reduce((sum, value) => sum + value, 0),
    forces: forcesFromEdges(list, derivatives, 1),
    stress: atoms.pbc[0] ? virialFromEdges(list, derivatives, 1 / volume(atoms)) : undefined,
    edges: list.count,
  };
}

describe('equality with schnetpack 2.1.1 in float64', () => {
  for (const { name, config, seed, results } of golden.cases) {
    const weights = hashedParameters(config, seed);
    for (const expected of results) {
      for (const rows of ['dense', 'wide', 'square', 'chunked'] as const) {
        test(`${name}, ${expected.structure}, ${rows} rows`, () => {
          const atoms = goldenAtoms(expected.structure);
          const found = reference(config, weights, { atoms, rows });
          expect(found.edges).toBe(expected.edges);
          expect(Math.abs(found.energy - expected.energy)).toBeLessThan(EXACT);
          expect(worst(found.forces, expected.forces)).toBeLessThan(EXACT);
          if (expected.stress !== undefined && found.stress !== undefined) {
            expect(worst(found.stress, expected.stress)).toBeLessThan(EXACT);
          }
        });
      }
    }
  }
});

describe('equality with an independent derivation (complex-step derivatives)', () => {
  const config: PainnConfig = {
    features: 8,
    interactions: 2,
    radialBasis: { type: 'gaussian', count: 6 },
    cutoff: 5,
    cutoffFunction: 'cosine',
  };
  const weights = sineParameters(config);

  test('water', () => {
    const atoms = createAtoms({
      numbers: [8, 1, 1],
      positions: [
        [0.05, -0.02, 0.1],
        [0.1, 0.8, -0.5],
        [-0.03, -0.7, -0.4],
      ],
    });
    const { energy, forces } = reference(config, weights, { atoms, rows: 'dense' });
    expect(Math.abs(energy - 1.549494233114)).toBeLessThan(PRINTED);
    const oxygen = [0.000450598759, 0.000866655888, 0.009662148885];
    expect(worst(forces.subarray(0, 3), oxygen)).toBeLessThan(PRINTED);
  });

  test('periodic cell smaller than the cutoff', () => {
    const atoms = createAtoms({
      numbers: [14, 8],
      positions: [
        [0.1, 0.2, 0.3],
        [2.0, 1.9, 2.3],
      ],
      cell: [4.0, 4.2, 4.4],
      pbc: true,
    });
    const found = reference(config, weights, { atoms, rows: 'dense' });
    expect(found.edges).toBe(28);
    expect(Math.abs(found.energy - 0.478803053508)).toBeLessThan(PRINTED);
    const first = [-0.00118562635, -0.005489590199, -0.003338839635];
    expect(worst(found.forces.subarray(0, 3), first)).toBeLessThan(PRINTED);
    const stress = [
      -5.56570379343e-4, -6.031538005721e-4, -7.000043450455e-4, -8.139878527007e-6,
      -9.235897781093e-7, -1.3385308187e-6,
    ];
    expect(worst(found.stress!, stress)).toBeLessThan(PRINTED);
  });
});

import { describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, neighborList, Rng } from '@mlffd/core';
import fc from 'fast-check';
import { EdgeGraph, type EdgeGraphSettings } from '../src/onnx/edgeGraph.ts';
import type { InputName } from '../src/onnx/graphInterface.ts';
import { NearestEdges } from '../src/onnx/nearestEdges.ts';
import { PERIODIC } from './fixtures.ts';

const EVERY_INPUT: readonly InputName[] = [
  ...(['numbers', 'vectors', 'centers', 'neighbors', 'edgesOut', 'edgesIn'] as const),
  ...(['tripleFirst', 'tripleSecond'] as const),
];
const CUTOFF = 4;
const SETTINGS: EdgeGraphSettings = {
  cutoff: CUTOFF,
  tripleCutoff: 3,
  minimumEdges: 0,
  lengthUnit: 'Angstrom',
};

function box(atoms: number, seed: number, isPeriodic = true): Atoms {
  const rng = new Rng(seed, 'box');
  const edge = 2.2 * Math.cbrt(atoms);
  return createAtoms({
    numbers: Int32Array.from({ length: atoms }, () => 1 + rng.integer(90)),
    positions: Array.from({ length: 3 * atoms }, () => edge * rng.uniform()),
    cell: [edge, 0.2, -0.1, 0.3, edge, 0.1, 0, -0.3, edge],
    pbc: isPeriodic ? PERIODIC : [false, false, false],
  });
}

/** Values and sizes of the tensors, as plain numbers. */
function tensorsOf(
  graph: EdgeGraph,
): Record<InputName, { values: number[]; dims: readonly number[] }> {
  const entries = Object.entries(graph.feeds()).map(([name, { data, dims }]) => [
    name,
    { values: Array.from(data as ArrayLike<number | bigint>, Number), dims },
  ]);
  return Object.fromEntries(entries) as ReturnType<typeof tensorsOf>;
}

const structure = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(), fc.boolean());

describe('the graph of a potential', () => {
  test('has the edges of the list, and tables that name each once', () => {
    const graphs = [undefined, 5].map(
      (nearest) =>
        [
          nearest,
          new EdgeGraph({ ...SETTINGS, ...(nearest && { nearest }) }, EVERY_INPUT),
        ] as const,
    );
    fc.assert(
      fc.property(structure, ([n, seed, isPeriodic]) => {
        const atoms = box(n, seed, isPeriodic);
        const list = neighborList(atoms, CUTOFF);
        for (const [nearest, graph] of graphs) {
          graph.build(atoms, list);
          const { numbers, vectors, centers, neighbors, edgesOut, edgesIn } = tensorsOf(graph);
          const total = graph.edges;
          expect(numbers.values).toEqual(Array.from(atoms.numbers));
          expect(vectors.dims).toEqual([total, 3]);
          if (nearest === undefined) {
            expect(vectors.values).toEqual(Array.from(Float32Array.from(list.vectors)));
            expect(neighbors.values).toEqual(Array.from(list.neighbors));
          }
          for (const [table, ends] of [
            [edgesOut, centers],
            [edgesIn, neighbors],
          ] as const) {
            const width = table.dims[1];
            const seen: number[] = [];
            for (const [k, e] of table.values.entries()) {
              if (e === total) continue;
              expect(ends.values[e]).toBe(Math.floor(k / width));
              seen.push(e);
            }
            expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, e) => e));
            // No column is empty, except where there is no edge at all.
            const last = table.values.filter((e, k) => k % width === width - 1 && e < total);
            expect(last.length > 0 || total === 0).toBe(true);
          }
        }
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  test('has every two short edges of a centre once', () => {
    const graph = new EdgeGraph(SETTINGS, EVERY_INPUT);
    fc.assert(
      fc.property(structure, ([n, seed, isPeriodic]) => {
        const atoms = box(n, seed, isPeriodic);
        const list = neighborList(atoms, CUTOFF);
        graph.build(atoms, list);
        const expected: string[] = [];
        for (let e = 0; e < list.count; e++) {
          for (let f = e + 1; f < list.count && list.centers[f] === list.centers[e]; f++) {
            if (list.distances[e] < 3 && list.distances[f] < 3) expected.push(`${e} ${f}`);
          }
        }
        const { tripleFirst, tripleSecond } = tensorsOf(graph);
        const found = tripleFirst.values.map((e, k) => `${e} ${tripleSecond.values[k]}`);
        expect(found).toEqual(expected);
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  test('is in Bohr where the model wants it', () => {
    const graph = new EdgeGraph({ ...SETTINGS, lengthUnit: 'Bohr' }, ['vectors']);
    const atoms = createAtoms({ symbols: ['H', 'H'], positions: [0, 0, 0, 0, 1, 0] });
    graph.build(atoms, neighborList(atoms, CUTOFF));
    const { values } = tensorsOf(graph).vectors;
    // 1 Angstrom = 1.8897261 Bohr, in float32.
    expect(values[1]).toBeCloseTo(1.8897261, 6);
    expect(values[4]).toBeCloseTo(-1.8897261, 6);
  });
});

describe('dummy edges', () => {
  const pair = (r: number): Atoms =>
    createAtoms({ symbols: ['H', 'H', 'H'], positions: [9, 9, 9, 0, 0, 0, r, 0, 0] });

  test('come first, are as long as the cutoff, and are in no table', () => {
    const graph = new EdgeGraph({ ...SETTINGS, minimumEdges: 5 }, EVERY_INPUT);
    const atoms = pair(1);
    graph.build(atoms, neighborList(atoms, CUTOFF));
    const tensors = tensorsOf(graph);
    expect(graph).toMatchObject({ edges: 2, dummies: 3 });
    expect(tensors.vectors.values).toEqual([4, 0, 0, 4, 0, 0, 4, 0, 0, 1, 0, 0, -1, 0, 0]);
    expect(tensors.centers.values).toEqual([0, 0, 0, 1, 2]);
    expect(tensors.neighbors.values).toEqual([0, 0, 0, 2, 1]);
    expect(tensors.edgesOut).toEqual({ values: [5, 3, 4], dims: [3, 1] });
    expect(tensors.edgesIn).toEqual({ values: [5, 4, 3], dims: [3, 1] });
    expect(tensors.tripleFirst.values).toEqual([0]);
    expect(tensors.tripleSecond.values).toEqual([0]);
  });

  test('are there for a dummy angle even where there are edges enough', () => {
    const graph = new EdgeGraph({ ...SETTINGS, minimumEdges: 1 }, EVERY_INPUT);
    const atoms = pair(1);
    graph.build(atoms, neighborList(atoms, CUTOFF));
    expect(graph).toMatchObject({ edges: 2, dummies: 1 });
    const few = new EdgeGraph({ ...SETTINGS, minimumEdges: 1 }, ['vectors', 'edgesOut']);
    few.build(atoms, neighborList(atoms, CUTOFF));
    expect(few).toMatchObject({ edges: 2, dummies: 0 });
  });

  test('are not there for a model that they would disturb', () => {
    const graph = new EdgeGraph(SETTINGS, EVERY_INPUT);
    const atoms = createAtoms({ symbols: ['H'], positions: [0, 0, 0] });
    graph.build(atoms, neighborList(atoms, CUTOFF));
    const { vectors, edgesOut, tripleFirst } = tensorsOf(graph);
    expect(vectors.dims).toEqual([0, 3]);
    expect(edgesOut).toEqual({ values: [0], dims: [1, 1] });
    expect(tripleFirst.dims).toEqual([0]);
  });
});

describe('nearest edges', () => {
  test('are those that sorting by length, then by place, puts first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (lengths, count) => {
          const distances = Float64Array.from([0.5, 0.5, ...lengths, 0.5]);
          const out = new Int32Array(distances.length);
          const end = new NearestEdges(count).select(distances, [2, distances.length - 1], out, 0);
          const expected = lengths
            .map((length, k) => ({ length, e: k + 2 }))
            .sort((a, b) => a.length - b.length || a.e - b.e)
            .slice(0, count)
            .map(({ e }) => e)
            .sort((a, b) => a - b);
          expect(Array.from(out.subarray(0, end))).toEqual(expected);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  test('of a perfect crystal are the same at every call', () => {
    // Shells of 6, 12, 8: the twentieth neighbour is one of eight that are as far.
    const cubic = createAtoms({
      numbers: Int32Array.of(29),
      positions: [0.1, 0.2, 0.3],
      cell: [2, 0, 0, 0, 2, 0, 0, 0, 2],
      pbc: PERIODIC,
    });
    const graph = new EdgeGraph({ ...SETTINGS, nearest: 20 }, EVERY_INPUT);
    graph.build(cubic, neighborList(cubic, CUTOFF));
    const first = tensorsOf(graph);
    graph.build(box(20, 1), neighborList(box(20, 1), CUTOFF));
    graph.build(cubic, neighborList(cubic, CUTOFF));
    expect(tensorsOf(graph)).toEqual(first);
    expect(graph.edges).toBe(20);
  });
});

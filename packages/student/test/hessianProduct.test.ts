import { describe, expect, it } from '@jest/globals';
import { type Atoms, neighborList, Rng, withPositions } from '@mlffd/core';
import { interpret, type NDArray, OnnxSession, type OrtValue } from '@mlffd/graph';
import {
  buildHessianProductModel,
  hessianProductGraph,
  PRODUCT_INPUTS,
  PRODUCT_OUTPUTS,
} from '../src/hessianProduct.ts';
import { edgeFeeds } from '../src/edges.ts';
import { layoutEdges } from '../src/layout.ts';
import { box, randomStudent, SMALL, water } from './systems.ts';

/** Central differences in float64, relative to the largest product. */
const FINITE_DIFFERENCE = 1e-6;
/** Angstrom. */
const STEP = 2e-5;
/** Second derivatives in float32, relative to the largest one. */
const FLOAT32 = 5e-5;

const student = randomStudent();

/** Edges with vectors in float64: the interpreter takes them as they are. */
function feedsOf(atoms: Atoms, directions: Float64Array): Record<string, NDArray> {
  const list = neighborList(atoms, SMALL.cutoff);
  const batch = layoutEdges(list, { rows: 'chunked' });
  const exact = Float64Array.from(batch.vectors);
  for (let e = 0; e < list.count; e++) {
    exact.set(list.vectors.subarray(3 * e, 3 * e + 3), 3 * batch.slotOf[e]);
  }
  const feeds = edgeFeeds(batch, BigInt64Array.from(atoms.numbers, BigInt));
  return {
    ...feeds,
    edge_vectors: { ...feeds.edge_vectors, data: exact },
    [PRODUCT_INPUTS.directions]: { data: directions, shape: [atoms.numbers.length, 3] },
  };
}

describe.each([
  ['a molecule', water()],
  ['a liquid', box(12)],
])('the product model of a student: %s', (_, atoms) => {
  const rng = new Rng(3, 'direction');
  const direction = atoms.positions.map(() => rng.normal());
  const graph = hessianProductGraph(student);
  const at = (step: number): ReturnType<typeof interpret> => {
    const positions = atoms.positions.map((x, k) => x + step * direction[k]);
    return interpret(graph, feedsOf(withPositions(atoms, positions), direction));
  };
  const exact = at(0)[PRODUCT_OUTPUTS.products].data;
  const largest = Math.max(...Array.from(exact, Math.abs));

  it('gives what central differences of its forces give', () => {
    const [above, below] = [at(STEP), at(-STEP)].map((found) => found[PRODUCT_OUTPUTS.forces].data);
    for (let k = 0; k < exact.length; k++) {
      const difference = (below[k] - above[k]) / (2 * STEP);
      expect(Math.abs(exact[k] - difference)).toBeLessThan(FINITE_DIFFERENCE * largest);
    }
  });

  it('runs on ONNX Runtime', async () => {
    const session = await OnnxSession.create(buildHessianProductModel(student));
    const feeds: Record<string, OrtValue> = {};
    for (const [name, { data, shape }] of Object.entries(feedsOf(atoms, direction))) {
      feeds[name] = {
        data: data instanceof Float64Array ? Float32Array.from(data) : data,
        dims: shape,
      };
    }
    const found = await session.run(feeds);
    await session.release();
    const products = found[PRODUCT_OUTPUTS.products].data as Float32Array;
    for (let k = 0; k < exact.length; k++) {
      expect(Math.abs(products[k] - exact[k])).toBeLessThan(FLOAT32 * largest);
    }
  });
});

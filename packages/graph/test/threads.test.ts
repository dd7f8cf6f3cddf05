import { expect, test } from '@jest/globals';
import * as G from '../src/index.ts';
import { numbers, runOnnx } from './support.ts';

const ATOMS = 500;
const PER_ATOM = 20;
const WIDTH = 64;

/** Sums over 10,000 edges of 64 features (640,000 elements), forward and backward. */
function sums(graph: G.Graph): Record<string, G.Tensor> {
  const x = graph.input('x', ['N', WIDTH]);
  const owner = graph.input('owner', ['E'], 'int64');
  const table = graph.input('table', ['N', 'K'], 'int64');
  const reverse = graph.input('reverse', ['E'], 'int64');
  const structure = graph.input('structure', ['N'], 'int64');
  const centres = G.ownerMap(owner, table);
  const neighbours = G.compose(centres, G.involution(reverse));
  const messages = G.mul(G.gather(x, neighbours), G.sin(G.gather(x, centres)));
  const atoms = centres.transpose(messages);
  const energy = G.oneHotMap(structure, 3).transpose(G.square(atoms));
  const [gradient] = G.grad(energy, [x]);
  const [second] = G.grad(G.square(gradient), [x]);
  return { atoms, energy, gradient, second };
}

test('sums of 640,000 elements do not depend on the number of threads', async () => {
  const edges = ATOMS * PER_ATOM;
  const owner = Array.from({ length: edges }, (_, e) => Math.floor(e / PER_ATOM));
  const reverse = Array.from({ length: edges }, (_, e) => edges - 1 - e);
  const feeds = {
    x: { shape: [ATOMS, WIDTH], data: numbers(ATOMS * WIDTH) },
    owner: { shape: [edges], data: owner },
    table: { shape: [ATOMS, PER_ATOM], data: Array.from({ length: edges }, (_, e) => e) },
    reverse: { shape: [edges], data: reverse },
    structure: { shape: [ATOMS], data: Array.from({ length: ATOMS }, (_, i) => i % 3) },
  };
  const outputs = G.optimize(sums(new G.Graph()));
  const one = await runOnnx(outputs, feeds, 1);
  for (let repeat = 0; repeat < 3; repeat++) {
    const two = await runOnnx(outputs, feeds, 2);
    for (const name of Object.keys(outputs)) {
      const bytes = ({ data }: G.OrtValue): Buffer =>
        Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      expect(bytes(two[name]).equals(bytes(one[name]))).toBe(true);
    }
  }
});

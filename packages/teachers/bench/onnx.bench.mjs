import { fileURLToPath } from 'node:url';
import { createAtoms, neighborList } from '@mlffd/core';
import { EdgeGraph } from '../dist/onnx/edgeGraph.js';
import { interfaceOf } from '../dist/onnx/graphInterface.js';
import { createSession } from '../dist/onnx/onnxSession.js';
import { OnnxTeacher } from '../dist/onnx/onnxTeacher.js';
import { readPotentialFile } from '../dist/onnx/potentialFile.js';

const CALLS = 300;
const WARM_UP = 100;
const PROPERTIES = ['energy', 'forces'];
/** What the models are, and how far apart their atoms are, Angstrom. */
const MODELS = [
  { kind: 'gradient', file: 'lennard-jones.onnx', symbol: 'Ar', spacing: 3.4 },
  { kind: 'direct', file: 'direct-forces.onnx', symbol: 'Si', spacing: 2.4 },
];

/** Atoms on a periodic cubic grid, every one displaced. */
function grid(count, { symbol, spacing }) {
  const edge = Math.ceil(Math.cbrt(count));
  const positions = Array.from({ length: count }, (_, k) => [
    spacing * (k % edge) + 0.2 * Math.sin(k),
    spacing * (Math.floor(k / edge) % edge) + 0.2 * Math.sin(2 * k),
    spacing * Math.floor(k / edge ** 2) + 0.2 * Math.sin(3 * k),
  ]);
  const a = edge * spacing;
  return createAtoms({
    symbols: Array.from({ length: count }, () => symbol),
    positions,
    cell: [a, 0, 0, 0, a, 0, 0, 0, a],
    pbc: [true, true, true],
  });
}

/** Times of calls with new positions each, ms: of every function in turn, so that all are disturbed alike. */
async function timeCalls(atoms, functions) {
  const times = functions.map(() => []);
  const { positions } = atoms;
  for (let k = 0; k < WARM_UP + CALLS; k++) {
    for (let i = 0; i < positions.length; i++) positions[i] += 1e-3 * Math.sin(i + k);
    for (const [f, call] of functions.entries()) {
      const start = performance.now();
      await call();
      if (k >= WARM_UP) times[f].push(performance.now() - start);
    }
  }
  return times.map((list) => list.sort((a, b) => a - b));
}

/**
 * Milliseconds of a call of an exported potential beside ONNX Runtime: neighbours, tables, sums,
 * references, and what `await` costs. Medians of whole calls less medians of `session.run` alone on
 * feeds of the same size, and (`min`) the same of the fastest calls, which other work disturbs least.
 */
export async function run({ report }) {
  for (const model of MODELS) {
    const path = fileURLToPath(new URL(`../test/fixtures/onnx/${model.file}`, import.meta.url));
    const teacher = await OnnxTeacher.load(path);
    const { bytes, manifest } = await readPotentialFile(path);
    const session = await createSession(bytes, 1);
    const { inputs, outputs } = interfaceOf(session, manifest, path);
    for (const count of [22, 100, 500]) {
      const atoms = grid(count, model);
      const graph = new EdgeGraph(manifest, inputs);
      graph.build(atoms, neighborList(atoms, manifest.cutoff));
      const [whole, bare] = await timeCalls(atoms, [
        () => teacher.calculate(atoms, PROPERTIES),
        () => session.run(graph.feeds(), outputs),
      ]);
      const middle = Math.floor(CALLS / 2);
      const name = `teachers/onnx_${model.kind}`;
      const overhead = `${name}_overhead_ms_${count}`;
      report({ name: overhead, value: whole[middle] - bare[middle], unit: 'ms' });
      report({ name: `${overhead}/min`, value: whole[0] - bare[0], unit: 'ms' });
      report({ name: `${name}_ms_${count}`, value: whole[middle], unit: 'ms' });
      report({ name: `${name}_edges_${count}`, value: graph.edges, unit: '' });
    }
    await session.release();
    await teacher.dispose();
  }
}

// The same graphs on jax-js, a compiler of arrays to WebAssembly, and on ONNX Runtime, in one process.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { neighborList } from '../../../packages/core/dist/index.js';
import {
  add,
  Graph,
  grad,
  mul,
  OnnxSession,
  optimize,
  reduceSum,
  toOnnx,
} from '../../../packages/graph/dist/index.js';
import {
  buildPainn,
  declareEdges,
  edgeFeeds,
  edgeForces,
  EdgeBuffers,
  inferenceGraph,
  initializeParameters,
  layoutEdges,
} from '../../../packages/student/dist/index.js';
import { aspirin } from '../../../packages/student/bench/structures.mjs';
import { digits } from '../table.mjs';
import { jaxFunction, operatorCounts } from './jaxGraph.mjs';

const VERSION = '0.1.25';
const CONFIG = {
  features: 32,
  interactions: 2,
  radialBasis: { type: 'bessel', count: 10 },
  cutoff: 5,
  cutoffFunction: 'cosine',
};
const WARM_UP = 3;
const SECONDS = 3;

/** Installs the package into a folder outside the workspace and loads it. */
async function load(folder) {
  const where = join(folder, 'jax-js');
  const entry = join(where, 'node_modules', '@jax-js', 'jax', 'dist', 'index.js');
  if (!existsSync(entry)) {
    mkdirSync(where, { recursive: true });
    writeFileSync(join(where, 'package.json'), '{ "private": true, "type": "module" }\n');
    const args = [
      'install',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      `@jax-js/jax@${VERSION}`,
    ];
    execFileSync('npm', args, { cwd: where, stdio: 'pipe' });
  }
  return import(pathToFileURL(entry).href);
}

/** Energy and forces from weights that are inputs, and the gradient of a loss of both. */
function trainingGraph(parameters) {
  const graph = new Graph();
  const edges = declareEdges(graph, { dense: true });
  const weights = new Map();
  const { atomEnergies } = buildPainn(graph, CONFIG, {
    parameter: (spec) => {
      const input = graph.input(`weight:${spec.name}`, spec.shape);
      weights.set(spec.name, input);
      return input;
    },
    elementTable: true,
    edges,
  });
  const forces = edgeForces(grad(atomEnergies, [edges.vectors])[0], edges);
  const energy = reduceSum(atomEnergies, [0, 1]);
  const loss = add(mul(energy, energy), reduceSum(mul(forces, forces), [0, 1]));
  const gradients = grad(loss, [...weights.values()]);
  const outputs = Object.fromEntries(
    [...weights.keys()].map((name, k) => [`d:${name}`, gradients[k]]),
  );
  const feeds = Object.fromEntries(
    [...weights].map(([name, { shape }]) => [
      `weight:${name}`,
      { data: Float32Array.from(parameters.get(name)), dims: shape },
    ]),
  );
  return { outputs: optimize({ loss, ...outputs }), feeds };
}

/** Fastest of many runs, ms. */
async function fastest(run) {
  for (let k = 0; k < WARM_UP; k++) await run();
  let best = Infinity;
  const end = performance.now() + 1000 * SECONDS;
  while (performance.now() < end) {
    const start = performance.now();
    await run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Largest difference of two sets of outputs, over the largest value of each output. */
function difference(found, expected) {
  let worst = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    const scale = data.reduce((most, x) => Math.max(most, Math.abs(x)), Number.MIN_VALUE);
    data.forEach((x, k) => {
      worst = Math.max(worst, Math.abs(x - found[name][k]) / scale);
    });
  }
  return worst;
}

/** One graph on both: agreement, first call and fastest call of each, or why jax-js could not. */
async function compare(jax, outputs, feeds) {
  const session = await OnnxSession.create(toOnnx({ outputs, name: 'compared' }), { threads: 1 });
  const used = Object.fromEntries(session.inputs.map(({ name }) => [name, feeds[name]]));
  const onnx = () => session.run(used);
  const expected = await onnx();
  const nodes = Object.values(operatorCounts(outputs)).reduce((sum, n) => sum + n, 0);
  try {
    const run = jaxFunction(jax, outputs, feeds);
    const start = performance.now();
    const found = await run();
    const compile = performance.now() - start;
    const apart = difference(found, expected);
    const times = { onnx: await fastest(onnx), jax: await fastest(run) };
    return { nodes, difference: apart, compile, ...times };
  } catch (error) {
    return { nodes, onnx: await fastest(onnx), failed: `${error.name}: ${error.message}` };
  } finally {
    await session.release();
  }
}

/**
 * PaiNN 32 x 2 on 21 atoms: energy and edge gradients, and the gradient of a loss for all weights.
 *
 * @returns flat figures and a table; `skipped` says why where the package cannot be had
 */
export async function jaxJs({ folder }) {
  const where = join(folder, 'jax-js');
  const file = join(where, 'result.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  console.log(`jax-js ${VERSION}`);
  let jax;
  try {
    jax = await load(folder);
    // Its `init()` without names asks for `navigator`, which Node 20 does not have.
    await jax.init('wasm');
    jax.defaultDevice('wasm');
  } catch (error) {
    return { figures: {}, skipped: `${error.message}`.split('\n')[0] };
  }
  const atoms = aspirin();
  const parameters = initializeParameters(CONFIG, 1);
  const list = neighborList(atoms, CONFIG.cutoff);
  const batch = layoutEdges(list, { buffers: new EdgeBuffers(), rows: 'dense' });
  const edges = edgeFeeds(batch, BigInt64Array.from(atoms.numbers, BigInt));
  const inference = optimize(inferenceGraph({ config: CONFIG, parameters }, { dense: true }));
  const training = trainingGraph(parameters);
  console.log('energy and forces');
  const calls = await compare(jax, inference, edges);
  console.log('gradient of the weights');
  const steps = await compare(jax, training.outputs, { ...edges, ...training.feeds });
  const figures = {};
  const row = (name, key, { nodes, onnx, jax: other, difference: apart, compile, failed }) => {
    if (failed !== undefined) return [name, String(nodes), digits(onnx), failed, '', '', ''];
    figures[`jax_js_${key}_ratio`] = other / onnx;
    figures[`jax_js_${key}_difference`] = apart;
    figures[`jax_js_${key}_first_ms`] = compile;
    const ratio = digits(other / onnx);
    return [
      name,
      String(nodes),
      ...[onnx, other].map((x) => digits(x)),
      ratio,
      digits(compile),
      digits(apart, 2),
    ];
  };
  const result = {
    figures,
    version: VERSION,
    columns: [
      'graph, 32x2, 21 atoms',
      'nodes',
      'ONNX Runtime, ms',
      'jax-js, ms',
      'jax-js / ONNX Runtime',
      'first call of jax-js, ms',
      'largest relative difference',
    ],
    rows: [
      row('energy and forces', 'inference', calls),
      row('gradient of the weights', 'step', steps),
    ],
  };
  writeFileSync(file, JSON.stringify(result));
  return result;
}

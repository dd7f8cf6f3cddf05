// Calls a fused potential many times with a moving structure and reports what that left on the heap.
// Usage: node --expose-gc --min-semi-space-size=64 --max-semi-space-size=64 garbageChild.mjs
import { createAtoms, Rng } from '@mlffd/core';
import { initializeParameters } from '../../dist/index.js';
import { FusedPotential } from '../../dist/fused/fusedPotential.js';
import { nodeKernels } from '../../dist/fused/nodeKernels.js';
import { engine } from '../../dist/fused/webAssembly.js';

/** Until the engine has compiled everything in its last tier. */
const WARM_UP = 4000;
const CALLS = 20_000;
/** How far atoms swing, Angstrom, and how many calls that takes: pairs are searched for now and then. */
const SWING = 0.3;
const PERIOD = 200;

/** The memory of the last potential. */
let memory;
const { Memory } = engine;
engine.Memory = class extends Memory {
  constructor(options) {
    super(options);
    memory = this;
  }
};

const config = {
  features: 8,
  interactions: 2,
  radialBasis: { type: 'bessel', count: 6 },
  cutoff: 4,
  cutoffFunction: 'polynomial',
};

function structure(count, pbc) {
  const rng = new Rng(1, 'garbage');
  const side = Math.ceil(Math.cbrt(count));
  const place = () => 0.3 * rng.uniform();
  return createAtoms({
    numbers: Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 8 : 1)),
    positions: Array.from({ length: count }, (_, i) => [
      2.2 * (i % side) + place(),
      2.2 * (Math.floor(i / side) % side) + place(),
      2.2 * Math.floor(i / side / side) + place(),
    ]),
    cell: [2.2 * side, 2.2 * side, 2.2 * side],
    pbc,
  });
}

function measure({ count, pbc, zbl }) {
  const energies = new Float64Array(100);
  const potential = new FusedPotential(
    {
      config: { ...config, zbl },
      parameters: initializeParameters(config, 1),
      baseline: { energies, scale: 1, elements: [1, 8] },
      provenance: {},
    },
    { kernels: nodeKernels() },
  );
  const atoms = structure(count, pbc);
  const { positions } = atoms;
  const start = positions.slice();
  const virial = new Float64Array(6);
  const each = new Float64Array(count);
  let sum = 0;
  const run = (calls) => {
    for (let n = 0; n < calls; n++) {
      for (let k = 0; k < positions.length; k++)
        positions[k] = start[k] + SWING * Math.sin((2 * Math.PI * n) / PERIOD + k);
      potential.evaluate(atoms);
      potential.virial(virial);
      potential.energies(each);
      sum += potential.energy + potential.forces[0] + virial[0] + each[0];
    }
  };
  run(1);
  const bytes = memory.buffer.byteLength;
  // Smaller ones and others in between find room where the largest was.
  for (const other of [structure(3, false), structure(count, !pbc), structure(2, true)]) {
    potential.evaluate(other);
  }
  run(WARM_UP);
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  run(CALLS);
  const after = process.memoryUsage().heapUsed;
  globalThis.gc();
  const kept = process.memoryUsage().heapUsed;
  return {
    garbagePerCall: (after - before) / CALLS,
    keptPerCall: (kept - before) / CALLS,
    memoryGrowth: memory.buffer.byteLength - bytes,
    rebuilds: potential.rebuilds,
    isFinite: Number.isFinite(sum),
  };
}

const cases = JSON.parse(process.argv[2]);
process.stdout.write(JSON.stringify(cases.map(measure)));

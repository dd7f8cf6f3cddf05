import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createAtoms } from '@mlffd/core';
import { ChgnetCalculator } from '../dist/index.js';

const LATTICE_CONSTANT = 5.64;
const PROPERTIES = ['energy', 'forces', 'stress'];
const SCRIPT = fileURLToPath(new URL('../../../tooling/python/chgnet/bench.py', import.meta.url));

/** NaCl as tooling/python/chgnet/bench.py builds it: cubic cells, every coordinate displaced. */
function rocksalt([na, nb, nc]) {
  const symbols = [];
  const positions = [];
  let state = 1;
  for (let x = 0; x < 2 * na; x++) {
    for (let y = 0; y < 2 * nb; y++) {
      for (let z = 0; z < 2 * nc; z++) {
        symbols.push((x + y + z) % 2 === 0 ? 'Na' : 'Cl');
        for (const k of [x, y, z]) {
          state = (state * 16807) % 2147483647;
          positions.push((k * LATTICE_CONSTANT) / 2 + 0.1 * (state / 2147483647 - 0.5));
        }
      }
    }
  }
  const [a, b, c] = [na, nb, nc].map((n) => n * LATTICE_CONSTANT);
  return createAtoms({
    symbols,
    positions,
    cell: [a, 0, 0, 0, b, 0, 0, 0, c],
    pbc: [true, true, true],
  });
}

/** Smallest and median time of a call, ms. */
async function time(calculator, atoms, calls) {
  const times = [];
  await calculator.calculate(atoms, PROPERTIES);
  for (let k = 0; k < calls; k++) {
    const start = performance.now();
    await calculator.calculate(atoms, PROPERTIES);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { least: times[0], median: times[Math.floor(calls / 2)] };
}

/**
 * Milliseconds per evaluation of CHGNet (energy, forces, stress) and, with a Python that has chgnet,
 * how many times longer the original takes, both measured now, crystal graph included: medians, and
 * the fastest calls, which other work on the machine disturbs least.
 */
export async function run({
  report,
  peers = {},
  threads = [1],
  sizes = [
    [2, 2, 2],
    [3, 3, 3],
  ],
}) {
  for (const count of threads) {
    const calculator = await ChgnetCalculator.load({ threads: count });
    for (const size of sizes) {
      const atoms = rocksalt(size);
      const n = atoms.numbers.length;
      const { least, median } = await time(calculator, atoms, n > 100 ? 12 : 40);
      const name = `chgnet/${n}${count > 1 ? `/${count}-threads` : ''}`;
      report({ name: `${name}/ms`, value: median, unit: 'ms' });
      report({ name: `${name}/min`, value: least, unit: 'ms' });
      if (peers.chgnet === undefined) continue;
      const output = execFileSync(peers.chgnet, [SCRIPT, ...size.map(String), String(count)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const torch = JSON.parse(output);
      report({ name: `${name}/torch-ms`, value: torch.median, unit: 'ms' });
      report({ name: `${name}/vs-torch`, value: torch.median / median, unit: 'x' });
      report({ name: `${name}/vs-torch/min`, value: torch.least / least, unit: 'x' });
    }
    await calculator.dispose();
  }
}

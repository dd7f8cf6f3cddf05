import { fileURLToPath } from 'node:url';
import { createAtoms } from '@mlffd/core';
import { pythonPeer } from '@mlffd/peers';
import { PythonTeacher } from '../dist/python/pythonTeacher.js';

const CALLS = 4000;
const WARM_UP = 1000;
const SCRIPTS = fileURLToPath(new URL('../../../tooling/python/teachers', import.meta.url));

/** Carbon on a cubic grid: the calculator answers zero, so only the number of atoms matters. */
function grid(count) {
  const edge = Math.ceil(Math.cbrt(count));
  return createAtoms({
    numbers: new Int32Array(count).fill(6),
    positions: Array.from({ length: count }, (_, k) => [
      2 * (k % edge),
      2 * (Math.floor(k / edge) % edge),
      2 * Math.floor(k / edge ** 2),
    ]),
  });
}

/** Times of single calls with new positions each, ms, ascending. */
async function timeCalls(teacher, atoms) {
  const times = [];
  const { positions } = atoms;
  for (let k = 0; k < WARM_UP + CALLS; k++) {
    positions[k % positions.length] += 1e-3;
    const start = performance.now();
    await teacher.calculate(atoms, ['energy', 'forces']);
    if (k >= WARM_UP) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

/**
 * Milliseconds of a call of a teacher in Python beside its calculator: a class of ASE that gives
 * zeros, whose own part (ASE copies the structure) is included. Medians, and the 95th percentile.
 */
export async function run({ report }) {
  const { python, skip } = pythonPeer('reference');
  if (skip !== undefined) {
    console.error(skip);
    return;
  }
  const teacher = await PythonTeacher.start({
    calculator: 'zero_calculator:Zero',
    python,
    env: { PYTHONPATH: SCRIPTS },
  });
  for (const count of [22, 500]) {
    const atoms = grid(count);
    const times = await timeCalls(teacher, atoms);
    const at = (share) => times[Math.floor(share * times.length)];
    const name = `teachers/worker_overhead_ms_${count}`;
    report({ name, value: at(0.5), unit: 'ms' });
    report({ name: `${name}/p95`, value: at(0.95), unit: 'ms' });
    const batch = Array.from({ length: 64 }, () => atoms);
    const start = performance.now();
    for (let k = 0; k < 20; k++) await teacher.calculateMany(batch, ['energy', 'forces']);
    const each = (performance.now() - start) / (20 * batch.length);
    report({ name: `${name}/batched`, value: each, unit: 'ms' });
  }
  await teacher.dispose();
}

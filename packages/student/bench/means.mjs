// What the benchmarks of students share: sizes, structures, students with random weights, the clock.
import { isPromise, Rng, withPositions } from '@mlffd/core';
import { initializeParameters } from '@mlffd/student';

/** Features, blocks and radial functions of the sizes that are compared with schnetpack. */
const SIZES = [
  [32, 2, 10],
  [64, 2, 20],
  [128, 3, 20],
];
/** Structures that a call is timed on in turn, displaced so that no two are the same. */
const FRAMES = 8;
/** Angstrom. */
const DISPLACEMENT = 0.02;
const PROPERTIES = ['energy', 'forces'];

/** Configurations by the name of their size. */
export const CONFIGS = SIZES.map(([features, interactions, count]) => ({
  name: `${features}x${interactions}`,
  features,
  interactions,
  radialBasis: { type: 'bessel', count },
  cutoff: 5,
  cutoffFunction: 'cosine',
}));

/** Displaced copies of a structure. */
export const frames = (atoms) =>
  Array.from({ length: FRAMES }, (_, k) => {
    const rng = new Rng(k, 'frames');
    return withPositions(
      atoms,
      atoms.positions.map((x) => x + DISPLACEMENT * (2 * rng.uniform() - 1)),
    );
  });

/** A structure for another process. */
export const plain = ({ numbers, positions, cell, pbc }) => ({
  numbers: [...numbers],
  positions: [...positions],
  cell: [...cell],
  pbc: [...pbc],
});

/** A student with random weights: times do not depend on them. */
export const studentOf = (config) => ({
  config,
  parameters: initializeParameters(config, 1),
  baseline: { energies: new Float64Array(100), scale: 1, elements: [1, 6, 7, 8] },
  provenance: {},
});

/**
 * Calls a calculator on structures in turn, for at least so many seconds and calls, and adds the
 * time of each whole call (list, network, sums), ms, to `samples`.
 *
 * Only a promise is waited for, as a synchronous call may be as short as a turn of the event loop.
 */
export async function timeCalls(calculator, structures, { seconds, least = 1, samples = [] }) {
  const end = performance.now() + 1e3 * seconds;
  for (let k = 0; k < least || performance.now() < end; k++) {
    const atoms = structures[k % structures.length];
    const begin = performance.now();
    const answer = calculator.calculate(atoms, PROPERTIES);
    if (isPromise(answer)) await answer;
    samples.push(performance.now() - begin);
  }
  return samples;
}

export const median = (values) => Float64Array.from(values).sort()[values.length >> 1];

/** As `Math.min`, for any number of values. */
export const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);

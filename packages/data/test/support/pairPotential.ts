import { neighborList, volume } from '@mlffd/core';
import type { Atoms, Calculator, Property, Results } from '@mlffd/core';

/** Depth, eV. */
const EPSILON = 0.05;
/** Zero of the pair energy, Angstrom. */
const SIGMA = 2.6;
const CUTOFF = 6;

/** Lennard-Jones pairs with a force-shifted cutoff, any cell: smooth enough for MD. */
export class PairPotential implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[] = ['energy', 'forces', 'stress'];
  readonly cutoff = CUTOFF;
  calls = 0;

  constructor(name = 'pair-1') {
    this.name = name;
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    this.calls++;
    const list = neighborList(atoms, CUTOFF);
    const edge = pair(CUTOFF);
    const forces = new Float64Array(atoms.positions.length);
    const stress = new Float64Array(6);
    let energy = 0;
    for (let e = 0; e < list.count; e++) {
      const d = list.distances[e];
      const { value, slope } = pair(d);
      const dEdr = slope - edge.slope;
      energy += 0.5 * (value - edge.value - (d - CUTOFF) * edge.slope);
      const r = list.vectors.subarray(3 * e, 3 * e + 3);
      for (let c = 0; c < 3; c++) forces[3 * list.centers[e] + c] += (dEdr * r[c]) / d;
      for (const [v, [a, b]] of VOIGT.entries()) stress[v] += (0.5 * dEdr * r[a] * r[b]) / d;
    }
    const results: Results = { energy, forces };
    if (properties.includes('stress')) {
      const v = volume(atoms);
      results.stress = stress.map((value) => value / v);
    }
    return results;
  }

  dispose(): void {
    // Nothing is held.
  }
}

const VOIGT = [
  [0, 0],
  [1, 1],
  [2, 2],
  [1, 2],
  [0, 2],
  [0, 1],
] as const;

function pair(d: number): { value: number; slope: number } {
  const s6 = (SIGMA / d) ** 6;
  return {
    value: 4 * EPSILON * (s6 * s6 - s6),
    slope: (4 * EPSILON * (6 * s6 - 12 * s6 * s6)) / d,
  };
}

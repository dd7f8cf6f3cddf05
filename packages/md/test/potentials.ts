import { createAtoms, type Atoms, type Calculator, repeatAtoms, VerletList } from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';

/** The same answers, later. */
export function later(calculator: Calculator): Calculator {
  return {
    name: `${calculator.name}-async`,
    properties: calculator.properties,
    calculate: async (atoms, properties) => {
      await Promise.resolve();
      return calculator.calculate(atoms, properties);
    },
    dispose: () => undefined,
  };
}

/** Lennard-Jones between all pairs, no cutoff, no periodicity; as in tooling/python/md/ase_nve.py. */
export function openLennardJones({ epsilon = 0.0104, sigma = 3.4 } = {}): Calculator {
  return calculatorOf('open-lj', (atoms, forces) => {
    const r = atoms.positions;
    let energy = 0;
    for (let i = 0; i < r.length; i += 3) {
      for (let j = i + 3; j < r.length; j += 3) {
        const x = r[j] - r[i];
        const y = r[j + 1] - r[i + 1];
        const z = r[j + 2] - r[i + 2];
        const r2 = x * x + y * y + z * z;
        const s6 = ((sigma * sigma) / r2) ** 3;
        energy += 4 * epsilon * (s6 * s6 - s6);
        const factor = (4 * epsilon * (-12 * s6 * s6 + 6 * s6)) / r2;
        forces[i] += factor * x;
        forces[i + 1] += factor * y;
        forces[i + 2] += factor * z;
        forces[j] -= factor * x;
        forces[j + 1] -= factor * y;
        forces[j + 2] -= factor * z;
      }
    }
    return energy;
  });
}

/**
 * Periodic Lennard-Jones times (1 - (r/rc)^2)^3, twice differentiable at the cutoff, on a list with
 * skin.
 */
export function smoothLennardJones({
  epsilon = 0.0104,
  sigma = 3.4,
  cutoff = 8,
  skin = 1,
} = {}): Calculator {
  const verlet = new VerletList({ cutoff, skin });
  return calculatorOf('smooth-lj', (atoms, forces) => {
    const list = verlet.update(atoms);
    let energy = 0;
    for (let e = 0; e < list.count; e += 1) {
      const r2 = list.distances[e] ** 2;
      const s6 = ((sigma * sigma) / r2) ** 3;
      const u = 1 - r2 / cutoff ** 2;
      const pair = 4 * epsilon * (s6 * s6 - s6);
      energy += 0.5 * pair * u ** 3;
      // Derivative by r, over r.
      const slope =
        ((4 * epsilon * (-12 * s6 * s6 + 6 * s6)) / r2) * u ** 3 - (6 * pair * u * u) / cutoff ** 2;
      for (let c = 0; c < 3; c += 1)
        forces[3 * list.centers[e] + c] += slope * list.vectors[3 * e + c];
    }
    return energy;
  });
}

/** Every atom on a spring of its own: U = sum_i k |r_i - r_i0|^2 / 2. */
export function springs(sites: Float64Array, stiffness: number): Calculator {
  return calculatorOf('springs', (atoms, forces) => {
    let energy = 0;
    for (let k = 0; k < sites.length; k += 1) {
      const shift = atoms.positions[k] - sites[k];
      energy += 0.5 * stiffness * shift * shift;
      forces[k] = -stiffness * shift;
    }
    return energy;
  });
}

/** An icosahedron-like cluster of argon: positions near the minima of neighbouring pairs. */
export function argonCluster(): Atoms {
  const golden = (1 + Math.sqrt(5)) / 2;
  const edge = 3.82 / 2;
  const positions: number[][] = [[0, 0, 0]];
  for (const a of [-1, 1]) {
    for (const b of [-golden, golden]) {
      positions.push([0, a * edge, b * edge], [a * edge, b * edge, 0], [b * edge, 0, a * edge]);
    }
  }
  return createAtoms({ symbols: positions.map(() => 'Ar'), positions });
}

/** Face-centred cubic, one cubic cell of 4 atoms; `edge` in Angstrom. */
export function cubicFcc(symbol: string, edge: number): Atoms {
  return createAtoms({
    symbols: [symbol, symbol, symbol, symbol],
    positions: [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0].map((x) => x * edge),
    cell: [edge, edge, edge],
    pbc: true,
  });
}

/** Face-centred cubic argon, 2 x 2 x 2 cells of 4 atoms. */
export function argonCrystal(): Atoms {
  return repeatAtoms(cubicFcc('Ar', 5.3), [2, 2, 2]);
}

import {
  createAtoms,
  type Atoms,
  type Calculator,
  type Results,
  VerletList,
  volume,
} from '@mlffd/core';

/** Energy returned, forces and stress written. */
type Evaluate = (atoms: Atoms, forces: Float64Array, stress: Float64Array) => number;

function stressCalculator(name: string, evaluate: Evaluate): Calculator {
  return {
    name,
    properties: ['energy', 'forces', 'stress'],
    calculate(atoms): Results {
      const forces = new Float64Array(atoms.positions.length);
      const stress = new Float64Array(6);
      return { energy: evaluate(atoms, forces, stress), forces, stress };
    },
    dispose: () => undefined,
  };
}

/**
 * Periodic Lennard-Jones times (1 - (r/rc)^2)^3 with its stress; as in
 * tooling/python/md/ase_thermostats.py.
 */
export function periodicLennardJones({
  epsilon = 0.0104,
  sigma = 3.4,
  cutoff = 8,
  skin = 1,
} = {}): Calculator {
  const verlet = new VerletList({ cutoff, skin });
  return stressCalculator('periodic-lj', (atoms, forces, stress) => {
    const list = verlet.update(atoms);
    const size = volume(atoms);
    const { vectors, centers } = list;
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
      const x = vectors[3 * e];
      const y = vectors[3 * e + 1];
      const z = vectors[3 * e + 2];
      const k = 3 * centers[e];
      forces[k] += slope * x;
      forces[k + 1] += slope * y;
      forces[k + 2] += slope * z;
      const half = (0.5 * slope) / size;
      stress[0] += half * x * x;
      stress[1] += half * y * y;
      stress[2] += half * z * z;
      stress[3] += half * y * z;
      stress[4] += half * x * z;
      stress[5] += half * x * y;
    }
    return energy;
  });
}

/** No forces at all. */
export function idealGas(): Calculator {
  return stressCalculator('ideal-gas', () => 0);
}

/** Free atoms of argon in a cube, Angstrom. */
export function gasOf(count: number, edge: number): Atoms {
  return createAtoms({
    symbols: Array.from({ length: count }, () => 'Ar'),
    positions: Array.from({ length: 3 * count }, (_, k) => ((k * 7) % 11) * (edge / 11)),
    cell: [edge, edge, edge],
    pbc: true,
  });
}

/** How stiff {@link breathingCrystal} is. */
export interface BreathingOptions {
  /** eV/Angstrom^2. */
  readonly stiffness: number;
  /** eV/Angstrom^3. */
  readonly bulkModulus: number;
}

/**
 * Atoms on springs to sites that stretch with the cell, and a parabola in the volume:
 * U = sum_i k |r_i - s_i L|^2/2 + B (V - V_0)^2/(2 V_0).
 *
 * Springs in scaled positions cost V^(-N) of configuration space, what the gas has gained: at
 * pressure P the volume is normally distributed with mean V_0 (1 - P/B) and variance kT V_0/B. Spring
 * constants grow along the list of atoms, so that no two have the same period.
 */
export function breathingCrystal(start: Atoms, options: BreathingOptions): Calculator {
  const { stiffness, bulkModulus } = options;
  const rest = volume(start);
  const edge = start.cell[0];
  const sites = start.positions.slice();
  return stressCalculator('breathing-crystal', (atoms, forces, stress) => {
    const growth = atoms.cell[0] / edge;
    const size = volume(atoms);
    const count = sites.length;
    let energy = 0;
    for (let k = 0; k < count; k += 1) {
      const shift = atoms.positions[k] - growth * sites[k];
      const spring = springConstant(stiffness, k, count);
      energy += 0.5 * spring * shift * shift;
      forces[k] = -spring * shift;
    }
    // Twice the energy of the springs is its derivative by the logarithm of the length.
    const strain = (size - rest) / rest;
    stress.fill((2 * energy) / (3 * size) + bulkModulus * strain, 0, 3);
    return energy + 0.5 * bulkModulus * rest * strain * strain;
  });
}

/** Spring constant of coordinate k of `count`: between `stiffness` and twice it. */
function springConstant(stiffness: number, k: number, count: number): number {
  return stiffness * (1 + k / count);
}

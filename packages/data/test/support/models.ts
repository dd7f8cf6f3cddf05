import { createAtoms } from '@mlffd/core';
import type { Atoms, Calculator, Results } from '@mlffd/core';

/** A calculator from energy and forces; `evaluate` fills the forces and gives the energy. */
export function modelOf(
  name: string,
  evaluate: (positions: Float64Array, forces: Float64Array) => number,
): Calculator {
  return {
    name,
    properties: ['energy', 'forces'],
    calculate({ positions }): Results {
      const forces = new Float64Array(positions.length);
      return { energy: evaluate(positions, forces), forces };
    },
    dispose: () => undefined,
  };
}

/** The same answers, later. */
export function later(calculator: Calculator): Calculator {
  const { name, properties } = calculator;
  return {
    name,
    properties,
    dispose: () => undefined,
    calculate: async (atoms, properties) => {
      await new Promise((resolve) => setImmediate(resolve));
      return calculator.calculate(atoms, properties);
    },
  };
}

/** A spring between two atoms. */
interface Spring {
  readonly atoms: readonly [number, number];
  /** eV/Angstrom^2 */
  readonly stiffness: number;
  /** Angstrom */
  readonly length: number;
}

/** U = sum of k (d - d0)^2 / 2. */
function springNetwork(springs: readonly Spring[]): Calculator {
  return modelOf('springs', (r, forces) => {
    let energy = 0;
    for (const { atoms, stiffness, length } of springs) {
      const [i, j] = [3 * atoms[0], 3 * atoms[1]];
      const v = [r[j] - r[i], r[j + 1] - r[i + 1], r[j + 2] - r[i + 2]];
      const d = Math.hypot(...v);
      energy += (stiffness * (d - length) ** 2) / 2;
      for (let c = 0; c < 3; c++) {
        const pull = (stiffness * (d - length) * v[c]) / d;
        forces[i + c] += pull;
        forces[j + c] -= pull;
      }
    }
    return energy;
  });
}

/** U = (x - x0) H (x - x0) / 2. */
export function quadratic(center: Float64Array, matrix: Float64Array): Calculator {
  return modelOf('quadratic', (r, forces) => {
    const n = r.length;
    let energy = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) forces[i] -= matrix[i * n + j] * (r[j] - center[j]);
      energy -= (forces[i] * (r[i] - center[i])) / 2;
    }
    return energy;
  });
}

/** Bonds and H-H springs of a model of ammonia, both at rest in a pyramid. */
const AMMONIA = { bond: 1.01, stiffness: 40, hydrogens: 1.62, hydrogenStiffness: 8 };

/**
 * Two pyramids and a flat saddle between them. At rest both kinds of springs are relaxed, at 0 eV;
 * flat, the bonds have the length that balances them (see `flatAmmonia`).
 */
export function ammoniaModel(): { readonly calculator: Calculator; readonly atoms: Atoms } {
  const { bond, stiffness, hydrogens, hydrogenStiffness } = AMMONIA;
  const springs: Spring[] = [];
  for (let h = 1; h <= 3; h++) {
    springs.push({ atoms: [0, h], stiffness, length: bond });
    springs.push({ atoms: [h, (h % 3) + 1], stiffness: hydrogenStiffness, length: hydrogens });
  }
  const radius = hydrogens / Math.sqrt(3);
  const height = Math.sqrt(bond ** 2 - radius ** 2);
  const positions = [0, 0, 0];
  for (let h = 0; h < 3; h++) {
    const angle = (2 * Math.PI * h) / 3;
    positions.push(radius * Math.cos(angle), radius * Math.sin(angle), -height);
  }
  const atoms = createAtoms({ symbols: ['N', 'H', 'H', 'H'], positions });
  return { calculator: springNetwork(springs), atoms };
}

/** Energy of the flat ammonia, eV: the minimum of 3/2 k (r - r0)^2 + 3/2 k' (sqrt(3) r - d0)^2. */
export function flatAmmonia(): number {
  const { bond, stiffness, hydrogens, hydrogenStiffness } = AMMONIA;
  const r =
    (stiffness * bond + Math.sqrt(3) * hydrogenStiffness * hydrogens) /
    (stiffness + 3 * hydrogenStiffness);
  return (
    1.5 * stiffness * (r - bond) ** 2 +
    1.5 * hydrogenStiffness * (Math.sqrt(3) * r - hydrogens) ** 2
  );
}

/** Depth of the surface of Mueller and Brown, eV. */
export const MULLER_SCALE = 0.01;

/**
 * Surface of Mueller and Brown (Theor. Chim. Acta 53, 75 (1979)), times 0.01 eV, for the distance
 * vector of two atoms in the plane, and a spring out of it: three minima, two saddles.
 */
export function mullerBrown(): Calculator {
  const A = [-200, -100, -170, 15];
  const a = [-1, -1, -6.5, 0.7];
  const b = [0, 0, 11, 0.6];
  const c = [-10, -10, -6.5, 0.7];
  const X = [1, 0, -0.5, -1];
  const Y = [0, 0.5, 1.5, 1];
  return modelOf('muller-brown', (r, forces) => {
    const [x, y, z] = [r[3] - r[0], r[4] - r[1], r[5] - r[2]];
    let energy = 1000 * z * z;
    const slope = [0, 0, 2000 * z];
    for (let k = 0; k < 4; k++) {
      const [u, v] = [x - X[k], y - Y[k]];
      const term = A[k] * Math.exp(a[k] * u * u + b[k] * u * v + c[k] * v * v);
      energy += term;
      slope[0] += term * (2 * a[k] * u + b[k] * v);
      slope[1] += term * (b[k] * u + 2 * c[k] * v);
    }
    for (let k = 0; k < 3; k++) {
      forces[k] = MULLER_SCALE * slope[k];
      forces[3 + k] = -MULLER_SCALE * slope[k];
    }
    return MULLER_SCALE * energy;
  });
}

import { createAtoms, type Atoms, type Calculator, type Results } from '@mlffd/core';

/** Energy and forces written into `forces`. */
type Evaluate = (atoms: Atoms, forces: Float64Array) => number;

/** A calculator from energy and forces of structures. */
export function calculatorOf(name: string, evaluate: Evaluate): Calculator {
  return {
    name,
    properties: ['energy', 'forces'],
    calculate(atoms): Results {
      const forces = new Float64Array(atoms.positions.length);
      return { energy: evaluate(atoms, forces), forces };
    },
    dispose: () => undefined,
  };
}

/** A calculator from energy and forces that depend on positions alone. */
export function fromPositions(
  name: string,
  evaluate: (positions: Float64Array, forces: Float64Array) => number,
): Calculator {
  return calculatorOf(name, ({ positions }, forces) => evaluate(positions, forces));
}

/** A spring between two atoms. */
export interface Spring {
  readonly atoms: readonly [number, number];
  /** eV/Angstrom^2 */
  readonly stiffness: number;
  /** Angstrom */
  readonly length: number;
}

/** U = sum of k (d - d0)^2 / 2. */
export function springNetwork(springs: readonly Spring[]): Calculator {
  return fromPositions('springs', (r, forces) => {
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
  return fromPositions('quadratic', (r, forces) => {
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

import { type Atoms, createAtoms, Rng } from '@mlffd/core';

/** Water at rest, Angstrom. */
const REST = [0, 0, 0.117, 0, 0.757, -0.469, 0, -0.757, -0.469];
const SYMBOLS = ['O', 'H', 'H'];
/** Springs between all three atoms: pair, stiffness in eV/Angstrom^2. */
const SPRINGS = [
  [0, 1, 30],
  [0, 2, 30],
  [1, 2, 8],
] as const;

/** A water molecule held together by three springs at its rest positions. */
export function waterAtRest(): Atoms {
  return createAtoms({ symbols: SYMBOLS, positions: REST });
}

/** Distorted molecules with their energy and forces, as extended XYZ. */
export function labelledWater(count: number): string {
  const frames = Array.from({ length: count }, (_, k) => {
    const rng = new Rng(1, 'water', k);
    const positions = REST.map((x) => x + 0.1 * rng.normal());
    const { energy, forces } = springs(positions);
    const rows = SYMBOLS.map((symbol, i) =>
      [symbol, ...positions.slice(3 * i, 3 * i + 3), ...forces.slice(3 * i, 3 * i + 3)].join(' '),
    );
    return `3\nProperties=species:S:1:pos:R:3:forces:R:3 energy=${energy} pbc="F F F"\n${rows.join('\n')}\n`;
  });
  return frames.join('');
}

function springs(r: readonly number[]): { energy: number; forces: number[] } {
  const forces = new Array<number>(9).fill(0);
  let energy = 0;
  for (const [i, j, stiffness] of SPRINGS) {
    const rest = distance(REST, i, j);
    const now = distance(r, i, j);
    energy += 0.5 * stiffness * (now - rest) ** 2;
    for (let c = 0; c < 3; c++) {
      const pull = (stiffness * (now - rest) * (r[3 * j + c] - r[3 * i + c])) / now;
      forces[3 * i + c] += pull;
      forces[3 * j + c] -= pull;
    }
  }
  return { energy, forces };
}

function distance(r: readonly number[], i: number, j: number): number {
  return Math.hypot(...[0, 1, 2].map((c) => r[3 * j + c] - r[3 * i + c]));
}

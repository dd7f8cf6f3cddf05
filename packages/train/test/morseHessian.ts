import { Rng, withPositions } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import type { HessianProducts, LabelledStructure } from '../src/labelled.ts';
import { morseCalculator } from './morse.ts';

/** Angstrom; the potential is computed in float64. */
const STEP = 1e-4;

/** Atoms moved along a direction. */
export function moved(atoms: Atoms, direction: ArrayLike<number>, step: number): Atoms {
  return withPositions(
    atoms,
    atoms.positions.map((x, k) => x + step * direction[k]),
  );
}

/** Directions of +-1. */
export function signs(length: number, seed: number): Float64Array {
  const rng = new Rng(seed, 'signs');
  return Float64Array.from({ length }, () => (rng.uniform() < 0.5 ? -1 : 1));
}

/** Products of the potential's Hessian with some directions, by central differences. */
export function morseProducts(atoms: Atoms, count: number, seed: number): HessianProducts {
  const size = atoms.positions.length;
  const directions = signs(count * size, seed);
  const products = new Float64Array(count * size);
  const calculator = morseCalculator();
  for (let start = 0; start < products.length; start += size) {
    const direction = directions.subarray(start, start + size);
    const forces = [1, -1].map((sign) => {
      const answer = calculator.calculate(moved(atoms, direction, sign * STEP), ['forces']);
      return (answer as { forces: Float64Array }).forces;
    });
    for (let k = 0; k < size; k++) {
      products[start + k] = (forces[1][k] - forces[0][k]) / (2 * STEP);
    }
  }
  return { directions, products };
}

/** A structure with products along `count` directions besides its labels. */
export function withProducts(
  structure: LabelledStructure,
  count: number,
  seed = 0,
): LabelledStructure {
  return { ...structure, hessianProducts: morseProducts(structure.atoms, count, seed) };
}

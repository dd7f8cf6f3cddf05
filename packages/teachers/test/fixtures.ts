import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { type Atoms, createAtoms, type Pbc, type Property, type Results } from '@mlffd/core';

/** A structure as the fixture scripts write it. */
export interface FixtureStructure {
  readonly name: string;
  readonly numbers: number[];
  readonly positions: number[];
  readonly cell: number[];
  readonly pbc: Pbc;
}

/** Answers of a reference program: eV, eV/Angstrom, eV/Angstrom^3. */
export interface ReferenceAnswer {
  readonly energy: number;
  readonly energies: number[];
  readonly forces: number[];
  readonly stress?: number[];
}

export function readFixture<T>(name: string): T[] {
  const text = readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { cases: T[] }).cases;
}

export function atomsOf({ numbers, positions, cell, pbc }: FixtureStructure): Atoms {
  return createAtoms({ numbers, positions, cell, pbc });
}

/** Largest |a - b|; NaN if any is. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.NaN;
  let largest = 0;
  for (let k = 0; k < a.length; k++) {
    const difference = Math.abs(a[k] - b[k]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

export const PERIODIC: Pbc = [true, true, true];
const OPEN: Pbc = [false, false, false];

/** n x n x n cubic cells of NaCl, 8 n^3 atoms, each moved by up to `jitter` along each axis. */
export function rocksalt(cells: number, a = 5.64, jitter = 0): Atoms {
  const symbols: string[] = [];
  const positions: number[] = [];
  let state = 1;
  const random = (): number => {
    state = (state * 16807) % 2147483647;
    return jitter * (2 * (state / 2147483647) - 1);
  };
  for (let x = 0; x < 2 * cells; x++) {
    for (let y = 0; y < 2 * cells; y++) {
      for (let z = 0; z < 2 * cells; z++) {
        symbols.push((x + y + z) % 2 === 0 ? 'Na' : 'Cl');
        for (const k of [x, y, z]) positions.push((k * a) / 2 + random());
      }
    }
  }
  const edge = cells * a;
  return createAtoms({
    symbols,
    positions,
    cell: [edge, 0, 0, 0, edge, 0, 0, 0, edge],
    pbc: PERIODIC,
  });
}

/** Two atoms r apart, without a cell. */
export function pair(symbols: [string, string], r: number): Atoms {
  return createAtoms({ symbols, positions: [0, 0, 0, r, 0, 0], pbc: OPEN });
}

/** A potential that answers at once. */
interface Synchronous {
  calculate(atoms: Atoms, properties: readonly Property[]): Results;
}

/** Every property of a structure is that of the reference program, up to `tolerance`. */
export function expectReference(
  calculator: Synchronous,
  item: FixtureStructure & ReferenceAnswer,
  tolerance: number,
): void {
  const { energy, energies, forces, stress } = item;
  const found = calculator.calculate(atomsOf(item), [
    'energy',
    'energies',
    'forces',
    ...(stress === undefined ? [] : (['stress'] as const)),
  ]);
  expect(Math.abs(found.energy! - energy)).toBeLessThan(tolerance);
  expect(largestDifference(found.energies!, energies)).toBeLessThan(tolerance);
  expect(largestDifference(found.forces!, forces)).toBeLessThan(tolerance);
  if (stress !== undefined) {
    expect(largestDifference(found.stress!, stress)).toBeLessThan(tolerance);
  }
}

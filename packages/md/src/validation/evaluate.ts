import type { Atoms, Calculator } from '@mlffd/core';
import { MdError } from '../errors.ts';

/** Energy and forces of a structure. */
export interface Evaluation {
  /** eV. */
  readonly energy: number;
  /** 3N, eV/Angstrom. */
  readonly forces: Float64Array;
}

/** @throws MdError `md/missing-result`; what the calculator throws */
export async function evaluate(calculator: Calculator, atoms: Atoms): Promise<Evaluation> {
  const { energy, forces } = await calculator.calculate(atoms, ['energy', 'forces']);
  if (energy !== undefined && forces?.length === atoms.positions.length) return { energy, forces };
  throw new MdError('md/missing-result', `${calculator.name} gave no usable energy and forces`, {
    expected: `energy and ${atoms.positions.length} force components`,
    found: `energy ${energy ?? 'absent'}, ${forces?.length ?? 'no'} force components`,
    where: `calculator ${calculator.name}`,
    hint: 'The calculator breaks its contract; run checkCalculator of @mlffd/core on it.',
  });
}

/** So many of the items, evenly spread, the last one among them. */
export function spread<Item>(items: readonly Item[], most: number): Item[] {
  const length = Math.min(items.length, most);
  return Array.from({ length }, (_, k) => items[Math.floor(((k + 1) * items.length) / length) - 1]);
}

/** Range of energies around a well that is worth seeing, eV: what is far above the lowest is left out. */
export function wellDomain(
  ...curves: readonly (readonly (number | null)[])[]
): readonly [number, number] {
  const there = curves.flat().filter((value) => value !== null);
  const low = Math.min(0, ...there);
  return [low - 0.5, Math.max(low + 1, Math.min(low + HIGHEST, Math.max(...there))) + 0.5];
}

/** eV. */
const HIGHEST = 12;

/** Root mean square. */
export function rms(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / values.length);
}

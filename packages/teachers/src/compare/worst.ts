import { symbolOf } from '@mlffd/core';
import type { ComparedStructure, WorstStructure } from './report.ts';

/** A quantity by which structures are held against each other. */
interface Measure {
  /** Differences below this are rounding, whatever the others are. */
  readonly least: number;
  readonly of: (structure: ComparedStructure) => number | null;
  readonly why: (structure: ComparedStructure, times: string, element: string) => string;
}

const MEASURES: readonly Measure[] = [
  {
    least: 1e-6,
    of: (own) => own.energy_difference_meV_atom,
    why: (own, times) =>
      `energy ${text(own.energy_difference_meV_atom)} meV/atom apart, ${times} times the RMS`,
  },
  {
    least: 1e-6,
    of: (own) => own.force_rmse_meV_A,
    why: (own, times, element) =>
      `forces ${text(own.force_rmse_meV_A)} meV/Angstrom apart, ${times} times the RMS; ` +
      `most on atom ${String(own.force_max_atom)} (${element}): ${text(own.force_max_meV_A)}`,
  },
  {
    least: 1e-9,
    of: (own) => own.stress_rmse_GPa,
    why: (own, times) => `stress ${text(own.stress_rmse_GPa)} GPa apart, ${times} times the RMS`,
  },
];

/**
 * The structures that differ most, each by the quantity that stands out most from its root mean
 * square over all structures.
 *
 * @param numbers atomic numbers of each structure
 */
export function worstOf(
  structures: readonly ComparedStructure[],
  numbers: readonly Int32Array[],
  most: number,
): WorstStructure[] {
  const scales = MEASURES.map(({ of }) => {
    const values = structures.flatMap((structure) => of(structure) ?? []);
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  });
  return structures
    .map((structure, s): WorstStructure => {
      const ratios = MEASURES.map(({ of, least }, k) =>
        scales[k] > least ? Math.abs(of(structure) ?? 0) / scales[k] : 0,
      );
      const times = Math.max(...ratios);
      const measure = MEASURES[ratios.indexOf(times)];
      const atom = structure.force_max_atom;
      const element = atom === null ? '' : symbolOf(numbers[s][atom]);
      const why = measure.why(structure, times.toFixed(1), element);
      return { ...structure, times_typical: times, why };
    })
    .filter(({ times_typical }) => times_typical > 0)
    .sort((x, y) => y.times_typical - x.times_typical || x.index - y.index)
    .slice(0, most);
}

function text(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(3)));
}

import { compositionEnergy, ReferenceFit, robustReferenceEnergies } from '@mlffd/data';
import type { CompositionEnergy, ReferenceSolution } from '@mlffd/data';
import { median } from './median.ts';

/** No structure of sane geometry stands further from its atoms' energies, eV/atom. */
const FURTHEST = 50;
/** Nor further than this many times the median distance. */
const TIMES_MEDIAN = 100;

/** One energy and the structure that it belongs to. */
interface Row {
  readonly structure: number;
  readonly fractions: ReadonlyMap<number, number>;
  /** eV/atom */
  readonly energy: number;
  readonly weight: number;
}

/** An energy that cannot belong to its composition. */
export interface EnergyOutlier {
  /** Number of the structure in the dataset. */
  readonly structure: number;
  /** Distance from the energies of its atoms, eV/atom. */
  readonly distance: number;
}

/** Reference energies, and what was left out of their fit. */
export interface CompositionSolution extends ReferenceSolution {
  /** Furthest first. */
  readonly outliers: readonly EnergyOutlier[];
}

/**
 * Least-squares fit of one energy per element from which impossible labels are left out: a single
 * label of 1e6 eV would move the references of all elements, and with them every other label.
 */
export class CompositionFit {
  readonly #rows: Row[] = [];

  /** @param energy eV */
  add(
    numbers: Int32Array,
    energy: number,
    { structure, weight }: Pick<Row, 'structure' | 'weight'>,
  ): void {
    const atoms = numbers.length;
    if (atoms === 0) return;
    const fractions = new Map<number, number>();
    for (const z of numbers) fractions.set(z, (fractions.get(z) ?? 0) + 1);
    for (const [z, count] of fractions) fractions.set(z, count / atoms);
    this.#rows.push({ structure, fractions, energy: energy / atoms, weight });
  }

  solve(ridge: number): CompositionSolution {
    const energies = robustReferenceEnergies(medians(this.#rows));
    const distances = this.#rows.map(({ fractions, energy }) =>
      Math.abs(energy - compositionEnergy(fractions, energies)),
    );
    const limit = Math.max(FURTHEST, TIMES_MEDIAN * median(distances));
    const fit = new ReferenceFit();
    const outliers: EnergyOutlier[] = [];
    this.#rows.forEach(({ structure, fractions, energy, weight }, k) => {
      if (distances[k] > limit) outliers.push({ structure, distance: distances[k] });
      else fit.addFractions(fractions, energy, weight);
    });
    outliers.sort((a, b) => b.distance - a.distance);
    return { ...fit.solve({ ridge }), outliers };
  }
}

/** Structures of one composition as one. */
function medians(rows: readonly Row[]): CompositionEnergy[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = [...row.fractions].sort(([a], [b]) => a - b).join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].map((group) => ({
    fractions: group[0].fractions,
    perAtom: median(group.map(({ energy }) => energy)),
    count: group.length,
  }));
}

import { median } from './median.ts';

/** Not even colliding atoms push each other like this, root mean square over a structure, eV/Angstrom. */
const LARGEST = 1000;
/** Nor does a structure this many times the median one. */
const TIMES_MEDIAN = 100;

/** Forces that cannot be those of a structure. */
export interface ForceOutlier {
  /** Number of the structure in the dataset. */
  readonly structure: number;
  /** Root mean square of its force components, eV/Angstrom. */
  readonly rms: number;
}

interface StructureForces {
  readonly structure: number;
  readonly weight: number;
  /** Sum of the squares of its components, (eV/Angstrom)^2. */
  readonly squares: number;
  readonly components: number;
}

/**
 * Root mean square of all force components, without those of impossible labels: a single one of 1e6
 * eV/Angstrom would make all others look like nothing.
 */
export class ForceScale {
  readonly #rows: StructureForces[] = [];
  #squares = 0;
  #components = 0;

  add(
    forces: Float64Array | Float32Array,
    { structure, weight }: Pick<StructureForces, 'structure' | 'weight'>,
  ): void {
    let squares = 0;
    for (const component of forces) {
      const square = component * component;
      squares += square;
      this.#squares += weight * square;
    }
    this.#components += weight * forces.length;
    this.#rows.push({ structure, weight, squares, components: forces.length });
  }

  /** Root mean square, eV/Angstrom, 0 without forces; outliers largest first. */
  solve(): { readonly rms: number; readonly outliers: readonly ForceOutlier[] } {
    const sizes = this.#rows.map(rmsOf);
    const limit = Math.max(LARGEST, TIMES_MEDIAN * median(sizes));
    const outliers: ForceOutlier[] = [];
    let [squares, components] = [0, 0];
    this.#rows.forEach((row, k) => {
      if (sizes[k] > limit) {
        outliers.push({ structure: row.structure, rms: sizes[k] });
        return;
      }
      squares += row.weight * row.squares;
      components += row.weight * row.components;
    });
    outliers.sort((a, b) => b.rms - a.rms);
    // Summed in one go where nothing is left out: the last bit depends on the order.
    const rms =
      outliers.length === 0
        ? Math.sqrt(this.#squares / (this.#components || 1))
        : Math.sqrt(squares / (components || 1));
    return { rms, outliers };
  }
}

function rmsOf({ squares, components }: StructureForces): number {
  return Math.sqrt(squares / Math.max(1, components));
}

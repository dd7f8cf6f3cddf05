import type { CifSite } from './cifSites.ts';
import { formatError } from './place.ts';
import { apply, fold } from './symmetry.ts';
import type { SymmetryOperation } from './symmetry.ts';

/** What `expandSites` needs. */
export interface Expansion {
  readonly sites: readonly CifSite[];
  readonly operations: readonly SymmetryOperation[];
  /** Lattice vectors as rows, Angstrom. */
  readonly cell: Float64Array;
  /** Images of one element closer than this, Angstrom, are one atom. */
  readonly tolerance: number;
}

/** All atoms of the cell. */
export interface Images {
  /** Fractional coordinates in [0, 1), 3 for each atom. */
  readonly positions: Float64Array;
  /** Site that each atom comes from. */
  readonly owners: readonly number[];
}

/** Beyond this a structure is no crystal for atomistic work, and memory would run out. */
const MAX_IMAGES = 2_000_000;

/**
 * Images of all sites under all operations, each atom once, in the order of the sites.
 *
 * The first image stands for those within the tolerance of it, also where a site is listed twice.
 * @throws FileFormatError `cif/too-many-atoms`
 */
export function expandSites({ sites, operations, cell, tolerance }: Expansion): Images {
  if (sites.length * operations.length > MAX_IMAGES) {
    throw formatError('cif/too-many-atoms', sites[0].place, {
      expected: `${MAX_IMAGES} atoms in a cell at most`,
      found: `${sites.length} sites and ${operations.length} operations`,
      hint: 'Is the number of sites right?',
    });
  }
  const positions: number[] = [];
  const owners: number[] = [];
  const grid = new MergeGrid(cell, tolerance);
  for (const [site, { symbol, position }] of sites.entries()) {
    for (const operation of operations) {
      const image = apply(operation, position).map((x) => fold(x));
      if (grid.has(symbol, image)) continue;
      grid.add(symbol, image);
      positions.push(...image);
      owners.push(site);
    }
  }
  return { positions: Float64Array.from(positions), owners };
}

/** Finds points of one kind that are close to a new one, in bins of fractional coordinates. */
class MergeGrid {
  readonly #cell: Float64Array;
  readonly #tolerance: number;
  readonly #bins: readonly number[];
  readonly #points = new Map<string, (readonly number[])[]>();

  constructor(cell: Float64Array, tolerance: number) {
    this.#cell = cell;
    this.#tolerance = tolerance;
    // The cell is lower triangular, so that the spacing of planes is at least volume / areas.
    this.#bins = spacings(cell).map((spacing) =>
      Math.max(1, Math.min(1024, Math.floor(spacing / Math.max(tolerance, 1)))),
    );
  }

  add(symbol: string, point: readonly number[]): void {
    const key = this.#key(symbol, this.#binOf(point));
    const points = this.#points.get(key);
    if (points === undefined) this.#points.set(key, [point]);
    else points.push(point);
  }

  has(symbol: string, point: readonly number[]): boolean {
    const bin = this.#binOf(point);
    const near = [0, 1, 2].map((a) => neighborsOf(bin[a], this.#bins[a]));
    for (const i of near[0]) {
      for (const j of near[1]) {
        for (const k of near[2]) {
          const points = this.#points.get(this.#key(symbol, [i, j, k]));
          if (points?.some((other) => this.#isSame(point, other)) === true) return true;
        }
      }
    }
    return false;
  }

  #binOf(point: readonly number[]): number[] {
    return point.map((x, a) => Math.min(this.#bins[a] - 1, Math.floor(x * this.#bins[a])));
  }

  #key(symbol: string, bin: readonly number[]): string {
    return `${symbol} ${bin.join(' ')}`;
  }

  #isSame(a: readonly number[], b: readonly number[]): boolean {
    const d = a.map((x, k) => x - b[k] - Math.round(x - b[k]));
    const c = this.#cell;
    return (
      Math.hypot(
        d[0] * c[0] + d[1] * c[3] + d[2] * c[6],
        d[0] * c[1] + d[1] * c[4] + d[2] * c[7],
        d[0] * c[2] + d[1] * c[5] + d[2] * c[8],
      ) <= this.#tolerance
    );
  }
}

function neighborsOf(bin: number, count: number): number[] {
  return [...new Set([bin, (bin + 1) % count, (bin + count - 1) % count])];
}

/** Distances of the lattice planes, Angstrom. */
function spacings(cell: Float64Array): number[] {
  const row = (k: number): number[] => Array.from(cell.subarray(3 * k, 3 * k + 3));
  const [a, b, c] = [row(0), row(1), row(2)];
  const volume = Math.abs(dot(a, cross(b, c)));
  return [cross(b, c), cross(c, a), cross(a, b)].map((area) => volume / Math.hypot(...area));
}

function cross(a: readonly number[], b: readonly number[]): number[] {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

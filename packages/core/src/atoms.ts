/** Values that travel with a structure: provenance, labels of other programs. */
export type InfoValue = string | number | boolean | readonly number[] | readonly string[];

/** Which of the three lattice vectors repeat. */
export type Pbc = readonly [boolean, boolean, boolean];

/**
 * One structure: plain typed arrays, cheap to copy and to move to a worker.
 *
 * | field | shape | unit |
 * |---|---|---|
 * | `numbers` | N | atomic number |
 * | `positions` | 3N, x y z of atom 0, then atom 1 | Angstrom; may lie outside the cell |
 * | `cell` | 9, rows are the lattice vectors; all zero when there is none | Angstrom |
 * | `pbc` | 3 | |
 * | `charge` | total charge | e |
 * | `spin` | number of unpaired electrons | |
 */
export interface Atoms {
  readonly numbers: Int32Array;
  readonly positions: Float64Array;
  readonly cell: Float64Array;
  readonly pbc: Pbc;
  readonly charge?: number;
  readonly spin?: number;
  readonly info?: Readonly<Record<string, InfoValue>>;
}

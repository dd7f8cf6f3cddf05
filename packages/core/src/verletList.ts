import { reserveFloat64, reserveInt32 } from './buffers.ts';
import { invertCell, periodicCell } from './cell.ts';
import { InvalidArgumentError } from './errors.ts';
import { EdgeBuffers, type NeighborList, validateCutoff } from './neighborList.ts';
import { PairSearch } from './pairSearch.ts';
import { fillReverse } from './reverseEdges.ts';
import { validateAtoms } from './validation.ts';
import type { Atoms, Pbc } from './atoms.ts';

/** Rounding of distances relative to the cutoff, taken off the way that atoms may move. */
const ROUNDING = 1e-10;

export interface VerletListOptions {
  /** Angstrom. */
  readonly cutoff: number;
  /** How much farther candidates are kept, Angstrom; 0 searches at every update. */
  readonly skin: number;
}

/**
 * Neighbour list for a moving structure: searches within cutoff + skin now and then, and between
 * searches only tests the candidates. Every list is exact at the cutoff, as from `neighborList`.
 *
 * Write the new positions as r = r0 F + u, where F = H0^-1 H takes the cell of the last search to
 * the present one. Then d >= s d0 - |u_i| - |u_j| with s the smallest singular value of F, at least
 * 1 - |F - 1|, whatever image is meant, so that no pair can have come in from beyond while
 *
 *   2 max |u| <= (1 - |F - 1|) (cutoff + skin) - cutoff,
 *
 * which is the usual half of the skin for a fixed cell. Positions are compared as they are: an
 * atom that was wrapped into the cell has moved, and causes a search.
 */
export class VerletList {
  readonly cutoff: number;
  readonly skin: number;
  #rebuilds = 0;
  #atoms = -1;
  #pbc: Pbc = [false, false, false];
  #positions: Float64Array = new Float64Array(0);
  readonly #cell: Float64Array = new Float64Array(9);
  readonly #search = new PairSearch();
  readonly #list: EdgeBuffers;
  #reverse: Int32Array = new Int32Array(0);
  #next: Int32Array = new Int32Array(0);

  /** @throws InvalidArgumentError for a cutoff that is not positive or a negative skin */
  constructor({ cutoff, skin }: VerletListOptions) {
    validateCutoff(cutoff);
    validateSkin(skin);
    this.cutoff = cutoff;
    this.skin = skin;
    this.#list = new EdgeBuffers(cutoff);
  }

  /** How many searches there were, the first one included. */
  get rebuilds(): number {
    return this.#rebuilds;
  }

  /**
   * The list of `atoms`. The returned object and its arrays are the same at every call: they hold
   * until the next update, and only the first `count` edges count.
   *
   * @throws InvalidAtomsError for a structure that `validateAtoms` refuses
   */
  update(atoms: Atoms): NeighborList {
    if (!this.#holdsFor(atoms)) this.#rebuild(atoms);
    this.#list.fill(this.#search, atoms);
    return this.#list;
  }

  /**
   * As `reverseEdges`, for the list of the last update; the array is the list's own and holds
   * until the next call.
   */
  reverse(): Int32Array {
    const { offsets, count } = this.#list;
    this.#reverse = reserveInt32(this.#reverse, count);
    this.#next = reserveInt32(this.#next, offsets.length);
    this.#next.set(offsets);
    fillReverse(this.#list, this.#reverse, this.#next);
    return this.#reverse;
  }

  #rebuild(atoms: Atoms): void {
    validateAtoms(atoms);
    // Forgotten first, so that a search that fails leaves nothing to be taken for valid.
    this.#atoms = -1;
    this.#search.find(atoms, this.cutoff + this.skin);
    this.#positions = reserveFloat64(this.#positions, atoms.positions.length);
    this.#positions.set(atoms.positions);
    this.#cell.set(atoms.cell);
    this.#pbc = [atoms.pbc[0], atoms.pbc[1], atoms.pbc[2]];
    this.#atoms = atoms.numbers.length;
    this.#rebuilds++;
  }

  #holdsFor(atoms: Atoms): boolean {
    const { pbc, positions } = atoms;
    const length = 3 * atoms.numbers.length;
    if (atoms.numbers.length !== this.#atoms || positions.length !== length) return false;
    for (let k = 0; k < 3; k++) if (pbc[k] !== this.#pbc[k]) return false;
    if (atoms.cell.length !== 9) return false;
    const isPeriodic = pbc[0] || pbc[1] || pbc[2];
    for (let k = 0; k < 9; k++) {
      if (isPeriodic && atoms.cell[k] !== this.#cell[k]) return this.#holdsForCell(atoms);
    }
    const way = this.#mayMove(0);
    const limit = way * way;
    const reference = this.#positions;
    for (let i = 0; i < length; i += 3) {
      const x = positions[i] - reference[i];
      const y = positions[i + 1] - reference[i + 1];
      const z = positions[i + 2] - reference[i + 2];
      // Written so that NaN causes a search, which then says what is wrong.
      if (!(x * x + y * y + z * z <= limit)) return false;
    }
    return way > 0;
  }

  /** As above for a cell that has changed since the last search. */
  #holdsForCell(atoms: Atoms): boolean {
    const { positions, pbc } = atoms;
    if (!atoms.cell.every((value) => Number.isFinite(value))) return false;
    const map = product(invertCell(periodicCell(this.#cell, pbc)), periodicCell(atoms.cell, pbc));
    let strain = 0;
    for (let k = 0; k < 9; k++) strain += (map[k] - (k % 4 === 0 ? 1 : 0)) ** 2;
    const way = this.#mayMove(Math.sqrt(strain));
    if (!(way > 0)) return false;
    const limit = way * way;
    const reference = this.#positions;
    for (let i = 0; i < positions.length; i += 3) {
      const a = reference[i];
      const b = reference[i + 1];
      const c = reference[i + 2];
      const x = positions[i] - (a * map[0] + b * map[3] + c * map[6]);
      const y = positions[i + 1] - (a * map[1] + b * map[4] + c * map[7]);
      const z = positions[i + 2] - (a * map[2] + b * map[5] + c * map[8]);
      if (!(x * x + y * y + z * z <= limit)) return false;
    }
    return true;
  }

  /** How far every atom may move, Angstrom, when the cell is strained by `strain` = |F - 1|. */
  #mayMove(strain: number): number {
    const kept = (1 - strain) * (this.cutoff + this.skin) - this.cutoff * (1 + ROUNDING);
    return 0.5 * kept;
  }
}

/** @throws InvalidArgumentError unless a skin (Angstrom) is finite and not negative */
export function validateSkin(skin: number): void {
  if (skin >= 0 && Number.isFinite(skin)) return;
  throw new InvalidArgumentError('neighbors/invalid-skin', `the skin is ${skin} Angstrom`, {
    expected: 'a finite skin in Angstrom, 0 or more',
    found: String(skin),
  });
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let k = 0; k < 3; k++) {
      out[3 * i + k] = a[3 * i] * b[k] + a[3 * i + 1] * b[3 + k] + a[3 * i + 2] * b[6 + k];
    }
  }
  return out;
}

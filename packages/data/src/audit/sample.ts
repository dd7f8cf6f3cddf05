import { cellDeterminant, neighborList, periodicCell, validateAtoms } from '@mlffd/core';
import type { Atoms, NeighborList } from '@mlffd/core';
import { geometryHash } from '../contentHash.ts';
import { geometrySignature, SIGNATURE_CUTOFF } from '../split/geometrySignature.ts';
import type { GeometrySignature } from '../split/geometrySignature.ts';
import type { LabelledStructure } from '../structure.ts';
import { faceDistance } from './emptySpace.ts';

/** Distances that checks can see, Angstrom. */
export const AUDIT_CUTOFF: number = SIGNATURE_CUTOFF;

/** Hexadecimal digits of a hash that fit into a number. */
const HASH_DIGITS = 13;

/** One structure under audit, with what several checks need of it, made once. */
export class AuditSample {
  readonly index: number;
  readonly structure: LabelledStructure;
  /**
   * False for a structure that no calculator would take (NaN, no volume, wrong lengths), or whose
   * neighbours nobody could list.
   */
  readonly usable: boolean;
  readonly #tolerance: number;
  #list: NeighborList | undefined;
  #signature: GeometrySignature | undefined;
  #hash: number | undefined;

  constructor(index: number, structure: LabelledStructure, tolerance: number) {
    this.index = index;
    this.structure = structure;
    this.usable = isUsable(structure.atoms) && isPlausible(structure.atoms);
    this.#tolerance = tolerance;
  }

  /**
   * Hash of the geometry, bit for bit: 52 bits of it, so that it is a number. Two of 120,000
   * structures agree by chance in one of 600,000 sets.
   */
  get hash(): number {
    this.#hash ??= Number.parseInt(geometryHash(this.structure.atoms).slice(0, HASH_DIGITS), 16);
    return this.#hash;
  }

  /** Pairs within `AUDIT_CUTOFF`; undefined for an unusable structure. */
  get list(): NeighborList | undefined {
    if (this.usable) this.#list ??= neighborList(this.structure.atoms, AUDIT_CUTOFF);
    return this.#list;
  }

  /** Signature of the geometry; undefined for an unusable structure. */
  get signature(): GeometrySignature | undefined {
    const { list } = this;
    if (list !== undefined)
      this.#signature ??= geometrySignature(this.structure.atoms, this.#tolerance, list);
    return this.#signature;
  }
}

function isUsable(atoms: Atoms): boolean {
  try {
    validateAtoms(atoms);
    return true;
  } catch {
    // Which check reports it depends on what is wrong.
    return false;
  }
}

/** Coordinates beyond this are no lengths in Angstrom. */
const FAR = 1e6;
/** Matter has fewer neighbours within `AUDIT_CUTOFF` than this: diamond has 159. */
const CROWDED = 2000;

/** False for positions and cells that are no lengths in Angstrom. */
export function isPlausible({ numbers, positions, cell, pbc }: Atoms): boolean {
  for (const x of positions) if (Math.abs(x) > FAR) return false;
  if (!pbc.includes(true)) return true;
  const complete = periodicCell(cell, [pbc[0], pbc[1], pbc[2]]);
  const volume = Math.abs(cellDeterminant(complete));
  if (pbc.every(Boolean)) {
    const sphere = (4 / 3) * Math.PI * AUDIT_CUTOFF ** 3;
    return (numbers.length * sphere) / volume < CROWDED;
  }
  // Images of the cell in reach; along the other axes there is only one.
  let images = 1;
  for (let axis = 0; axis < 3; axis++) {
    if (pbc[axis]) images *= 1 + (2 * AUDIT_CUTOFF) / faceDistance(complete, axis, volume);
  }
  return images < CROWDED;
}

/** True where a stress has a meaning: three periodic axes that span a volume. */
export function hasVolume({ cell, pbc }: Atoms): boolean {
  return pbc[0] && pbc[1] && pbc[2] && cellDeterminant(cell) !== 0;
}

/** True for an array without NaN and infinities. */
export function allFinite(values: Iterable<number>): boolean {
  for (const value of values) {
    // x - x is NaN for NaN and for both infinities.
    if (value - value !== 0) return false;
  }
  return true;
}

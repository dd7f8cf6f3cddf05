import { type Arena } from './arena.ts';
import type { KernelFunctions } from './kernels.ts';
import type { NetworkImage } from './networkImage.ts';
import { StructureMemory } from './structureMemory.ts';

/** How much a structure may have before memory is laid out anew. */
export interface WorkspaceCapacity {
  readonly atoms: number;
  /** Pairs, or candidates for pairs where a list is kept. */
  readonly pairs: number;
  readonly parts: number;
}

/** Bytes of a candidate (assembly/list/candidate.ts), and of what `candidatesHold` needs. */
export const CANDIDATE_BYTES = 48;
const HOLD_BYTES = 216;

/** Pairs of a part as the kernels have left them (assembly/pairs.ts). */
export interface PairViews {
  readonly doubles: Float64Array;
  readonly words: Uint32Array;
  readonly count: number;
}

/** All memory of one structure, with views of what goes in and comes out. */
export class Workspace {
  readonly capacity: WorkspaceCapacity;
  readonly structure: StructureMemory;
  /** 3N, Angstrom. */
  readonly positions: Float64Array;
  /** Index of the element of each atom, N. */
  readonly species: Uint32Array;
  /** 9, rows are lattice vectors, Angstrom. */
  readonly cell: Float64Array;
  /** Network output per atom, N. */
  readonly outputs: Float32Array;
  /** 3N, eV/Angstrom. */
  readonly forces: Float64Array;
  readonly #addresses: {
    readonly cell: number;
    readonly searchCell: number;
    readonly searchPositions: number;
    readonly candidates: number;
    readonly scratch: number;
  };
  readonly #searchPositions: Float64Array;
  readonly #searchCell: Float64Array;
  readonly #kernels: KernelFunctions;

  constructor(
    arena: Arena,
    image: NetworkImage,
    { capacity, kernels }: { capacity: WorkspaceCapacity; kernels: KernelFunctions },
  ) {
    const { atoms, pairs } = capacity;
    this.capacity = capacity;
    this.#kernels = kernels;
    this.structure = new StructureMemory(arena, image, {
      ...capacity,
      pairs: Math.ceil(pairs / capacity.parts) + 1,
    });
    const scratch = Math.max(HOLD_BYTES, kernels.candidateScratch(atoms, pairs));
    const addresses = {
      cell: arena.take(72),
      searchCell: arena.take(72),
      searchPositions: arena.take(24 * atoms),
      candidates: arena.take(CANDIDATE_BYTES * pairs),
      scratch: arena.take(scratch),
    };
    const { buffer } = arena.memory;
    this.#addresses = addresses;
    this.positions = new Float64Array(buffer, this.structure.positions, 3 * atoms);
    this.species = new Uint32Array(buffer, this.structure.species, atoms);
    this.outputs = new Float32Array(buffer, this.structure.outputs, atoms);
    this.forces = new Float64Array(buffer, this.structure.forces, 3 * atoms);
    this.cell = new Float64Array(buffer, addresses.cell, 9);
    this.#searchPositions = new Float64Array(buffer, addresses.searchPositions, 3 * atoms);
    this.#searchCell = new Float64Array(buffer, addresses.searchCell, 9);
  }

  /** Whether the candidates of the last search still contain all pairs. */
  candidatesHold(
    atoms: number,
    { pbc, cutoff, skin }: { pbc: number; cutoff: number; skin: number },
  ): boolean {
    const { cell, searchCell, searchPositions, scratch } = this.#addresses;
    const { positions } = this.structure;
    return (
      this.#kernels.candidatesHold(
        positions,
        searchPositions,
        atoms,
        cell,
        searchCell,
        pbc,
        cutoff,
        skin,
        scratch,
      ) !== 0
    );
  }

  /**
   * Finds the candidates within `reach` (Angstrom) and returns their number, which may be more than there is
   * room for: then memory must be laid out anew. Negative: the structure cannot be searched.
   */
  search(atoms: number, { pbc, reach }: { pbc: number; reach: number }): number {
    const { cell, candidates, scratch } = this.#addresses;
    const { positions, struct } = this.structure;
    const room = this.capacity.pairs;
    const found = this.#kernels.findCandidates(
      positions,
      atoms,
      cell,
      pbc,
      reach,
      candidates,
      room,
      scratch,
      0,
    );
    if (found < 0 || found > room) return found;
    this.#searchPositions.set(this.positions.subarray(0, 3 * atoms));
    this.#searchCell.set(this.cell);
    struct.setWord('candidates', candidates);
    struct.setWord('candidateCount', found);
    return found;
  }

  /** Moves the images of the candidates to where the present cell has them. */
  placeShifts(): void {
    const { cell, candidates } = this.#addresses;
    this.#kernels.placeShifts(candidates, this.structure.struct.word('candidateCount'), cell);
  }

  /** Pairs of a part in the last call. */
  pairs(part: number): PairViews {
    const { parts } = this.structure;
    const address = parts[part].word('pairs');
    const { buffer } = this.positions;
    return {
      doubles: new Float64Array(buffer, address),
      words: new Uint32Array(buffer, address),
      count: parts[part].word('pairCount'),
    };
  }
}

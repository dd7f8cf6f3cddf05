import { type Atoms, isMlffdError, validateAtoms } from '@mlffd/core';
import { DIRECT_ATOMS, type SharedStudent } from './fusedPotential.ts';
import { copyImage, type ImageCopy } from './imageCopy.ts';
import { StructureMemory } from './structureMemory.ts';
import { periodicAxes } from './support.ts';
import { CANDIDATE_BYTES, type PairViews } from './workspace.ts';

/** Float64 and words of a `Member` (assembly/layout.ts), and where its fields are. */
const DOUBLES = 10;
const WORDS = 20;
const FIRST = 12;
const LAST = 13;
const FROM = 14;
const TO = 15;
const ALL = 16;
const FIRST_PAIR = 17;
const LAST_PAIR = 18;
const CLASH = 19;

/** How much a batch may have. */
export interface BatchCapacity {
  readonly atoms: number;
  readonly pairs: number;
}

/** What became of a structure that was to be added; `alone`: it cannot be part of any batch. */
export type Added = 'added' | 'full' | 'alone';

/** Views of what the kernels have made of a batch. */
export interface BatchViews {
  readonly positions: Float64Array;
  readonly species: Uint32Array;
  readonly cell: Float64Array;
  readonly outputs: Float32Array;
  readonly forces: Float64Array;
  readonly members: { readonly doubles: Float64Array; readonly words: Uint32Array };
  readonly pairs: PairViews;
}

/** Where a member is. */
export interface MemberRange {
  /** Atoms, the last one excluded. */
  readonly first: number;
  readonly last: number;
  /** Pairs, the last one excluded. */
  readonly firstPair: number;
  readonly lastPair: number;
  /** Two of its atoms are at one place: it was not computed. */
  readonly isClash: boolean;
}

/** Memory of structures that lie one after the other and are computed as one. */
export class BatchMemory {
  readonly capacity: BatchCapacity;
  readonly #shared: SharedStudent;
  readonly #image: ImageCopy;
  readonly #structure: StructureMemory;
  readonly #addresses: {
    readonly members: number;
    readonly cell: number;
    readonly candidates: number;
    readonly scratch: number;
  };
  #views: BatchViews;
  /** Members, their atoms, their candidates, and pairs that they may have. */
  #count = 0;
  #atoms = 0;
  #candidates = 0;
  #pairs = 0;

  constructor(shared: SharedStudent, capacity: BatchCapacity) {
    const { arena, kernels } = shared;
    const { atoms, pairs } = capacity;
    this.capacity = capacity;
    this.#shared = shared;
    this.#image = copyImage(arena, shared.image);
    this.#structure = new StructureMemory(arena, this.#image, { ...capacity, parts: 1 });
    this.#addresses = {
      members: arena.take(8 * DOUBLES * atoms),
      cell: arena.take(72),
      candidates: arena.take(CANDIDATE_BYTES * pairs),
      scratch: arena.take(kernels.candidateScratch(atoms, pairs)),
    };
    const { struct, parts } = this.#structure;
    struct.setWord('candidates', this.#addresses.candidates);
    parts[0].setWord('first', 0);
    this.#views = this.#look();
  }

  /** Views, which hold until memory grows. */
  get views(): BatchViews {
    if (this.#views.positions.buffer !== this.#shared.arena.memory.buffer) {
      this.#views = this.#look();
    }
    return this.#views;
  }

  /** Forgets all members. */
  clear(): void {
    this.#count = 0;
    this.#atoms = 0;
    this.#candidates = 0;
    this.#pairs = 0;
  }

  /** Copies a structure behind the others, unless there is no room or something is wrong with it. */
  add(atoms: Atoms): Added {
    const { numbers, positions, cell } = atoms;
    const count = numbers.length;
    const { capacity } = this;
    if (count === 0 || count > capacity.atoms) return 'alone';
    if (positions.length !== 3 * count || cell.length !== 9) return 'alone';
    if (this.#atoms + count > capacity.atoms) return 'full';
    if (!this.#copy(atoms)) return 'alone';
    const axes = periodicAxes(atoms);
    const all = axes === 0 && count <= DIRECT_ATOMS;
    const room = capacity.pairs - this.#pairs;
    const found = all ? (count * (count - 1)) / 2 : this.#search(atoms, { axes, room });
    if (found < 0) return 'alone';
    if (found > room) return this.#count === 0 ? 'alone' : 'full';
    const { words } = this.views.members;
    const at = WORDS * this.#count;
    words[at + FIRST] = this.#atoms;
    words[at + LAST] = this.#atoms + count;
    words[at + FROM] = this.#candidates;
    words[at + TO] = this.#candidates + (all ? 0 : found);
    words[at + ALL] = all ? 1 : 0;
    this.#count++;
    this.#atoms += count;
    this.#pairs += found;
    this.#candidates += all ? 0 : found;
    return 'added';
  }

  /** Computes the members. */
  run(): void {
    const { struct, parts } = this.#structure;
    struct.setWord('atoms', this.#atoms);
    parts[0].setWord('last', this.#atoms);
    const { runBatch } = this.#shared.kernels;
    runBatch(this.#image.address, struct.address, this.#addresses.members, this.#count);
  }

  /** Where member k is. */
  range(k: number): MemberRange {
    const { words } = this.views.members;
    const at = WORDS * k;
    return {
      first: words[at + FIRST],
      last: words[at + LAST],
      firstPair: words[at + FIRST_PAIR],
      lastPair: words[at + LAST_PAIR],
      isClash: words[at + CLASH] !== 0,
    };
  }

  /** Virial of member k, eV, Voigt xx yy zz yz xz xy, into `out`. */
  virial(k: number, out: Float64Array): Float64Array {
    const { doubles } = this.views.members;
    for (let c = 0; c < 6; c++) out[c] = doubles[DOUBLES * k + c];
    return out;
  }

  /** Whether positions are finite and elements known. */
  #copy({ numbers, positions }: Atoms): boolean {
    const { views } = this;
    const { indexOf } = this.#shared;
    const first = this.#atoms;
    let sum = 0;
    for (let k = 0; k < positions.length; k++) {
      views.positions[3 * first + k] = positions[k];
      sum += positions[k];
    }
    if (!Number.isFinite(sum)) return false;
    for (let i = 0; i < numbers.length; i++) {
      const index = indexOf[numbers[i]] ?? -1;
      if (index < 0) return false;
      views.species[first + i] = index;
    }
    return true;
  }

  /** Number of candidates of the structure that has just been copied; negative: it cannot be searched. */
  #search(atoms: Atoms, { axes, room }: { readonly axes: number; readonly room: number }): number {
    if (!isValid(atoms)) return -1;
    const { cell, candidates, scratch } = this.#addresses;
    this.views.cell.set(atoms.cell);
    return this.#shared.kernels.findCandidates(
      this.#structure.positions + 24 * this.#atoms,
      atoms.numbers.length,
      cell,
      axes,
      this.#shared.student.config.cutoff,
      candidates + CANDIDATE_BYTES * this.#candidates,
      room,
      scratch,
      0,
    );
  }

  #look(): BatchViews {
    const { buffer } = this.#shared.arena.memory;
    const { atoms, pairs } = this.capacity;
    const { positions, species, outputs, forces, parts } = this.#structure;
    const { members, cell } = this.#addresses;
    const first = parts[0].word('pairs');
    return {
      positions: new Float64Array(buffer, positions, 3 * atoms),
      species: new Uint32Array(buffer, species, atoms),
      cell: new Float64Array(buffer, cell, 9),
      outputs: new Float32Array(buffer, outputs, atoms),
      forces: new Float64Array(buffer, forces, 3 * atoms),
      members: {
        doubles: new Float64Array(buffer, members, DOUBLES * atoms),
        words: new Uint32Array(buffer, members, WORDS * atoms),
      },
      pairs: {
        doubles: new Float64Array(buffer, first),
        words: new Uint32Array(buffer, first),
        count: pairs,
      },
    };
  }
}

function isValid(atoms: Atoms): boolean {
  try {
    validateAtoms(atoms);
    return true;
  } catch (error) {
    if (isMlffdError(error)) return false;
    throw error;
  }
}

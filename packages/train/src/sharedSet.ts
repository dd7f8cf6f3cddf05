/** Bytes of a page; a larger structure gets a page of its own. */
const PAGE_BYTES = 32 * 1024 * 1024;

const HAS_ENERGY = 1;
const HAS_FORCES = 2;
const HAS_STRESS = 4;

/** A prepared structure: neighbour list and labels, views into shared memory. */
export interface PreparedStructure {
  /** Atomic numbers, N. */
  readonly numbers: Int32Array;
  /** First edge of each atom, N + 1. */
  readonly offsets: Int32Array;
  /** Neighbour of each edge, E. */
  readonly neighbors: Int32Array;
  /** Edge vectors, Angstrom, 3E. */
  readonly vectors: Float64Array;
  /** Energy above the baseline, eV; undefined without a label. */
  readonly energy: number | undefined;
  /** Forces, eV/Angstrom, 3N. */
  readonly forces: Float32Array | undefined;
  /** Stress, eV/Angstrom^3, 6. */
  readonly stress: Float32Array | undefined;
  /** Volume of the cell, Angstrom^3; 0 without one. */
  readonly volume: number;
}

/** The columns of a set that exist once per structure, growable. */
export interface SharedColumns {
  readonly pages: readonly SharedArrayBuffer[];
  /** Page of each structure. */
  readonly page: Int32Array;
  /** First byte in the page, divided by 8. */
  readonly start: Int32Array;
  readonly atoms: Int32Array;
  readonly edges: Int32Array;
  /** Which labels it has. */
  readonly labels: Int32Array;
  readonly energies: Float64Array;
  readonly volumes: Float64Array;
}

/**
 * Prepared structures of a whole set in shared memory: made once, read by every worker without a
 * copy. `columns` is what a worker needs to open the same memory.
 */
export class SharedSet {
  readonly columns: SharedColumns;

  constructor(columns: SharedColumns) {
    this.columns = columns;
  }

  get length(): number {
    return this.columns.atoms.length;
  }

  /** Whether any structure has a label of the kind. */
  has(label: 'energy' | 'forces' | 'stress'): boolean {
    const flag = { energy: HAS_ENERGY, forces: HAS_FORCES, stress: HAS_STRESS }[label];
    return this.columns.labels.some((labels) => (labels & flag) !== 0);
  }

  hasEnergy(index: number): boolean {
    return (this.columns.labels[index] & HAS_ENERGY) !== 0;
  }

  hasForces(index: number): boolean {
    return (this.columns.labels[index] & HAS_FORCES) !== 0;
  }

  hasStress(index: number): boolean {
    return (this.columns.labels[index] & HAS_STRESS) !== 0;
  }

  /** Views of one structure. */
  get(index: number): PreparedStructure {
    const { columns } = this;
    const page = columns.pages[columns.page[index]];
    const atoms = columns.atoms[index];
    const edges = columns.edges[index];
    const at = fieldOffsets(atoms, edges, columns.labels[index]);
    const start = 8 * columns.start[index];
    const ints = (offset: number, length: number): Int32Array =>
      new Int32Array(page, start + offset, length);
    const floats = (offset: number, length: number): Float32Array =>
      new Float32Array(page, start + offset, length);
    return {
      vectors: new Float64Array(page, start, 3 * edges),
      numbers: ints(at.numbers, atoms),
      offsets: ints(at.offsets, atoms + 1),
      neighbors: ints(at.neighbors, edges),
      energy: this.hasEnergy(index) ? columns.energies[index] : undefined,
      forces: this.hasForces(index) ? floats(at.forces, 3 * atoms) : undefined,
      stress: this.hasStress(index) ? floats(at.stress, 6) : undefined,
      volume: columns.volumes[index],
    };
  }
}

/** Byte offsets of the fields inside a structure's block. */
interface FieldOffsets {
  readonly numbers: number;
  readonly offsets: number;
  readonly neighbors: number;
  readonly forces: number;
  readonly stress: number;
  readonly end: number;
}

function fieldOffsets(atoms: number, edges: number, labels: number): FieldOffsets {
  const numbers = 24 * edges;
  const offsets = numbers + 4 * atoms;
  const neighbors = offsets + 4 * (atoms + 1);
  const forces = neighbors + 4 * edges;
  const stress = forces + ((labels & HAS_FORCES) === 0 ? 0 : 12 * atoms);
  const end = stress + ((labels & HAS_STRESS) === 0 ? 0 : 24);
  return { numbers, offsets, neighbors, forces, stress, end };
}

/** Writes structures into shared memory, one after another. */
export class SharedSetWriter {
  readonly #pages: SharedArrayBuffer[] = [];
  #used = 0;
  readonly #page: number[] = [];
  readonly #start: number[] = [];
  readonly #atoms: number[] = [];
  readonly #edges: number[] = [];
  readonly #labels: number[] = [];
  readonly #energies: number[] = [];
  readonly #volumes: number[] = [];

  /** Copies one structure; `energy` is the label as it is, eV. */
  add(structure: PreparedInput): void {
    const atoms = structure.numbers.length;
    const edges = structure.neighbors.length;
    const labels =
      (structure.energy === undefined ? 0 : HAS_ENERGY) |
      (structure.forces === undefined ? 0 : HAS_FORCES) |
      (structure.stress === undefined ? 0 : HAS_STRESS);
    const { end } = fieldOffsets(atoms, edges, labels);
    const bytes = 8 * Math.ceil(end / 8);
    let page = this.#pages.at(-1);
    if (page === undefined || this.#used + bytes > page.byteLength) {
      page = new SharedArrayBuffer(Math.max(PAGE_BYTES, bytes));
      this.#pages.push(page);
      this.#used = 0;
    }
    this.#page.push(this.#pages.length - 1);
    this.#start.push(this.#used / 8);
    this.#atoms.push(atoms);
    this.#edges.push(edges);
    this.#labels.push(labels);
    this.#energies.push(structure.energy ?? 0);
    this.#volumes.push(structure.volume);
    copyInto(page, this.#used, structure, labels);
    this.#used += bytes;
  }

  /** The set; `offset(k)` is taken off the energy label of structure k, eV. */
  finish(offset: (numbers: Int32Array) => number): SharedSet {
    const set = new SharedSet({
      pages: this.#pages,
      page: sharedInts(this.#page),
      start: sharedInts(this.#start),
      atoms: sharedInts(this.#atoms),
      edges: sharedInts(this.#edges),
      labels: sharedInts(this.#labels),
      energies: sharedDoubles(this.#energies),
      volumes: sharedDoubles(this.#volumes),
    });
    for (let k = 0; k < set.length; k++) {
      if (set.hasEnergy(k)) set.columns.energies[k] -= offset(set.get(k).numbers);
    }
    return set;
  }
}

/** What is stored of a structure; energies still contain the baseline. */
export interface PreparedInput {
  readonly numbers: Int32Array;
  readonly offsets: Int32Array;
  readonly neighbors: Int32Array;
  readonly vectors: Float64Array;
  readonly energy: number | undefined;
  readonly forces: ArrayLike<number> | undefined;
  readonly stress: ArrayLike<number> | undefined;
  readonly volume: number;
}

function copyInto(
  page: SharedArrayBuffer,
  start: number,
  structure: PreparedInput,
  labels: number,
): void {
  const { numbers, offsets, neighbors, vectors, forces, stress } = structure;
  const at = fieldOffsets(numbers.length, neighbors.length, labels);
  new Float64Array(page, start, vectors.length).set(vectors);
  const ints: [number, Int32Array][] = [
    [at.numbers, numbers],
    [at.offsets, offsets],
    [at.neighbors, neighbors],
  ];
  for (const [offset, values] of ints)
    new Int32Array(page, start + offset, values.length).set(values);
  if (forces) new Float32Array(page, start + at.forces, forces.length).set(forces);
  if (stress) new Float32Array(page, start + at.stress, stress.length).set(stress);
}

function sharedInts(values: readonly number[]): Int32Array {
  const array = new Int32Array(new SharedArrayBuffer(4 * values.length));
  array.set(values);
  return array;
}

function sharedDoubles(values: readonly number[]): Float64Array {
  const array = new Float64Array(new SharedArrayBuffer(8 * values.length));
  array.set(values);
  return array;
}

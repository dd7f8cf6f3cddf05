import type { HessianProducts } from './labelled.ts';
import type { LossTerm } from './lossConfig.ts';

/** Page of edges that are not in memory. */
export const NO_PAGE = -1;

/** Bytes of a page; a larger structure gets a page of its own. */
const PAGE_BYTES = 32 * 1024 * 1024;

const HAS_ENERGY = 1;
const HAS_FORCES = 2;
const HAS_STRESS = 4;
const HAS_NODES = 8;

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
  /** Energies of the atoms above the baseline, eV, N; absent without a label. */
  readonly nodeEnergies?: Float64Array | undefined;
  /** Volume of the cell, Angstrom^3; 0 without one. */
  readonly volume: number;
  /** Factor on its part of the loss. */
  readonly weight: number;
  /** Total charge, e; 0 where the structure has none. */
  readonly charge: number;
  /** Number of unpaired electrons; 0 where the structure has none. */
  readonly spin: number;
  /** Positions about their mean, Angstrom, 3N; undefined where an axis is periodic. */
  readonly positions: Float32Array | undefined;
  /** Directions and products of the Hessian with them, 3N each; absent without a label. */
  readonly hessianProducts?: PreparedProducts | undefined;
}

/** k directions and the products of the Hessian with them, eV/Angstrom^2, 3N values each. */
interface PreparedProducts {
  readonly count: number;
  readonly directions: Float32Array;
  readonly products: Float32Array;
}

/** The columns of a set that exist once per structure, growable. */
export interface SharedColumns {
  readonly pages: readonly SharedArrayBuffer[];
  /** Page of each structure. */
  readonly page: Int32Array;
  /** First byte in the page, divided by 8. */
  readonly start: Int32Array;
  /** Page of the edges of each structure, `NO_PAGE` while they are not in memory. */
  readonly edgePage: Int32Array;
  /** First byte of the edges in that page, divided by 8. */
  readonly edgeStart: Int32Array;
  readonly atoms: Int32Array;
  readonly edges: Int32Array;
  /** Which labels it has. */
  readonly labels: Int32Array;
  /** 1 where no axis is periodic. */
  readonly open: Int32Array;
  /** Directions that the Hessian was multiplied with. */
  readonly directions: Int32Array;
  readonly energies: Float64Array;
  readonly volumes: Float64Array;
  readonly weights: Float64Array;
  readonly charges: Float64Array;
  readonly spins: Float64Array;
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
  has(label: LossTerm): boolean {
    if (label === 'hessian') return this.columns.directions.some((count) => count > 0);
    const flag = {
      energy: HAS_ENERGY,
      forces: HAS_FORCES,
      stress: HAS_STRESS,
      nodeEnergies: HAS_NODES,
    }[label];
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

  /** Whether its atoms have energies of their own. */
  hasNodeEnergies(index: number): boolean {
    return (this.columns.labels[index] & HAS_NODES) !== 0;
  }

  /** Number of directions that the Hessian was multiplied with. */
  directionCount(index: number): number {
    return this.columns.directions[index];
  }

  /** Atomic numbers of one structure, a view; also where its edges are not in memory. */
  numbers(index: number): Int32Array {
    const { pages, page, start, atoms } = this.columns;
    return new Int32Array(pages[page[index]], 8 * start[index], atoms[index]);
  }

  /** Energies of the atoms of one structure that has them, a view, eV. */
  nodeEnergies(index: number): Float64Array {
    const { pages, page, start, atoms, labels, open } = this.columns;
    const { nodes } = fieldOffsets(atoms[index], labels[index], open[index] === 1);
    return new Float64Array(pages[page[index]], 8 * start[index] + nodes, atoms[index]);
  }

  /**
   * Views of one structure.
   *
   * @throws RangeError when its edges are not in memory
   */
  get(index: number): PreparedStructure {
    const { columns } = this;
    const page = columns.pages[columns.page[index]];
    const atoms = columns.atoms[index];
    const open = columns.open[index] === 1;
    const at = fieldOffsets(atoms, columns.labels[index], open);
    const start = 8 * columns.start[index];
    const ints = (offset: number, length: number): Int32Array =>
      new Int32Array(page, start + offset, length);
    const floats = (offset: number, length: number): Float32Array =>
      new Float32Array(page, start + offset, length);
    const count = columns.directions[index];
    const productsAt = (offset: number): PreparedProducts => ({
      count,
      directions: floats(offset, 3 * atoms * count),
      products: floats(offset + productBytes(atoms, count) / 2, 3 * atoms * count),
    });
    return {
      ...edgeViews(columns, index),
      numbers: ints(0, atoms),
      energy: this.hasEnergy(index) ? columns.energies[index] : undefined,
      forces: this.hasForces(index) ? floats(at.forces, 3 * atoms) : undefined,
      stress: this.hasStress(index) ? floats(at.stress, 6) : undefined,
      ...(this.hasNodeEnergies(index) ? { nodeEnergies: this.nodeEnergies(index) } : {}),
      volume: columns.volumes[index],
      weight: columns.weights[index],
      charge: columns.charges[index],
      spin: columns.spins[index],
      positions: open ? floats(at.positions, 3 * atoms) : undefined,
      ...(count === 0 ? {} : { hessianProducts: productsAt(at.end) }),
    };
  }
}

/** Bytes of directions and products, which end a structure's block. */
function productBytes(atoms: number, directions: number): number {
  return 24 * atoms * directions;
}

/** Byte offsets inside a structure's block, which begins with its atomic numbers. */
interface FieldOffsets {
  readonly forces: number;
  readonly stress: number;
  readonly positions: number;
  /** A multiple of 8. */
  readonly nodes: number;
  /** Where directions and products begin, if there are any. */
  readonly end: number;
}

function fieldOffsets(atoms: number, labels: number, open: boolean): FieldOffsets {
  const forces = 4 * atoms;
  const stress = forces + ((labels & HAS_FORCES) === 0 ? 0 : 12 * atoms);
  const positions = stress + ((labels & HAS_STRESS) === 0 ? 0 : 24);
  const last = positions + (open ? 12 * atoms : 0);
  const nodes = 8 * Math.ceil(last / 8);
  const end = (labels & HAS_NODES) === 0 ? last : nodes + 8 * atoms;
  return { forces, stress, positions, nodes, end };
}

/** The neighbour list of a structure, views into shared memory. */
type EdgeViews = Pick<PreparedStructure, 'vectors' | 'offsets' | 'neighbors'>;

/** Memory of the edges of a structure, bytes, a multiple of 8. */
export function edgeBytes(atoms: number, edges: number): number {
  return 8 * Math.ceil((28 * edges + 4 * (atoms + 1)) / 8);
}

/** @throws RangeError when the edges are not in memory */
export function edgeViews(columns: SharedColumns, index: number): EdgeViews {
  const number = columns.edgePage[index];
  if (number === NO_PAGE) throw new RangeError(`the edges of structure ${index} are not in memory`);
  const page = columns.pages[number];
  const start = 8 * columns.edgeStart[index];
  const atoms = columns.atoms[index];
  const edges = columns.edges[index];
  return {
    vectors: new Float64Array(page, start, 3 * edges),
    offsets: new Int32Array(page, start + 24 * edges, atoms + 1),
    neighbors: new Int32Array(page, start + 24 * edges + 4 * (atoms + 1), edges),
  };
}

/** Writes structures into shared memory, one after another. */
export class SharedSetWriter {
  readonly #pages: SharedArrayBuffer[] = [];
  #used = 0;
  readonly #page: number[] = [];
  readonly #start: number[] = [];
  readonly #edgePage: number[] = [];
  readonly #edgeStart: number[] = [];
  readonly #atoms: number[] = [];
  readonly #edges: number[] = [];
  readonly #labels: number[] = [];
  readonly #open: number[] = [];
  readonly #directions: number[] = [];
  readonly #energies: number[] = [];
  readonly #volumes: number[] = [];
  readonly #weights: number[] = [];
  readonly #charges: number[] = [];
  readonly #spins: number[] = [];
  readonly #keepEdges: boolean;

  /** @param options `keepEdges: false` counts edges, but has no memory for them; default true */
  constructor({ keepEdges = true }: { keepEdges?: boolean } = {}) {
    this.#keepEdges = keepEdges;
  }

  /** Copies one structure; `energy` is the label as it is, eV. */
  add(structure: PreparedInput): void {
    const atoms = structure.numbers.length;
    const edges = structure.neighbors.length;
    const labels =
      (structure.energy === undefined ? 0 : HAS_ENERGY) |
      (structure.forces === undefined ? 0 : HAS_FORCES) |
      (structure.stress === undefined ? 0 : HAS_STRESS) |
      (structure.energies === undefined ? 0 : HAS_NODES);
    const open = structure.positions !== undefined;
    const { end } = fieldOffsets(atoms, labels, open);
    const directions = (structure.hessianProducts?.directions.length ?? 0) / (3 * atoms);
    const bytes = end + productBytes(atoms, directions);
    const block = this.#allocate(8 * Math.ceil(bytes / 8));
    this.#page.push(block.page);
    this.#start.push(block.start / 8);
    copyLabels(this.#pages[block.page], block.start, structure, labels);
    if (this.#keepEdges) {
      const list = this.#allocate(edgeBytes(atoms, edges));
      this.#edgePage.push(list.page);
      this.#edgeStart.push(list.start / 8);
      const page = this.#pages[list.page];
      new Float64Array(page, list.start, 3 * edges).set(structure.vectors);
      const ints = list.start + 24 * edges;
      new Int32Array(page, ints, atoms + 1).set(structure.offsets);
      new Int32Array(page, ints + 4 * (atoms + 1), edges).set(structure.neighbors);
    } else {
      this.#edgePage.push(NO_PAGE);
      this.#edgeStart.push(0);
    }
    this.#atoms.push(atoms);
    this.#edges.push(edges);
    this.#labels.push(labels);
    this.#open.push(open ? 1 : 0);
    this.#directions.push(directions);
    this.#energies.push(structure.energy ?? 0);
    this.#volumes.push(structure.volume);
    this.#weights.push(structure.weight);
    this.#charges.push(structure.charge ?? 0);
    this.#spins.push(structure.spin ?? 0);
  }

  #allocate(bytes: number): { page: number; start: number } {
    const last = this.#pages.at(-1);
    if (last === undefined || this.#used + bytes > last.byteLength) {
      this.#pages.push(new SharedArrayBuffer(Math.max(PAGE_BYTES, bytes)));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += bytes;
    return { page: this.#pages.length - 1, start };
  }

  /**
   * The set, with labels less offsets, eV.
   *
   * @param offset of the energy of a structure
   * @param nodeOffset of the energy of an atom, by its atomic number
   */
  finish(
    offset: (numbers: Int32Array) => number,
    nodeOffset: (z: number) => number = () => 0,
  ): SharedSet {
    const set = new SharedSet({
      pages: this.#pages,
      page: sharedInts(this.#page),
      start: sharedInts(this.#start),
      edgePage: sharedInts(this.#edgePage),
      edgeStart: sharedInts(this.#edgeStart),
      atoms: sharedInts(this.#atoms),
      edges: sharedInts(this.#edges),
      labels: sharedInts(this.#labels),
      open: sharedInts(this.#open),
      directions: sharedInts(this.#directions),
      energies: sharedDoubles(this.#energies),
      volumes: sharedDoubles(this.#volumes),
      weights: sharedDoubles(this.#weights),
      charges: sharedDoubles(this.#charges),
      spins: sharedDoubles(this.#spins),
    });
    for (let k = 0; k < set.length; k++) {
      const numbers = set.numbers(k);
      if (set.hasEnergy(k)) set.columns.energies[k] -= offset(numbers);
      if (!set.hasNodeEnergies(k)) continue;
      const nodes = set.nodeEnergies(k);
      for (let i = 0; i < nodes.length; i++) nodes[i] -= nodeOffset(numbers[i]);
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
  /** Of the atoms, eV. */
  readonly energies?: ArrayLike<number> | undefined;
  readonly volume: number;
  /** Factor on its part of the loss, above 0. */
  readonly weight: number;
  /** Angstrom; undefined where an axis is periodic. */
  readonly positions: ArrayLike<number> | undefined;
  /** Total charge, e; default 0. */
  readonly charge?: number | undefined;
  /** Number of unpaired electrons; default 0. */
  readonly spin?: number | undefined;
  readonly hessianProducts?: HessianProducts | undefined;
}

function copyLabels(
  page: SharedArrayBuffer,
  start: number,
  { numbers, forces, stress, positions, energies, hessianProducts }: PreparedInput,
  labels: number,
): void {
  const at = fieldOffsets(numbers.length, labels, positions !== undefined);
  new Int32Array(page, start, numbers.length).set(numbers);
  if (forces) new Float32Array(page, start + at.forces, forces.length).set(forces);
  if (stress) new Float32Array(page, start + at.stress, stress.length).set(stress);
  if (positions) centre(positions, new Float32Array(page, start + at.positions, positions.length));
  if (energies) new Float64Array(page, start + at.nodes, energies.length).set(energies);
  if (hessianProducts === undefined) return;
  const { directions, products } = hessianProducts;
  const all = new Float32Array(page, start + at.end, 2 * directions.length);
  all.set(directions);
  all.set(products, directions.length);
}

/** Positions about their mean: float32 has the more digits for distances, the closer they are to zero. */
function centre(positions: ArrayLike<number>, out: Float32Array): void {
  const mean = [0, 0, 0];
  for (let k = 0; k < positions.length; k++) mean[k % 3] += (3 * positions[k]) / positions.length;
  for (let k = 0; k < positions.length; k++) out[k] = positions[k] - mean[k % 3];
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

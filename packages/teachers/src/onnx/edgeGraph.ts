import { type Atoms, BOHR, type NeighborList } from '@mlffd/core';
import { Tensor } from 'onnxruntime-node';
import { reserveFloat32, reserveFloat64, reserveInt32, zeroedInt32 } from './buffers.ts';
import type { InputName } from './graphInterface.ts';
import { Int64Buffer } from './int64Buffer.ts';
import type { PotentialManifest } from './manifest.ts';
import { NearestEdges } from './nearestEdges.ts';
import { TripleList } from './tripleList.ts';

/** What of the manifest decides the graph. */
export type EdgeGraphSettings = Pick<
  PotentialManifest,
  'cutoff' | 'nearest' | 'tripleCutoff' | 'minimumEdges' | 'lengthUnit'
>;

/**
 * A structure as exported potentials take it: edges by centre, and gather tables.
 *
 * Tensors begin with `dummies` edges from atom 0 to itself, as long as the cutoff, where the model
 * wants more edges than there are; the arrays in the table below hold the real ones only. Tables of
 * the edges of each atom name real edges and are padded with the number of all edges.
 *
 * | field | shape | |
 * |---|---|---|
 * | `centers`, `neighbors` | edges | atoms at both ends |
 * | `vectors` | 3 edges | from the centre to the image of the neighbour, Angstrom |
 * | `distances` | edges | Angstrom |
 * | `offsets` | N + 1 | first edge of each centre, then `edges` |
 *
 * Arrays keep their memory between builds and may be longer than their shape.
 */
export class EdgeGraph {
  atoms = 0;
  edges = 0;
  dummies = 0;
  centers: Int32Array = new Int32Array(0);
  neighbors: Int32Array = new Int32Array(0);
  vectors: Float64Array = new Float64Array(0);
  distances: Float64Array = new Float64Array(0);
  offsets: Int32Array = new Int32Array(0);

  readonly #settings: EdgeGraphSettings;
  readonly #inputs: ReadonlySet<InputName>;
  readonly #nearest: NearestEdges | undefined;
  readonly #triples = new TripleList();
  /** Length of an Angstrom in the unit of the graph. */
  readonly #scale: number;
  #kept: Int32Array = new Int32Array(0);
  #degrees: Int32Array = new Int32Array(0);
  #vectors32: Float32Array = new Float32Array(0);
  readonly #numbers64 = new Int64Buffer();
  readonly #centers64 = new Int64Buffer();
  readonly #neighbors64 = new Int64Buffer();
  readonly #out64 = new Int64Buffer();
  readonly #in64 = new Int64Buffer();
  #outWidth = 1;
  #inWidth = 1;

  /** @param inputs those that the model wants; the others are not made */
  constructor(settings: EdgeGraphSettings, inputs: readonly InputName[]) {
    this.#settings = settings;
    this.#inputs = new Set(inputs);
    this.#scale = settings.lengthUnit === 'Bohr' ? 1 / BOHR : 1;
    if (settings.nearest !== undefined) this.#nearest = new NearestEdges(settings.nearest);
  }

  /** @param list all edges within the cutoff */
  build(atoms: Atoms, list: NeighborList): void {
    const n = atoms.numbers.length;
    this.atoms = n;
    this.#takeEdges(list);
    this.#takeTriples();
    this.#fillEnds(atoms.numbers);
    this.#fillVectors();
    if (this.#inputs.has('edgesOut')) this.#fillEdgesOut();
    if (this.#inputs.has('edgesIn')) this.#fillEdgesIn();
  }

  /** The tensors that the model wants, views of this graph's memory. */
  feeds(): Record<string, Tensor> {
    const total = this.dummies + this.edges;
    const make: Readonly<Record<InputName, () => Tensor>> = {
      numbers: () => this.#numbers64.tensor([this.atoms]),
      vectors: () => new Tensor('float32', this.#vectors32.subarray(0, 3 * total), [total, 3]),
      centers: () => this.#centers64.tensor([total]),
      neighbors: () => this.#neighbors64.tensor([total]),
      edgesOut: () => this.#out64.tensor([this.atoms, this.#outWidth]),
      edgesIn: () => this.#in64.tensor([this.atoms, this.#inWidth]),
      tripleFirst: () => this.#triples.first.tensor([this.#triples.count]),
      tripleSecond: () => this.#triples.second.tensor([this.#triples.count]),
    };
    const feeds: Record<string, Tensor> = {};
    for (const name of this.#inputs) feeds[name] = make[name]();
    return feeds;
  }

  /** Copies the edges, all or the nearest: the list is changed by the next call. */
  #takeEdges(list: NeighborList): void {
    const n = this.atoms;
    this.offsets = reserveInt32(this.offsets, n + 1);
    this.centers = reserveInt32(this.centers, list.count);
    this.neighbors = reserveInt32(this.neighbors, list.count);
    this.vectors = reserveFloat64(this.vectors, 3 * list.count);
    this.distances = reserveFloat64(this.distances, list.count);
    const { offsets, centers, neighbors, vectors, distances } = this;
    const nearest = this.#nearest;
    if (nearest === undefined) {
      offsets.set(list.offsets.subarray(0, n + 1));
      centers.set(list.centers.subarray(0, list.count));
      neighbors.set(list.neighbors.subarray(0, list.count));
      vectors.set(list.vectors.subarray(0, 3 * list.count));
      distances.set(list.distances.subarray(0, list.count));
      this.edges = list.count;
      return;
    }
    this.#kept = reserveInt32(this.#kept, list.count);
    const kept = this.#kept;
    let count = 0;
    for (let i = 0; i < n; i++) {
      offsets[i] = count;
      const row = [list.offsets[i], list.offsets[i + 1]] as const;
      count = nearest.select(list.distances, row, kept, count);
    }
    offsets[n] = count;
    for (let k = 0; k < count; k++) {
      const e = kept[k];
      centers[k] = list.centers[e];
      neighbors[k] = list.neighbors[e];
      distances[k] = list.distances[e];
      vectors[3 * k] = list.vectors[3 * e];
      vectors[3 * k + 1] = list.vectors[3 * e + 1];
      vectors[3 * k + 2] = list.vectors[3 * e + 2];
    }
    this.edges = count;
  }

  /** Pairs of edges, and how many dummy edges there have to be. */
  #takeTriples(): void {
    const { minimumEdges, tripleCutoff } = this.#settings;
    this.dummies = Math.max(0, minimumEdges - this.edges);
    if (!this.#inputs.has('tripleFirst') && !this.#inputs.has('tripleSecond')) return;
    const triples = this.#triples;
    triples.find(this, tripleCutoff ?? 0);
    if (triples.count > 0 || minimumEdges === 0) {
      triples.fill(this, tripleCutoff ?? 0);
    } else {
      this.dummies = Math.max(1, this.dummies);
      triples.fillDummy();
    }
  }

  #fillEnds(atomicNumbers: Int32Array): void {
    const { atoms, edges, dummies, centers, neighbors } = this;
    const numbers = this.#numbers64.reserve(atoms);
    for (let i = 0; i < atoms; i++) numbers[2 * i] = atomicNumbers[i];
    const first = this.#centers64.reserve(dummies + edges);
    const second = this.#neighbors64.reserve(dummies + edges);
    for (let e = 0; e < dummies; e++) {
      first[2 * e] = 0;
      second[2 * e] = 0;
    }
    for (let e = 0; e < edges; e++) {
      first[2 * (e + dummies)] = centers[e];
      second[2 * (e + dummies)] = neighbors[e];
    }
  }

  #fillVectors(): void {
    const { edges, dummies, vectors } = this;
    this.#vectors32 = reserveFloat32(this.#vectors32, 3 * (dummies + edges));
    const out = this.#vectors32;
    const scale = this.#scale;
    for (let e = 0; e < dummies; e++) {
      out[3 * e] = this.#settings.cutoff * scale;
      out[3 * e + 1] = 0;
      out[3 * e + 2] = 0;
    }
    const start = 3 * dummies;
    for (let k = 0; k < 3 * edges; k++) out[start + k] = vectors[k] * scale;
  }

  #fillEdgesOut(): void {
    const { atoms, edges, dummies, offsets } = this;
    let width = 1;
    for (let i = 0; i < atoms; i++) width = Math.max(width, offsets[i + 1] - offsets[i]);
    const table = this.#out64.reserve(atoms * width);
    for (let i = 0; i < atoms; i++) {
      let place = 2 * i * width;
      for (let e = offsets[i]; e < offsets[i + 1]; e++, place += 2) table[place] = e + dummies;
      for (; place < 2 * (i + 1) * width; place += 2) table[place] = edges + dummies;
    }
    this.#outWidth = width;
  }

  #fillEdgesIn(): void {
    const { atoms, edges, dummies, neighbors } = this;
    this.#degrees = zeroedInt32(this.#degrees, atoms);
    const degrees = this.#degrees;
    let width = 1;
    for (let e = 0; e < edges; e++) width = Math.max(width, ++degrees[neighbors[e]]);
    const table = this.#in64.reserve(atoms * width);
    for (let k = 0; k < atoms * width; k++) table[2 * k] = edges + dummies;
    for (let e = edges - 1; e >= 0; e--) {
      // Backwards, since the degree of an atom is also the number of places still free.
      const j = neighbors[e];
      table[2 * (j * width + --degrees[j])] = e + dummies;
    }
    this.#inWidth = width;
  }
}

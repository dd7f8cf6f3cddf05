import type { Atoms, NeighborList } from '@mlffd/core';
import { reserveFloat32, reserveFloat64, reserveInt32, zeroedInt32 } from '../onnx/buffers.ts';

/** Length of the dummy bond, Angstrom: beyond both cutoffs, where every weight is exactly zero. */
const DUMMY_LENGTH = 7;
/** Angle of the dummy angle, rad. */
const DUMMY_ANGLE = 1;

/** What of the model decides the graph. */
export interface GraphSettings {
  /** Bonds shorter than this carry angles, Angstrom. */
  readonly bondCutoff: number;
  /** Factor on cosines before the arc cosine. */
  readonly cosineScale: number;
}

/**
 * The crystal graph of CHGNet (atom graph, bond graph and the maps between them) as gather tables.
 *
 * Undirected bonds come short ones first: B that carry angles, then the rest, U in all. Bond b has
 * two directed edges, b and b + U, and while it is short, two directed short bonds, b and b + B.
 * An angle is an unordered pair of directed short bonds that leave the same atom; its two orders
 * are a and a + P. Bond 0 and angle 0 are dummies whose messages and gradients are exactly zero:
 * tables are padded with index 0, and nothing is ever empty.
 *
 * | field | shape | |
 * |---|---|---|
 * | `ends` | 2, U | atom at the start of each directed edge |
 * | `edgesOut`, `edgesIn` | N, `edgesPerAtom` | directed edges that leave, that reach an atom |
 * | `bondsOut` | N, `bondsPerAtom` | directed short bonds that leave an atom |
 * | `first` | 2, P | directed short bond on the left of each ordered angle |
 * | `angleBonds` | 2, P | its undirected bond |
 * | `anglesFirst`, `anglesSecond` | 2B, `anglesPerBond` | ordered angles with a directed bond left, right |
 * | `vectors` | 3U | from the start to the end of edge b, Angstrom |
 * | `distances` | U | Angstrom |
 * | `cosines` | P | of each angle |
 *
 * Arrays keep their memory between builds and may be longer than their shape.
 */
export class CrystalGraph {
  atoms = 0;
  bonds = 0;
  shortBonds = 0;
  angles = 0;
  edgesPerAtom = 0;
  bondsPerAtom = 0;
  anglesPerBond = 0;
  numbers: Int32Array = new Int32Array(0);
  ends: Int32Array = new Int32Array(0);
  edgesOut: Int32Array = new Int32Array(0);
  edgesIn: Int32Array = new Int32Array(0);
  bondsOut: Int32Array = new Int32Array(0);
  first: Int32Array = new Int32Array(0);
  angleBonds: Int32Array = new Int32Array(0);
  anglesFirst: Int32Array = new Int32Array(0);
  anglesSecond: Int32Array = new Int32Array(0);
  vectors: Float64Array = new Float64Array(0);
  distances: Float64Array = new Float64Array(0);
  cosines: Float64Array = new Float64Array(0);
  /** `distances` and the angles in float32, as the model reads them. */
  lengths: Float32Array = new Float32Array(0);
  theta: Float32Array = new Float32Array(0);

  readonly #settings: GraphSettings;
  #bondOf: Int32Array = new Int32Array(0);
  #shortCounts: Int32Array = new Int32Array(0);

  constructor(settings: GraphSettings) {
    this.#settings = settings;
  }

  /**
   * @param list all edges within the cutoff of the atom graph
   * @param reverse `reverseEdges` of the list
   */
  build(atoms: Atoms, list: NeighborList, reverse: Int32Array): void {
    const n = atoms.numbers.length;
    this.atoms = n;
    this.numbers = reserveInt32(this.numbers, n);
    for (let i = 0; i < n; i++) this.numbers[i] = atoms.numbers[i] - 1;
    this.#count(list, reverse);
    this.#placeBonds(list, reverse);
    this.#fillEdgeTables(list);
    this.#fillAngles();
  }

  /** Sizes: short bonds, bonds, angles and the widths of the tables. */
  #count(list: NeighborList, reverse: Int32Array): void {
    const { atoms } = this;
    const { distances, offsets } = list;
    const { bondCutoff } = this.#settings;
    this.#shortCounts = zeroedInt32(this.#shortCounts, atoms);
    const counts = this.#shortCounts;
    let short = 0;
    let angles = 0;
    let edgesPerAtom = 1;
    let bondsPerAtom = 1;
    for (let i = 0; i < atoms; i++) {
      let own = 0;
      for (let e = offsets[i]; e < offsets[i + 1]; e++) {
        if (distances[e] >= bondCutoff) continue;
        own++;
        if (e < reverse[e]) short++;
      }
      counts[i] = own;
      angles += (own * (own - 1)) / 2;
      bondsPerAtom = Math.max(bondsPerAtom, own);
      edgesPerAtom = Math.max(edgesPerAtom, offsets[i + 1] - offsets[i]);
    }
    this.bonds = 1 + list.count / 2;
    this.shortBonds = 1 + short;
    this.angles = 1 + angles;
    this.edgesPerAtom = edgesPerAtom;
    this.bondsPerAtom = bondsPerAtom;
    this.anglesPerBond = Math.max(1, bondsPerAtom - 1);
  }

  /** Numbers the undirected bonds, short ones first, and copies their geometry. */
  #placeBonds(list: NeighborList, reverse: Int32Array): void {
    const { bonds } = this;
    const { bondCutoff } = this.#settings;
    this.#bondOf = reserveInt32(this.#bondOf, list.count);
    this.ends = reserveInt32(this.ends, 2 * bonds);
    this.vectors = reserveFloat64(this.vectors, 3 * bonds);
    this.distances = reserveFloat64(this.distances, bonds);
    this.lengths = reserveFloat32(this.lengths, bonds);
    const { ends, vectors, distances, lengths } = this;
    const bondOf = this.#bondOf;
    ends[0] = 0;
    ends[bonds] = 0;
    vectors.fill(0, 0, 3);
    vectors[0] = DUMMY_LENGTH;
    distances[0] = DUMMY_LENGTH;
    lengths[0] = DUMMY_LENGTH;
    let short = 1;
    let long = this.shortBonds;
    for (let e = 0; e < list.count; e++) {
      const back = reverse[e];
      if (back < e) continue;
      const d = list.distances[e];
      const b = d < bondCutoff ? short++ : long++;
      bondOf[e] = b;
      bondOf[back] = b + bonds;
      ends[b] = list.centers[e];
      ends[b + bonds] = list.neighbors[e];
      vectors[3 * b] = list.vectors[3 * e];
      vectors[3 * b + 1] = list.vectors[3 * e + 1];
      vectors[3 * b + 2] = list.vectors[3 * e + 2];
      distances[b] = d;
      lengths[b] = d;
    }
  }

  /** Which edges and short bonds belong to each atom. */
  #fillEdgeTables(list: NeighborList): void {
    const { atoms, bonds, shortBonds, edgesPerAtom, bondsPerAtom } = this;
    this.edgesOut = zeroedInt32(this.edgesOut, atoms * edgesPerAtom);
    this.edgesIn = zeroedInt32(this.edgesIn, atoms * edgesPerAtom);
    this.bondsOut = zeroedInt32(this.bondsOut, atoms * bondsPerAtom);
    const { edgesOut, edgesIn, bondsOut } = this;
    const bondOf = this.#bondOf;
    for (let i = 0; i < atoms; i++) {
      let place = i * edgesPerAtom;
      let shortPlace = i * bondsPerAtom;
      for (let e = list.offsets[i]; e < list.offsets[i + 1]; e++) {
        const edge = bondOf[e];
        const isBack = edge >= bonds;
        const bond = isBack ? edge - bonds : edge;
        edgesOut[place] = edge;
        edgesIn[place++] = isBack ? bond : edge + bonds;
        if (bond < shortBonds) bondsOut[shortPlace++] = isBack ? bond + shortBonds : bond;
      }
    }
  }

  /** Angles between every two short bonds that leave the same atom. */
  #fillAngles(): void {
    const { atoms, shortBonds, angles, bondsPerAtom, anglesPerBond, bondsOut } = this;
    this.first = reserveInt32(this.first, 2 * angles);
    this.angleBonds = reserveInt32(this.angleBonds, 2 * angles);
    this.cosines = reserveFloat64(this.cosines, angles);
    this.theta = reserveFloat32(this.theta, angles);
    this.anglesFirst = zeroedInt32(this.anglesFirst, 2 * shortBonds * anglesPerBond);
    this.anglesSecond = zeroedInt32(this.anglesSecond, 2 * shortBonds * anglesPerBond);
    const { first, angleBonds, cosines, theta, anglesFirst, anglesSecond, vectors, distances } =
      this;
    const { cosineScale } = this.#settings;
    const counts = this.#shortCounts;
    first[0] = 0;
    first[angles] = 0;
    angleBonds[0] = 0;
    angleBonds[angles] = 0;
    cosines[0] = Math.cos(DUMMY_ANGLE);
    theta[0] = DUMMY_ANGLE;
    let a = 1;
    for (let i = 0; i < atoms; i++) {
      const row = i * bondsPerAtom;
      for (let p = 0; p < counts[i]; p++) {
        const s = bondsOut[row + p];
        const sBond = s < shortBonds ? s : s - shortBonds;
        const sSign = s < shortBonds ? 1 : -1;
        for (let q = p + 1; q < counts[i]; q++, a++) {
          const t = bondsOut[row + q];
          const tBond = t < shortBonds ? t : t - shortBonds;
          const sign = t < shortBonds ? sSign : -sSign;
          first[a] = s;
          first[a + angles] = t;
          angleBonds[a] = sBond;
          angleBonds[a + angles] = tBond;
          // Column q - 1 of bond p and column p of bond q: every column is used once.
          anglesFirst[s * anglesPerBond + q - 1] = a;
          anglesSecond[s * anglesPerBond + q - 1] = a + angles;
          anglesFirst[t * anglesPerBond + p] = a + angles;
          anglesSecond[t * anglesPerBond + p] = a;
          const dot =
            vectors[3 * sBond] * vectors[3 * tBond] +
            vectors[3 * sBond + 1] * vectors[3 * tBond + 1] +
            vectors[3 * sBond + 2] * vectors[3 * tBond + 2];
          const cosine = (sign * dot) / (distances[sBond] * distances[tBond]);
          cosines[a] = cosine;
          theta[a] = Math.acos(cosineScale * Math.max(-1, Math.min(1, cosine)));
        }
      }
    }
  }
}

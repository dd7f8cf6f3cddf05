import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Rows of a table by atomic number. */
const ROWS = 119;
/** Eigenvalues below this part of the largest are directions without data: rounding leaves 1e-14. */
const RANK_TOLERANCE = 1e-10;
/** An element with more than this part of itself in directions without data is not determined. */
const OPEN = 1e-6;
/** Rounds of the iterated ridge. */
const ROUNDS = 3;

/** Energies by atomic number and what is known of them. */
export interface ReferenceSolution {
  /** Energy of an atom by atomic number, eV; 0 for elements that do not occur. */
  readonly energies: Float64Array;
  /** Elements that were fitted, ascending. */
  readonly fitted: readonly number[];
  /** How many combinations of their energies the compositions determine. */
  readonly rank: number;
  /** Elements of which only combinations are determined, in groups that depend on each other. */
  readonly undetermined: readonly (readonly number[])[];
  /** Root mean square of what the fit leaves over, eV/atom. */
  readonly residual: number;
  /** Structures with an energy. */
  readonly structures: number;
}

/** How `ReferenceFit` solves. */
export interface ReferenceSolveOptions {
  /** Added to the eigenvalues, as a part of the largest; default 1e-5. */
  readonly ridge?: number;
  /** Energies that are known, eV by atomic number, e.g. of isolated atoms; the others are fitted. */
  readonly known?: ReadonlyMap<number, number>;
}

/**
 * Least-squares fit of one energy per element, E(s) = sum_i E0[Z_i], in one pass over the data.
 *
 * Each structure is one row E/N = sum_z x_z E0[z] with composition fractions x. Three measures keep
 * energies of 10^4 eV apart from meV: energies are taken relative to the first one; the normal
 * matrix is scaled to a unit diagonal, so that an element in one structure of 10^5 counts as any
 * other; and the ridge (Tikhonov) is iterated three times, which leaves determined energies without
 * a bias. What the compositions do not determine (rock salt is always 1:1) stays at the mean energy
 * per atom, instead of large energies of opposite sign.
 */
export class ReferenceFit {
  readonly #gram = new Float64Array(ROWS * ROWS);
  readonly #right = new Float64Array(ROWS);
  #squares = 0;
  #weight = 0;
  #structures = 0;
  /** Energy per atom of the first structure, from which all are counted, eV. */
  #origin = 0;

  /**
   * Takes one energy into account.
   *
   * @param energy eV
   */
  add(numbers: Int32Array, energy: number): void {
    if (numbers.length > 0) this.addFractions(fractionsOf(numbers), energy / numbers.length);
  }

  /**
   * The same by composition.
   *
   * @param fractions part of each element in the atoms; they add up to 1
   * @param perAtom eV/atom
   */
  addFractions(fractions: ReadonlyMap<number, number>, perAtom: number, weight = 1): void {
    if (this.#structures === 0) this.#origin = perAtom;
    const y = perAtom - this.#origin;
    for (const [z, x] of fractions) {
      this.#right[z] += weight * x * y;
      for (const [other, part] of fractions) this.#gram[z * ROWS + other] += weight * x * part;
    }
    this.#squares += weight * y * y;
    this.#weight += weight;
    this.#structures++;
  }

  /** Solves for the energies of the elements that occur. */
  solve({ ridge = 1e-5, known = new Map() }: ReferenceSolveOptions = {}): ReferenceSolution {
    const present = [...this.#right.keys()].filter((z) => this.#gram[z * ROWS + z] > 0);
    const fitted = present.filter((z) => !known.has(z));
    // Relative to the origin until the end.
    const energies = new Float64Array(ROWS);
    for (const z of present) energies[z] = (known.get(z) ?? this.#origin) - this.#origin;
    const right = fitted.map((z) => this.#right[z] - this.#image(energies, z));
    const mean = this.#mean(fitted, right);
    const eigen = scaledEigen(this.#sub(fitted), fitted.length);
    const left = right.map((r, k) => r - mean * this.#rowSum(fitted, k));
    const { solution, rank } = solveScaled(eigen, left, ridge);
    for (const [k, z] of fitted.entries()) energies[z] = mean + solution[k];
    const residual = Math.sqrt(Math.max(0, this.#lossOf(energies)) / Math.max(1, this.#weight));
    for (const z of present) energies[z] += this.#origin;
    for (const [z, energy] of known) energies[z] = energy;
    return {
      energies,
      fitted,
      rank,
      undetermined: openGroups(eigen).map((group) => group.map((k) => fitted[k])),
      residual,
      structures: this.#structures,
    };
  }

  /** Row z of the normal matrix times the energies. */
  #image(energies: Float64Array, z: number): number {
    let sum = 0;
    for (let other = 0; other < ROWS; other++)
      sum += this.#gram[z * ROWS + other] * energies[other];
    return sum;
  }

  #sub(fitted: readonly number[]): Float64Array {
    return Float64Array.from(
      fitted.flatMap((z) => fitted.map((other) => this.#gram[z * ROWS + other])),
    );
  }

  #rowSum(fitted: readonly number[], k: number): number {
    return fitted.reduce((sum, other) => sum + this.#gram[fitted[k] * ROWS + other], 0);
  }

  /** The one energy for all fitted elements that suits best. */
  #mean(fitted: readonly number[], right: readonly number[]): number {
    const total = fitted.reduce((sum, _, k) => sum + this.#rowSum(fitted, k), 0);
    return total > 0 ? right.reduce((sum, r) => sum + r, 0) / total : 0;
  }

  /** Sum of squares of what is left over. */
  #lossOf(energies: Float64Array): number {
    let loss = this.#squares;
    for (let z = 0; z < ROWS; z++) {
      if (energies[z] !== 0) loss += energies[z] * (this.#image(energies, z) - 2 * this.#right[z]);
    }
    return loss;
  }
}

/** Part of each element in the atoms. */
export function fractionsOf(numbers: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>();
  let atoms = 0;
  for (const z of numbers) {
    counts.set(z, (counts.get(z) ?? 0) + 1);
    atoms++;
  }
  for (const [z, count] of counts) counts.set(z, count / atoms);
  return counts;
}

/** Eigenvalues and vectors of D^-1/2 G D^-1/2, D being the diagonal of G. */
interface ScaledEigen {
  readonly size: number;
  /** Square roots of the diagonal. */
  readonly scale: Float64Array;
  readonly values: readonly number[];
  /** Largest eigenvalue. */
  readonly largest: number;
  /** Component r of vector k. */
  readonly vector: (r: number, k: number) => number;
}

function scaledEigen(gram: Float64Array, size: number): ScaledEigen {
  const scale = Float64Array.from({ length: size }, (_, k) => Math.sqrt(gram[k * size + k]));
  if (size === 0) return { size, scale, values: [], largest: 0, vector: () => 0 };
  const rows = Array.from({ length: size }, (_, r) =>
    Array.from({ length: size }, (_, c) => gram[r * size + c] / (scale[r] * scale[c])),
  );
  const eigen = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true });
  const values = eigen.realEigenvalues;
  const vectors = eigen.eigenvectorMatrix;
  return {
    size,
    scale,
    values,
    largest: values.reduce((a, b) => Math.max(a, b), 0),
    vector: (r, k) => vectors.get(r, k),
  };
}

function solveScaled(
  { size, scale, values, largest, vector }: ScaledEigen,
  right: readonly number[],
  ridge: number,
): { solution: Float64Array; rank: number } {
  const solution = new Float64Array(size);
  let rank = 0;
  for (const [k, value] of values.entries()) {
    if (value <= RANK_TOLERANCE * largest) continue;
    rank++;
    let projection = 0;
    for (let r = 0; r < size; r++) projection += (vector(r, k) * right[r]) / scale[r];
    // Each round solves for what the last one left over.
    const added = ridge * largest;
    const factor = (1 - (added / (value + added)) ** ROUNDS) / value;
    for (let r = 0; r < size; r++) solution[r] += (factor * projection * vector(r, k)) / scale[r];
  }
  return { solution, rank };
}

/** Unknowns that reach into directions without data, joined where one of these holds several. */
function openGroups({ size, values, largest, vector }: ScaledEigen): number[][] {
  const open = [...values.keys()].filter((k) => values[k] <= RANK_TOLERANCE * largest);
  const overlap = (a: number, b: number) =>
    Math.abs(open.reduce((sum, k) => sum + vector(a, k) * vector(b, k), 0));
  const left = new Set(
    Array.from({ length: size }, (_, r) => r).filter((r) => overlap(r, r) > OPEN),
  );
  const groups: number[][] = [];
  for (const first of left) {
    left.delete(first);
    const group = [first];
    for (const member of group) {
      for (const other of left) {
        if (overlap(member, other) <= OPEN) continue;
        left.delete(other);
        group.push(other);
      }
    }
    groups.push(group.sort((a, b) => a - b));
  }
  return groups;
}

import { repulsionReach } from '../config.ts';
import { type Student, trainedElements } from '../student.ts';
import { ZblPair, zblRange } from '../zbl/zblPair.ts';
import type { PairViews, Workspace } from './workspace.ts';

/** Float64 and words of a pair (assembly/pairs.ts): x, y, z; then from word 6 on atoms and elements of a and b. */
const DOUBLES = 10;
const WORDS = 20;
const ATOM_A = 6;
const ATOM_B = 7;
const ELEMENT_A = 8;
const ELEMENT_B = 9;

/** Repulsion of nuclei (see `zblEnergy`) of the pairs that the kernels have found, in float64. */
export class PairRepulsion {
  readonly #cutoff: number;
  readonly #reach: number;
  readonly #numbers: readonly number[];
  readonly #pair = new ZblPair();
  readonly #virial = new Float64Array(6);
  #energies: Float64Array = new Float64Array(0);
  #energy = 0;

  private constructor({ config, baseline }: Student, reach: number) {
    this.#cutoff = config.cutoff;
    this.#reach = reach;
    this.#numbers = trainedElements(baseline);
  }

  /** That of a student; undefined for one without. */
  static of(student: Student): PairRepulsion | undefined {
    const reach = repulsionReach(student.config);
    return reach === undefined ? undefined : new PairRepulsion(student, reach);
  }

  /** eV */
  get energy(): number {
    return this.#energy;
  }

  /** Computes the pairs of a structure, and adds its forces to those in memory. */
  compute(workspace: Workspace, atoms: number): void {
    this.begin(0, atoms);
    for (let part = 0; part < workspace.structure.parts.length; part++) {
      const pairs = workspace.pairs(part);
      this.add(workspace.forces, pairs, { first: 0, last: pairs.count });
    }
  }

  /** Forgets what it has computed; atoms `first` to `last` are those of the next pairs. */
  begin(first: number, last: number): void {
    if (this.#energies.length < last) this.#energies = new Float64Array(last);
    this.#energies.fill(0, first, last);
    this.#virial.fill(0);
    this.#energy = 0;
  }

  /** Computes pairs `first` to `last`, and adds their forces to `forces`. */
  add(
    forces: Float64Array,
    pairs: PairViews,
    { first, last }: { readonly first: number; readonly last: number },
  ): void {
    for (let k = first; k < last; k++) this.#add(forces, pairs, k);
  }

  /** Energies of the atoms from `first` on. */
  addEnergies(out: Float64Array, first = 0): void {
    for (let i = 0; i < out.length; i++) out[i] += this.#energies[first + i];
  }

  /** Voigt xx yy zz yz xz xy, eV. */
  addVirial(out: Float64Array): void {
    for (let k = 0; k < 6; k++) out[k] += this.#virial[k];
  }

  #add(forces: Float64Array, { doubles, words }: PairViews, k: number): void {
    const first = this.#numbers[words[WORDS * k + ELEMENT_A]];
    const second = this.#numbers[words[WORDS * k + ELEMENT_B]];
    const x = doubles[DOUBLES * k];
    const y = doubles[DOUBLES * k + 1];
    const z = doubles[DOUBLES * k + 2];
    const r = Math.sqrt(x * x + y * y + z * z);
    const end = Math.min(zblRange(first, second, this.#reach), this.#cutoff);
    if (r >= end) return;
    const { energy, derivative } = this.#pair.choose(first, second, end).at(r);
    const a = words[WORDS * k + ATOM_A];
    const b = words[WORDS * k + ATOM_B];
    this.#energy += energy;
    this.#energies[a] += 0.5 * energy;
    this.#energies[b] += 0.5 * energy;
    const gx = (derivative / r) * x;
    const gy = (derivative / r) * y;
    const gz = (derivative / r) * z;
    forces[3 * a] += gx;
    forces[3 * a + 1] += gy;
    forces[3 * a + 2] += gz;
    forces[3 * b] -= gx;
    forces[3 * b + 1] -= gy;
    forces[3 * b + 2] -= gz;
    const virial = this.#virial;
    virial[0] += gx * x;
    virial[1] += gy * y;
    virial[2] += gz * z;
    virial[3] += gy * z;
    virial[4] += gx * z;
    virial[5] += gx * y;
  }
}

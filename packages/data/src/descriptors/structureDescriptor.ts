import { InvalidArgumentError, neighborList } from '@mlffd/core';
import type { Atoms, NeighborList } from '@mlffd/core';
import { elementTraits, TRAIT_COUNT } from './elementTraits.ts';
import { DEGREE_OFFSETS, fillHarmonics, fillRadial, HARMONIC_COUNT } from './localBasis.ts';

/** Options of the descriptors. */
export interface DescriptorOptions {
  /** Reach of a local environment, Angstrom; default 5. */
  readonly cutoff?: number;
  /** Radial functions of the pair terms; default 6. */
  readonly radial?: number;
  /** Radial functions of the angular terms, at most `radial`; default 3. */
  readonly angularRadial?: number;
}

/** What the pair terms are weighted with: 1, chi_j, R_j, chi_i chi_j. */
const PAIR_CHANNELS = ['density', 'electronegativity', 'radius', 'polarity'] as const;
/** What the angular terms are weighted with: 1, chi_j. */
const ANGULAR_CHANNELS = ['density', 'electronegativity'] as const;
const DEGREES = DEGREE_OFFSETS.length - 1;
const TRAITS = ['electronegativity', 'radius', 'period', 'place in period'] as const;

// sqrt(x + e^2) - e behaves like sqrt(x), yet is smooth at zero.
const SOFT_POWER = 0.1;
const SOFT_DEVIATION = 0.01;

function softRoot(x: number, e: number): number {
  return Math.sqrt(x + e * e) - e;
}

/**
 * Describes structures by numbers that do not change under rotation, reflection, translation, order
 * of atoms and choice of cell, and change smoothly with positions.
 *
 * Of each atom: its element (`elementTraits`); pair terms, sums of radial functions over neighbours
 * weighted by element traits (the G2 functions of Behler and Parrinello, Phys. Rev. Lett. 98, 146401,
 * 2007, in a Bessel basis, with the weights of Gastegger et al., J. Chem. Phys. 148, 241709, 2018);
 * angular terms, the diagonal of the power spectrum of the neighbour density for degrees 1 to 3
 * (Bartok, Kondor, Csanyi, Phys. Rev. B 87, 184115, 2013), as square roots so that all terms grow
 * linearly with the density. Of a structure: mean and standard deviation over its atoms.
 *
 * An instance keeps its work arrays, so that many structures cost no garbage.
 */
export class StructureDescriptor {
  /** Angstrom. */
  readonly cutoff: number;
  /** Numbers per atom. */
  readonly atomSize: number;
  /** Numbers per structure. */
  readonly size: number;
  readonly #radial: number;
  readonly #angular: number;
  readonly #basis: Float64Array;
  readonly #harmonics: Float64Array = new Float64Array(HARMONIC_COUNT);
  readonly #density: Float64Array;
  #rows: Float64Array = new Float64Array(0);

  /** @throws InvalidArgumentError `data/invalid-option` */
  constructor(options: DescriptorOptions = {}) {
    const { cutoff = 5, radial = 6 } = options;
    const angular = options.angularRadial ?? Math.min(3, radial);
    requireOptions(cutoff, radial, angular);
    this.cutoff = cutoff;
    this.#radial = radial;
    this.#angular = angular;
    this.#basis = new Float64Array(radial);
    this.#density = new Float64Array(ANGULAR_CHANNELS.length * angular * HARMONIC_COUNT);
    this.atomSize =
      TRAIT_COUNT + PAIR_CHANNELS.length * radial + ANGULAR_CHANNELS.length * DEGREES * angular;
    this.size = 2 * this.atomSize;
  }

  /** What each number of a structure stands for, in order. */
  get names(): string[] {
    const atom: string[] = TRAITS.map((trait) => `element ${trait}`);
    for (const channel of PAIR_CHANNELS) {
      for (let n = 1; n <= this.#radial; n++) atom.push(`pair ${channel} ${n}`);
    }
    for (const channel of ANGULAR_CHANNELS) {
      for (let n = 1; n <= this.#angular; n++) {
        for (let l = 1; l <= DEGREES; l++) atom.push(`angular ${channel} ${n} l${l}`);
      }
    }
    return [...atom.map((name) => `mean ${name}`), ...atom.map((name) => `spread ${name}`)];
  }

  /**
   * Descriptor of a structure.
   *
   * @param list its neighbour list at the same cutoff, where there is one already
   * @throws InvalidAtomsError for a structure that `validateAtoms` refuses
   */
  structure(atoms: Atoms, list: NeighborList = neighborList(atoms, this.cutoff)): Float64Array {
    const n = atoms.numbers.length;
    const width = this.atomSize;
    if (this.#rows.length < n * width) this.#rows = new Float64Array(n * width);
    const rows = this.#rows;
    this.#fill(atoms, list, rows);
    const out = new Float64Array(2 * width);
    if (n === 0) return out;
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < width; k++) out[k] += rows[i * width + k];
    }
    for (let k = 0; k < width; k++) out[k] /= n;
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < width; k++) out[width + k] += (rows[i * width + k] - out[k]) ** 2;
    }
    for (let k = 0; k < width; k++) out[width + k] = softRoot(out[width + k] / n, SOFT_DEVIATION);
    return out;
  }

  /** Descriptors of the atoms, row by row, `atomSize` numbers each. */
  atoms(atoms: Atoms, list: NeighborList = neighborList(atoms, this.cutoff)): Float64Array {
    const out = new Float64Array(atoms.numbers.length * this.atomSize);
    this.#fill(atoms, list, out);
    return out;
  }

  #fill(atoms: Atoms, list: NeighborList, rows: Float64Array): void {
    const { numbers } = atoms;
    const traits = traitTable(numbers);
    const width = this.atomSize;
    rows.fill(0, 0, numbers.length * width);
    for (let i = 0; i < numbers.length; i++) {
      const at = i * width;
      const own = traits.subarray(TRAIT_COUNT * numbers[i], TRAIT_COUNT * (numbers[i] + 1));
      rows.set(own, at);
      this.#sumNeighbours(list, { i, own, numbers, traits }, rows);
      this.#powerSpectrum(rows, at + TRAIT_COUNT + PAIR_CHANNELS.length * this.#radial);
    }
  }

  /** Pair terms into the row of atom i, and the expansion of its neighbour density. */
  #sumNeighbours(list: NeighborList, atom: Centre, rows: Float64Array): void {
    const { i, own, numbers, traits } = atom;
    const radial = this.#radial;
    const angular = this.#angular;
    const basis = this.#basis;
    const harmonics = this.#harmonics;
    const density = this.#density;
    const half = angular * HARMONIC_COUNT;
    const at = i * this.atomSize + TRAIT_COUNT;
    density.fill(0);
    for (let e = list.offsets[i]; e < list.offsets[i + 1]; e++) {
      const r = list.distances[e];
      // Two atoms in one place have no direction.
      if (r === 0) continue;
      const z = numbers[list.neighbors[e]];
      const chi = traits[TRAIT_COUNT * z];
      const radius = traits[TRAIT_COUNT * z + 1];
      const polarity = own[0] * chi;
      fillRadial(basis, r, this.cutoff);
      for (let n = 0; n < radial; n++) {
        const g = basis[n];
        rows[at + n] += g;
        rows[at + radial + n] += chi * g;
        rows[at + 2 * radial + n] += radius * g;
        rows[at + 3 * radial + n] += polarity * g;
      }
      const { vectors } = list;
      fillHarmonics(harmonics, vectors[3 * e] / r, vectors[3 * e + 1] / r, vectors[3 * e + 2] / r);
      for (let n = 0; n < angular; n++) {
        const g = basis[n];
        const first = n * HARMONIC_COUNT;
        for (let m = 0; m < HARMONIC_COUNT; m++) {
          const value = g * harmonics[m];
          density[first + m] += value;
          density[half + first + m] += chi * value;
        }
      }
    }
  }

  #powerSpectrum(rows: Float64Array, start: number): void {
    const density = this.#density;
    let at = start;
    for (let first = 0; first < density.length; first += HARMONIC_COUNT) {
      for (let l = 0; l < DEGREES; l++) {
        let sum = 0;
        for (let m = DEGREE_OFFSETS[l]; m < DEGREE_OFFSETS[l + 1]; m++) {
          sum += density[first + m] * density[first + m];
        }
        rows[at++] = softRoot(sum, SOFT_POWER);
      }
    }
  }
}

interface Centre {
  readonly i: number;
  readonly own: Float64Array;
  readonly numbers: Int32Array;
  readonly traits: Float64Array;
}

/** Traits of the elements that occur, by atomic number. */
function traitTable(numbers: Int32Array): Float64Array {
  let largest = 0;
  for (const z of numbers) largest = Math.max(largest, z);
  const table = new Float64Array(TRAIT_COUNT * (largest + 1));
  for (const z of new Set(numbers)) table.set(elementTraits(z), TRAIT_COUNT * z);
  return table;
}

function requireOptions(cutoff: number, radial: number, angular: number): void {
  const positive = (value: number): boolean => Number.isInteger(value) && value > 0;
  if (cutoff > 0 && Number.isFinite(cutoff) && positive(radial) && positive(angular)) {
    if (angular <= radial) return;
  }
  throw new InvalidArgumentError('data/invalid-option', 'these are no options of a descriptor', {
    expected: 'a positive cutoff, and 1 <= angularRadial <= radial',
    found: `cutoff ${cutoff}, radial ${radial}, angularRadial ${angular}`,
    hint: 'Leave out the options that you do not need: the defaults are 5 Angstrom, 6 and 3.',
  });
}

/**
 * Descriptor of one structure; for many, one `StructureDescriptor` is faster.
 *
 * @throws InvalidArgumentError `data/invalid-option`
 * @throws InvalidAtomsError for a structure that `validateAtoms` refuses
 */
export function structureDescriptor(atoms: Atoms, options: DescriptorOptions = {}): Float64Array {
  return new StructureDescriptor(options).structure(atoms);
}

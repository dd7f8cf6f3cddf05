import type { Atoms, NeighborList } from '@mlffd/core';
import { coincidentAtoms, ONE_PLACE } from '../unanswerable.ts';
import { ZblPair, zblRange } from './zblPair.ts';

/** Choices of `zblEnergy`. */
export interface ZblOptions {
  /** False: all pairs of the list count in full, to compare with the bare formula; default true. */
  readonly envelope?: boolean;
  /** Where the envelope ends, over the sum of the covalent radii; default 1. */
  readonly reach?: number;
}

/** Repulsion of the nuclei of a structure. */
export interface ZblResults {
  /** eV */
  readonly energy: number;
  /** eV, N: half of each pair's energy. */
  readonly energies: Float64Array;
  /** eV/Angstrom, 3N. */
  readonly forces: Float64Array;
  /** eV, Voigt xx yy zz yz xz xy; over the volume it is the stress, tension positive. */
  readonly virial: Float64Array;
}

/**
 * Ziegler-Biersack-Littmark repulsion of nuclei (see `ZblPair`), with forces and virial in closed
 * form, in float64. The envelope of a pair ends at `reach` times the sum of the covalent radii, or at the
 * cutoff of the list if that is shorter. At a reach of 1 (that of MACE) it is at work in bonds: at rest single
 * ones hardly feel it (C-H 0, O-H -0.1 eV/Angstrom), multiple bonds do (C=O -14, N2 -35), and at its end, which
 * each vibration of O-H crosses, its third derivative jumps by some 1,900 eV/Angstrom^3. At 0.7 no bond comes
 * near. The network must be trained on the rest.
 *
 * It has no parameters. A student with `zbl` learns what is left of the labels without it, and
 * `StudentCalculator` adds it again.
 *
 * @param list all directed pairs of `atoms`
 * @throws InvalidAtomsError `student/coincident-atoms` for atoms at one place
 */
export function zblEnergy(atoms: Atoms, list: NeighborList, options: ZblOptions = {}): ZblResults {
  const { numbers } = atoms;
  const { centers, neighbors, vectors, distances, count, cutoff } = list;
  const { envelope: enveloped = true, reach = 1 } = options;
  const pair = new ZblPair();
  const energies = new Float64Array(numbers.length);
  const forces = new Float64Array(3 * numbers.length);
  const virial = new Float64Array(6);
  let energy = 0;
  for (let e = 0; e < count; e++) {
    const r = distances[e];
    const i = centers[e];
    const first = numbers[i];
    const second = numbers[neighbors[e]];
    const end = enveloped ? Math.min(zblRange(first, second, reach), cutoff) : Infinity;
    if (r >= end) continue;
    if (!(r >= ONE_PLACE)) throw coincidentAtoms(atoms, i, neighbors[e]);
    pair.choose(first, second, end).at(r);
    // Each pair is two edges: the force on an atom has all of its own, sums over edges half.
    energies[i] += 0.5 * pair.energy;
    energy += 0.5 * pair.energy;
    const x = vectors[3 * e];
    const y = vectors[3 * e + 1];
    const z = vectors[3 * e + 2];
    const pull = pair.derivative / r;
    forces[3 * i] += pull * x;
    forces[3 * i + 1] += pull * y;
    forces[3 * i + 2] += pull * z;
    virial[0] += 0.5 * pull * x * x;
    virial[1] += 0.5 * pull * y * y;
    virial[2] += 0.5 * pull * z * z;
    virial[3] += 0.5 * pull * y * z;
    virial[4] += 0.5 * pull * x * z;
    virial[5] += 0.5 * pull * x * y;
  }
  return { energy, energies, forces, virial };
}

import { VerletList } from '@mlffd/core';
import type { Atoms, Rng } from '@mlffd/core';
import type { RigidMolecules } from './rigidMolecules.ts';

/** Molecules in a periodic box, and the radii that keep their atoms apart. */
export interface Packing {
  readonly molecules: RigidMolecules;
  /** Its positions are those of the molecules, the same array. */
  readonly atoms: Atoms;
  /** Scaled radius of each atom, Angstrom. */
  readonly radii: Float64Array;
}

/** Distances are relaxed to this factor beyond what is asked, so that the end is reached in time. */
const MARGIN = 1.01;
/** Extra reach of the list of pairs, Angstrom. */
const SKIN = 1;
/** Most steps of one relaxation. */
const STEPS = 1000;
/** It ends early when the energy has not fallen by this factor within so many steps. */
const PROGRESS = 0.98;
const PATIENCE = 80;
/** Relaxations, between which the worst molecules are put somewhere else. */
const ROUNDS = 10;
/** With more overlapping pairs than molecules the box is jammed all over: after so many it is given up. */
const JAMMED_ROUNDS = 3;
/** Part of the overlapping molecules that are moved away. */
const MOVED = 0.3;

/** FIRE (Bitzek et al., Phys. Rev. Lett. 97, 170201, 2006) with springs of 1 and masses of 1 an atom. */
const FIRE = { first: 0.1, most: 0.4, grow: 1.1, shrink: 0.5, mix: 0.1, fade: 0.99, delay: 5 };

/** How far a packing is from what is asked. */
interface Overlap {
  /** Pairs of atoms of different molecules that are too close. */
  readonly pairs: number;
  /** Smallest distance as a part of the sum of the radii; 1 or more when there is no overlap. */
  readonly closest: number;
}

/**
 * Pushes overlapping molecules apart as rigid bodies, and puts those that stay stuck somewhere else,
 * until nothing overlaps or the rounds are used up.
 */
export function relaxOverlaps(packing: Packing, rng: Rng): Overlap {
  const { molecules, atoms } = packing;
  const relaxation = new Relaxation(packing);
  for (let m = 0; m < molecules.count; m++) molecules.scatter(m, rng, atoms.cell);
  for (let round = 1; ; round++) {
    const overlap = relaxation.run();
    const jammed = overlap.pairs > molecules.count && round >= JAMMED_ROUNDS;
    if (overlap.pairs === 0 || jammed || round === ROUNDS) return overlap;
    for (const m of relaxation.worst()) molecules.scatter(m, rng, atoms.cell);
  }
}

class Relaxation {
  readonly #packing: Packing;
  readonly #list: VerletList;
  readonly #atomForces: Float64Array;
  readonly #forces: Float64Array;
  readonly #velocities: Float64Array;
  readonly #steps: Float64Array;
  /** Energy of the overlaps of each molecule, Angstrom^2. */
  readonly #energies: Float64Array;
  #pairs = 0;
  #closest = Infinity;

  constructor(packing: Packing) {
    this.#packing = packing;
    const { molecules, radii } = packing;
    const widest = radii.reduce((most, r) => Math.max(most, r), 0);
    this.#list = new VerletList({ cutoff: 2 * MARGIN * widest, skin: SKIN });
    this.#atomForces = new Float64Array(3 * radii.length);
    this.#forces = new Float64Array(6 * molecules.count);
    this.#velocities = new Float64Array(6 * molecules.count);
    this.#steps = new Float64Array(6 * molecules.count);
    this.#energies = new Float64Array(molecules.count);
  }

  /** Relaxes until nothing overlaps, or the overlap does not get smaller any more. */
  run(): Overlap {
    let { first: dt, mix } = FIRE;
    let downhill = 0;
    let lowest = this.#evaluate();
    let lowestAt = 0;
    this.#velocities.fill(0);
    for (let step = 1; step <= STEPS && this.#pairs > 0; step++) {
      if (this.#power() > 0) {
        if (++downhill > FIRE.delay) {
          dt = Math.min(dt * FIRE.grow, FIRE.most);
          mix *= FIRE.fade;
        }
        this.#steer(mix);
      } else {
        downhill = 0;
        dt *= FIRE.shrink;
        ({ mix } = FIRE);
        this.#velocities.fill(0);
      }
      this.#advance(dt);
      const energy = this.#evaluate();
      if (energy < PROGRESS * lowest) {
        lowest = energy;
        lowestAt = step;
      } else if (step - lowestAt > PATIENCE) break;
    }
    return { pairs: this.#pairs, closest: this.#closest };
  }

  /** The molecules with the largest overlap. */
  worst(): number[] {
    const energies = this.#energies;
    const stuck = Array.from(energies.keys()).filter((m) => energies[m] > 0);
    stuck.sort((a, b) => energies[b] - energies[a] || a - b);
    return stuck.slice(0, Math.ceil(MOVED * stuck.length));
  }

  /** Overlap energy sum 1/2 (sigma - d)^2 over the pairs, and the forces. */
  #evaluate(): number {
    const { molecules, atoms, radii } = this.#packing;
    const { moleculeOf } = molecules;
    const { count, centers, neighbors, shifts, vectors, distances } = this.#list.update(atoms);
    const forces = this.#atomForces;
    forces.fill(0);
    this.#energies.fill(0);
    let pairs = 0;
    let closest = Infinity;
    let energy = 0;
    // Every pair comes twice, once with either atom as its centre.
    for (let e = 0; e < count; e++) {
      const [i, j] = [centers[e], neighbors[e]];
      const atHome = shifts[3 * e] === 0 && shifts[3 * e + 1] === 0 && shifts[3 * e + 2] === 0;
      // Molecules are whole, so that an image of the own molecule has a shift.
      if (atHome && moleculeOf[i] === moleculeOf[j]) continue;
      const sum = radii[i] + radii[j];
      const d = distances[e];
      const depth = MARGIN * sum - d;
      if (depth <= 0) continue;
      if (d < sum) pairs++;
      if (d < closest * sum) closest = d / sum;
      energy += 0.25 * depth * depth;
      this.#energies[moleculeOf[i]] += 0.25 * depth * depth;
      const push = d > 0 ? depth / d : 0;
      for (let c = 0; c < 3; c++) forces[3 * i + c] -= push * vectors[3 * e + c];
    }
    this.#pairs = pairs / 2;
    this.#closest = closest;
    molecules.project(forces, this.#forces);
    return energy;
  }

  #power(): number {
    let power = 0;
    for (let k = 0; k < this.#forces.length; k++) power += this.#forces[k] * this.#velocities[k];
    // At rest the first step has to start somewhere.
    return power === 0 ? 1 : power;
  }

  /** Turns the velocities towards the forces. */
  #steer(mix: number): void {
    let vv = 0;
    let ff = 0;
    for (let k = 0; k < this.#forces.length; k++) {
      vv += this.#velocities[k] ** 2;
      ff += this.#forces[k] ** 2;
    }
    const pull = ff > 0 ? mix * Math.sqrt(vv / ff) : 0;
    for (let k = 0; k < this.#forces.length; k++) {
      this.#velocities[k] = (1 - mix) * this.#velocities[k] + pull * this.#forces[k];
    }
  }

  #advance(dt: number): void {
    const { molecules } = this.#packing;
    for (let m = 0; m < molecules.count; m++) {
      const kick = dt / molecules.atomsOf(m);
      for (let k = 6 * m; k < 6 * m + 6; k++) {
        this.#velocities[k] += kick * this.#forces[k];
        this.#steps[k] = dt * this.#velocities[k];
      }
    }
    molecules.move(this.#steps);
  }
}

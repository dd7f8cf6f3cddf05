import { type Atoms, DomainChecker, type NeighborList, symbolOf, VerletList } from '@mlffd/core';
import { BondMonitor } from '../bonds.ts';
import type { Breach } from './breach.ts';
import type { CompleteLimits, GuardLimits } from './limits.ts';

/** Candidates farther than the largest distance of interest are kept by this, Angstrom. */
const SKIN = 0.5;

/** Looks at distances, bonds and neighbourhoods, with one neighbour list for all of them. */
export class StructureGuard {
  readonly #limits: CompleteLimits;
  readonly #bonds: BondMonitor | undefined;
  readonly #newBonds: boolean;
  readonly #domain: DomainChecker | undefined;
  readonly #list: VerletList | undefined;

  /**
   * @param reference whose bonds count
   * @throws InvalidArgumentError for a reference without bonds where they are watched
   */
  constructor(limits: CompleteLimits, guards: GuardLimits, reference: Atoms) {
    const { newBonds = false, domain, domainMargins } = guards;
    this.#limits = limits;
    this.#newBonds = newBonds;
    this.#bonds =
      newBonds || limits.maxStretch < Infinity
        ? new BondMonitor(reference, { requireBonds: limits.maxStretch < Infinity })
        : undefined;
    this.#domain = domain === undefined ? undefined : new DomainChecker(domain, domainMargins);
    const cutoff = Math.max(
      limits.minDistance,
      newBonds ? (this.#bonds?.contactRange ?? 0) : 0,
      domain?.radius ?? 0,
    );
    this.#list = cutoff > 0 ? new VerletList({ cutoff, skin: SKIN }) : undefined;
  }

  /** Gives every limit that the structure breaks to `onBreach`. */
  check(atoms: Atoms, onBreach: (breach: Breach) => void): void {
    const { maxStretch, minDistance } = this.#limits;
    if (maxStretch < Infinity && this.#bonds !== undefined) {
      const breach = stretched(this.#bonds, atoms, maxStretch);
      if (breach !== undefined) onBreach(breach);
    }
    if (this.#list === undefined) return;
    const list = this.#list.update(atoms);
    const near = minDistance > 0 ? contact(list, minDistance) : undefined;
    if (near !== undefined) onBreach(near);
    const made = this.#newBonds ? this.#bonds?.newContact(atoms, list) : undefined;
    if (made !== undefined) onBreach(newBond(atoms, made));
    const foreign = this.#domain?.check(atoms, { list, limit: 1 }).at(0);
    if (foreign !== undefined) {
      onBreach({
        guard: 'domain',
        code: 'md/outside-training',
        message: foreign.message,
        expected: foreign.expected,
        found: foreign.message,
        hint: 'Nothing like it was in the training structures: label such structures and train again, or widen guards.domainMargins.',
      });
    }
  }
}

function contact(list: NeighborList, minDistance: number): Breach | undefined {
  for (let e = 0; e < list.count; e += 1) {
    if (list.distances[e] >= minDistance) continue;
    const [i, j] = [list.centers[e], list.neighbors[e]];
    return {
      guard: 'minDistance',
      code: 'md/close-contact',
      message: `atoms ${i} and ${j} are too close`,
      expected: `at least ${minDistance} A`,
      found: `${list.distances[e]} A between atoms ${i} and ${j}`,
      hint: 'Look at error.frame; the potential lacks repulsion there, or the time step is too long.',
    };
  }
  return undefined;
}

function stretched(monitor: BondMonitor, atoms: Atoms, limit: number): Breach | undefined {
  const { bond, stretch, length } = monitor.longest(atoms);
  // Written so that NaN is a breach too.
  if (stretch <= limit) return undefined;
  const [i, j] = bond.atoms;
  const [a, b] = [symbolOf(atoms.numbers[i]), symbolOf(atoms.numbers[j])];
  return {
    guard: 'maxStretch',
    code: 'md/broken-bond',
    message: `the bond of atoms ${i} (${a}) and ${j} (${b}) is broken`,
    expected: `at most ${(bond.length + limit).toFixed(3)} A: ${bond.length.toFixed(3)} A and ${limit} A more`,
    found: `${length.toFixed(3)} A between atoms ${i} and ${j}`,
    hint: 'Look at error.frame; where reactions are wanted, leave guards.maxStretch out or warn.',
  };
}

function newBond(
  { numbers }: Atoms,
  { i, j, distance, range }: { i: number; j: number; distance: number; range: number },
): Breach {
  const [a, b] = [symbolOf(numbers[i]), symbolOf(numbers[j])];
  return {
    guard: 'newBonds',
    code: 'md/new-bond',
    message: `atoms ${i} (${a}) and ${j} (${b}) have formed a bond`,
    expected: `at least ${range.toFixed(3)} A, since they were not bonded`,
    found: `${distance.toFixed(3)} A between atoms ${i} and ${j}`,
    hint: 'Look at error.frame; where reactions are wanted, leave guards.newBonds out or warn.',
  };
}

import {
  type Atoms,
  type Calculator,
  createAtoms,
  doubledCell,
  InvalidArgumentError,
  sideBySide,
  symbolOf,
} from '@mlffd/core';
import { requirePositive } from '../errors.ts';
import { Inquiry } from '../inquiry.ts';
import { answerDifference } from './difference.ts';

/** A structure, and how far away others are. */
export interface ExtensivityOptions {
  readonly calculator: Calculator;
  readonly atoms: Atoms;
  /** Gap to what must not be felt, Angstrom; default 40, or twice the cutoff where that is more. */
  readonly separation?: number;
  readonly signal?: AbortSignal;
}

/** Twice a structure against the structure. */
export interface Extensivity {
  /** Two copies with a gap, or two cells of a periodic structure. */
  readonly kind: 'far-apart' | 'supercell';
  /** Of both copies. */
  readonly atoms: number;
  /** Angstrom; `null` for a supercell. */
  readonly separation: number | null;
  /** |E(2 A) - 2 E(A)|, eV/atom. */
  readonly energy: number;
  /** Largest norm of a change of a force, eV/Angstrom. */
  readonly force: number;
}

/** Options of {@link locality}. */
export interface LocalityOptions extends ExtensivityOptions {
  /** Symbol of the far atom; default the structure's first element. */
  readonly ghost?: string;
}

/** What a far atom changes. */
export interface Locality {
  readonly ghost: string;
  /** Angstrom. */
  readonly separation: number;
  /** |E(A + ghost) - E(A) - E(ghost)|, eV. */
  readonly energy: number;
  /** Largest norm of a change of a force on A, eV/Angstrom. */
  readonly force: number;
  /** Norm of the force on the far atom, eV/Angstrom. */
  readonly ghostForce: number;
}

/**
 * Whether twice the structure has twice the energy and the same forces: two copies far apart, or two cells
 * along the shortest periodic vector.
 *
 * @throws InvalidArgumentError, PropertyNotAvailableError, MdError, AbortedError
 */
export async function extensivity(options: ExtensivityOptions): Promise<Extensivity> {
  const { atoms } = options;
  const inquiry = inquiryOf(options, 'the check of extensivity');
  const separation = separationOf(options);
  const periodic = atoms.pbc.includes(true);
  const doubled = periodic ? doubledCell(atoms) : sideBySide(atoms, atoms, separation);
  const own = await inquiry.finite(atoms, ['energy', 'forces']);
  const both = await inquiry.finite(doubled, ['energy', 'forces']);
  const forces = new Float64Array(2 * own.forces.length);
  forces.set(own.forces);
  forces.set(own.forces, own.forces.length);
  const count = doubled.numbers.length;
  const { energy, force } = answerDifference(both, { energy: 2 * own.energy, forces }, count);
  return {
    kind: periodic ? 'supercell' : 'far-apart',
    atoms: count,
    separation: periodic ? null : separation,
    energy,
    force,
  };
}

/**
 * Whether an atom far away is felt, which needs no second copy; as the ghost atoms of ml-peg.
 *
 * @throws InvalidArgumentError for a periodic structure; otherwise as {@link extensivity}
 */
export async function locality(options: LocalityOptions): Promise<Locality> {
  const { atoms, ghost = symbolOf(atoms.numbers[0]) } = options;
  if (atoms.pbc.includes(true)) {
    throw new InvalidArgumentError(
      'md/invalid-option',
      'nothing is far from a periodic structure',
      {
        expected: 'no periodic axis',
        found: `pbc ${atoms.pbc.join(' ')}`,
        where: 'atoms',
        hint: 'Use extensivity for a crystal.',
      },
    );
  }
  const inquiry = inquiryOf(options, 'the check of locality');
  const separation = separationOf(options);
  const single = createAtoms({ symbols: [ghost], positions: [0, 0, 0] });
  const own = await inquiry.finite(atoms, ['energy', 'forces']);
  const alone = await inquiry.finite(single, ['energy']);
  const both = await inquiry.finite(sideBySide(atoms, single, separation), ['energy', 'forces']);
  const felt = both.forces.subarray(0, own.forces.length);
  const change = answerDifference(
    { energy: both.energy, forces: felt },
    { energy: own.energy + alone.energy, forces: own.forces },
    1,
  );
  return {
    ghost,
    separation,
    energy: change.energy,
    force: change.force,
    ghostForce: Math.hypot(...both.forces.subarray(own.forces.length)),
  };
}

function inquiryOf({ calculator, signal }: ExtensivityOptions, what: string): Inquiry {
  const inquiry = new Inquiry(calculator, { what, signal });
  inquiry.require(['energy', 'forces']);
  return inquiry;
}

function separationOf({ calculator, separation }: ExtensivityOptions): number {
  const gap = separation ?? Math.max(40, 2 * (calculator.cutoff ?? 0));
  requirePositive('separation', gap);
  return gap;
}

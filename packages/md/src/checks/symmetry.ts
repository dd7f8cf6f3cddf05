import {
  type Atoms,
  type Calculator,
  cyclicOrder,
  permuted,
  permutedBack,
  randomRotation,
  Rng,
  rotated,
  rotatedBack,
  scattered,
  transformRows,
  translated,
  transposeMatrix,
} from '@mlffd/core';
import { requireInteger } from '../errors.ts';
import { Inquiry } from '../inquiry.ts';
import type { Having } from '../results.ts';
import { type AnswerDifference, answerDifference, worse } from './difference.ts';

/** What is checked. */
export interface SymmetryOptions {
  readonly calculator: Calculator;
  readonly atoms: Atoms;
  /** Tries of each kind; default 3. */
  readonly repeats?: number;
  /** Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Largest differences under changes that mean nothing. */
export interface SymmetryErrors {
  /** Moved as a whole. */
  readonly translation: AnswerDifference;
  /** Turned, with the cell; forces and stress are turned back. */
  readonly rotation: AnswerDifference;
  /** Atoms in another order; `null` for a single atom. */
  readonly permutation: AnswerDifference | null;
  /** Atoms in other periodic images; `null` without a periodic axis. */
  readonly wrap: AnswerDifference | null;
}

/** How a symmetry changes a structure, and how forces and stress of the result are brought back. */
interface Change {
  readonly atoms: Atoms;
  readonly forces?: (forces: Float64Array) => Float64Array;
  readonly stress?: (stress: Float64Array) => Float64Array;
}

/**
 * How far energy, forces and stress are from being what they were when a structure is moved, turned, numbered
 * anew or wrapped: rounding, for a model that is built for it.
 *
 * @throws InvalidArgumentError, PropertyNotAvailableError, MdError, AbortedError
 */
export async function symmetryErrors(options: SymmetryOptions): Promise<SymmetryErrors> {
  const { calculator, atoms, repeats = 3, seed = 0, signal } = options;
  requireInteger('repeats', repeats, 1);
  const inquiry = new Inquiry(calculator, { what: 'the check of symmetries', signal });
  inquiry.require(['energy', 'forces']);
  const supported = inquiry.supported(atoms, ['energy', 'forces', 'stress']);
  const ask = (structure: Atoms): Promise<Having<'energy'>> =>
    inquiry.finite(structure, supported as readonly 'energy'[]);
  const before = await ask(atoms);
  const count = atoms.numbers.length;
  const worst = async (name: string, change: (rng: Rng) => Change): Promise<AnswerDifference> => {
    const rng = new Rng(seed, 'symmetry', name);
    let found: AnswerDifference | undefined;
    for (let k = 0; k < repeats; k++) {
      const changed = change(rng);
      const { energy, forces, stress } = await ask(changed.atoms);
      const back = {
        energy,
        ...(forces === undefined ? {} : { forces: changed.forces?.(forces) ?? forces }),
        ...(stress === undefined ? {} : { stress: changed.stress?.(stress) ?? stress }),
      };
      const difference = answerDifference(before, back, count);
      found = found === undefined ? difference : worse(found, difference);
    }
    return found ?? { energy: 0, force: 0, stress: null };
  };
  return {
    translation: await worst('translation', (rng) => ({
      atoms: translated(atoms, [3 * rng.normal(), 3 * rng.normal(), 3 * rng.normal()]),
    })),
    rotation: await worst('rotation', (rng) => {
      const rotation = randomRotation(rng);
      const back = transposeMatrix(rotation);
      return {
        atoms: rotated(atoms, rotation),
        forces: (forces) => transformRows(forces, back),
        stress: (stress) => rotatedBack(stress, rotation),
      };
    }),
    permutation:
      count < 2
        ? null
        : await worst('permutation', (rng) => {
            const order = cyclicOrder(count, rng);
            return {
              atoms: permuted(atoms, order),
              forces: (forces) => permutedBack(forces, order),
            };
          }),
    wrap: atoms.pbc.includes(true)
      ? await worst('wrap', (rng) => ({ atoms: scattered(atoms, rng) }))
      : null,
  };
}

import type { Atoms, Calculator } from '@mlffd/core';
import { minimize } from '@mlffd/md';
import type { MinimizeOptions } from '@mlffd/md';
import { SamplingError } from '../errors.ts';
import type { Parent } from '../perturbedSet.ts';
import type { Structure } from '../structure.ts';

/** How a parent is brought to rest; defaults are those of `minimize`. */
export type Relaxation = Pick<
  MinimizeOptions,
  'fmax' | 'maxSteps' | 'method' | 'maxStep' | 'cell' | 'minDistance'
>;

/** Options of `relaxParent`. */
export interface RelaxParentOptions {
  /** Of the structure that comes out. */
  readonly id: string;
  /** `false` takes the parent as it is. */
  readonly relax: Relaxation | false;
  readonly signal?: AbortSignal;
}

/** A parent at rest. */
export interface RelaxedParent {
  readonly atoms: Atoms;
  /** For the dataset, with its labels; absent where the parent was taken as it is. */
  readonly structure?: Structure;
}

/**
 * Relaxes a parent, from which others are to be made.
 *
 * @throws SamplingError `data/not-relaxed` when forces do not come below `fmax`
 */
export async function relaxParent(
  calculator: Calculator,
  parent: Parent,
  { id, relax, signal }: RelaxParentOptions,
): Promise<RelaxedParent> {
  const { atoms } = parent;
  if (relax === false) return { atoms };
  const result = await minimize(calculator, atoms, {
    minDistance: 0.5,
    ...relax,
    ...(signal === undefined ? {} : { signal }),
  });
  const { energy, forces, stress, maxForce, steps, reason } = result;
  if (!result.converged) {
    throw new SamplingError('data/not-relaxed', `${parent.id} did not come to rest (${reason})`, {
      expected: `forces below ${relax.fmax ?? 0.01} eV/A`,
      found: `${maxForce.toPrecision(3)} eV/A after ${steps} steps`,
      where: parent.id,
      hint: 'Allow more steps, raise fmax, use method: fire where forces are noisy, or look at the structure.',
    });
  }
  return {
    atoms: result.atoms,
    structure: {
      atoms: result.atoms,
      meta: {
        id,
        group: parent.group ?? parent.id,
        source: 'minimum',
        parent: parent.id,
        details: { steps, maxForce },
      },
      known: {
        teacher: calculator.name,
        results: { energy, forces, ...(stress === undefined ? {} : { stress }) },
      },
    },
  };
}

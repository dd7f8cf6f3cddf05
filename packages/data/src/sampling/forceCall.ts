import { isPromise } from '@mlffd/core';
import type { Atoms, Calculator, Property, Results } from '@mlffd/core';
import { SamplingError } from '../errors.ts';
import { requireProperties } from '../requireProperties.ts';

/** Energy and forces of one structure. */
export interface Forces {
  /** eV */
  readonly energy: number;
  /** 3N, eV/Angstrom */
  readonly forces: Float64Array;
}

const BOTH: readonly Property[] = ['energy', 'forces'];

/** @throws PropertyNotAvailableError unless the calculator gives energy and forces */
export function requireForces(calculator: Calculator): void {
  requireProperties(calculator, BOTH, (missing) => `Use a calculator that gives ${missing}.`);
}

/**
 * Energy and forces; a promise comes back only where the calculator gives one.
 *
 * @throws SamplingError `data/missing-result`, `data/non-finite`
 */
export function forcesOf(calculator: Calculator, atoms: Atoms): Forces | Promise<Forces> {
  const answer = calculator.calculate(atoms, BOTH);
  if (!isPromise(answer)) return checked(calculator, atoms, answer);
  return answer.then((results) => checked(calculator, atoms, results));
}

function checked(calculator: Calculator, atoms: Atoms, { energy, forces }: Results): Forces {
  const length = atoms.positions.length;
  if (energy === undefined || forces?.length !== length) {
    throw new SamplingError(
      'data/missing-result',
      `${calculator.name} gave no usable energy and forces`,
      {
        expected: `energy and ${length} force components`,
        found: `energy ${energy ?? 'absent'}, ${forces?.length ?? 'no'} force components`,
        where: `calculator ${calculator.name}`,
        hint: 'The calculator breaks its contract; run checkCalculator of @mlffd/core on it.',
      },
    );
  }
  const sum = forces.reduce((total, force) => total + force, energy);
  if (Number.isFinite(sum)) return { energy, forces };
  throw new SamplingError('data/non-finite', `${calculator.name} gave NaN or Infinity`, {
    expected: 'finite energy and forces',
    found: `energy ${energy} eV, sum of energy and forces ${sum}`,
    where: `calculator ${calculator.name}`,
    hint: 'Look at the structure for close contacts, or at the calculator.',
  });
}

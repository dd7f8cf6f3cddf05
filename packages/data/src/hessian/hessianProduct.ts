import { isPromise, withPositions } from '@mlffd/core';
import type { Atoms, CalculateOptions, Calculator, Results } from '@mlffd/core';
import { requirePositive } from '../build/invalidOption.ts';
import { SamplingError } from '../errors.ts';
import { requireProperties } from '../requireProperties.ts';

/** What is multiplied, and how. */
export interface HessianProductOptions {
  /** v, 3N values of order 1. */
  readonly direction: Float64Array | Float32Array;
  /**
   * h, Angstrom for entries of v of 1; default 0.005. The error of the differences is about
   * h^2 / 6 times the fourth derivative, 0.04 % of a C-H bond's constant at 0.005, and the noise
   * of the forces over h sqrt(2): 1e-5 eV/Angstrom, as of a teacher in float32, gives 0.0014
   * eV/Angstrom^2. For noisier teachers 0.01 is better.
   */
  readonly displacement?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Angstrom. */
export const DISPLACEMENT = 0.005;

/**
 * Product of the Hessian of any calculator with a direction, 3N values, eV/Angstrom^2, from two calls:
 * H v = -(F(x + h v) - F(x - h v)) / 2h. A promise comes back only where the calculator gives one.
 *
 * Forces that are not the gradient of an energy have no Hessian: the product is then that of their
 * Jacobian, which is not symmetric.
 *
 * @throws InvalidArgumentError for a displacement that is not positive
 * @throws PropertyNotAvailableError when the calculator gives no forces
 * @throws SamplingError `data/missing-result` for forces of a wrong length
 */
export function hessianProduct(
  calculator: Calculator,
  atoms: Atoms,
  options: HessianProductOptions,
): Float64Array | Promise<Float64Array> {
  const { direction, displacement = DISPLACEMENT, signal } = options;
  requirePositive('displacement', displacement);
  requireForcesOnly(calculator);
  const call = signal === undefined ? undefined : { signal };
  const forcesAt = (step: number): Float64Array | Promise<Float64Array> => {
    const positions = atoms.positions.map((x, k) => x + step * direction[k]);
    const answer = ask(calculator, withPositions(atoms, positions), call);
    return isPromise(answer)
      ? answer.then((results) => checked(calculator, atoms, results))
      : checked(calculator, atoms, answer);
  };
  const difference = (above: Float64Array, below: Float64Array): Float64Array =>
    above.map((force, k) => (below[k] - force) / (2 * displacement));
  const above = forcesAt(displacement);
  if (!isPromise(above)) {
    const below = forcesAt(-displacement);
    return isPromise(below) ? below.then((f) => difference(above, f)) : difference(above, below);
  }
  // One after the other: whoever calls decides how many calls are made side by side.
  return above.then(async (first) => difference(first, await forcesAt(-displacement)));
}

/** @throws PropertyNotAvailableError unless the calculator gives forces */
export function requireForcesOnly(calculator: Calculator): void {
  requireProperties(calculator, ['forces'], () => 'Use a calculator that gives forces.');
}

function ask(
  calculator: Calculator,
  atoms: Atoms,
  options: CalculateOptions | undefined,
): Results | Promise<Results> {
  return options === undefined
    ? calculator.calculate(atoms, ['forces'])
    : calculator.calculate(atoms, ['forces'], options);
}

function checked(calculator: Calculator, atoms: Atoms, { forces }: Results): Float64Array {
  const { length } = atoms.positions;
  if (forces?.length === length) return forces;
  throw new SamplingError('data/missing-result', `${calculator.name} gave no usable forces`, {
    expected: `${length} force components`,
    found: forces === undefined ? 'none' : `${forces.length}`,
    where: `calculator ${calculator.name}`,
    hint: 'The calculator breaks its contract; run checkCalculator of @mlffd/core on it.',
  });
}

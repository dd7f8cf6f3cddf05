import type { Atoms, CalculateOptions, Calculator, Property, Results } from '@mlffd/core';
import { isPromise } from '@mlffd/core';
import { hessianProduct } from './hessianProduct.ts';

/**
 * A calculator whose `forces` are products of another one's Hessian, eV/Angstrom^2, so that they can
 * be labelled like forces: with the same journal, retries and calls side by side.
 *
 * It knows the directions of the very objects that it was told of.
 */
export class ProductCalculator implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[] = ['forces'];
  readonly #calculator: Calculator;
  readonly #displacement: number;
  readonly #directions = new WeakMap<Atoms, Float64Array>();

  /** @param displacement Angstrom */
  constructor(calculator: Calculator, displacement: number) {
    // Never the name of the teacher itself: these are no forces.
    this.name = productsOf(calculator.name);
    this.#calculator = calculator;
    this.#displacement = displacement;
  }

  get concurrency(): number {
    return this.#calculator.concurrency ?? 1;
  }

  get ahead(): number {
    return this.#calculator.ahead ?? 0;
  }

  /** Tells which direction the Hessian of these atoms is to be multiplied with. */
  setDirection(atoms: Atoms, direction: Float64Array): void {
    this.#directions.set(atoms, direction);
  }

  calculate(
    atoms: Atoms,
    _properties: readonly Property[],
    options?: CalculateOptions,
  ): Results | Promise<Results> {
    const direction = this.#directions.get(atoms);
    if (direction === undefined) throw new RangeError('atoms without a direction');
    const product = hessianProduct(this.#calculator, atoms, {
      direction,
      displacement: this.#displacement,
      signal: options?.signal,
    });
    return isPromise(product) ? product.then((forces) => ({ forces })) : { forces: product };
  }

  dispose(): void {
    // The calculator belongs to who made it.
  }
}

/** Name under which products of a teacher are labelled. */
function productsOf(teacher: string): string {
  return `Hessian products of ${teacher}`;
}

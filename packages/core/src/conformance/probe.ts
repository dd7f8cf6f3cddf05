import type { Atoms } from '../atoms.ts';
import type { Calculator, Property, Results } from '../calculator.ts';
import type { Rng } from '../rng.ts';
import type { ConformanceSteps, ConformanceTolerances, Measurement } from './report.ts';

/** What a check works with: one calculator, one structure, and how exact to be. */
export interface CheckContext {
  readonly probe: Probe;
  readonly atoms: Atoms;
  readonly tolerances: ConformanceTolerances;
  readonly steps: ConformanceSteps;
  readonly rng: Rng;
}

export type Check = (context: CheckContext) => Promise<Measurement | undefined>;

/** A calculator behind questions that checks ask. */
export class Probe {
  readonly calculator: Calculator;

  constructor(calculator: Calculator) {
    this.calculator = calculator;
  }

  /** The properties out of `wanted` that make sense here; stress needs a cell. */
  supported(atoms: Atoms, wanted: readonly Property[]): Property[] {
    return wanted.filter(
      (property) =>
        this.calculator.properties.includes(property) &&
        (property !== 'stress' || atoms.pbc.every(Boolean)),
    );
  }

  /** What the calculator returns, as it is. */
  async raw(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    return await this.calculator.calculate(atoms, properties);
  }

  /** A copy, so that a calculator that shares its arrays fails only where that is the question. */
  async calculate(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    return cloneResults(await this.raw(atoms, properties));
  }

  async energy(atoms: Atoms): Promise<number> {
    const { energy } = await this.calculate(atoms, ['energy']);
    if (energy === undefined) throw new Error('the result has no energy although it was asked for');
    return energy;
  }

  /** Energy and, where supported, forces and stress. */
  async state(atoms: Atoms): Promise<Results> {
    return await this.calculate(atoms, this.supported(atoms, ['energy', 'forces', 'stress']));
  }
}

/** Results with arrays of their own. */
export function cloneResults(results: Results): Results {
  const { energies, forces, stress } = results;
  return {
    ...results,
    ...(energies === undefined ? {} : { energies: energies.slice() }),
    ...(forces === undefined ? {} : { forces: forces.slice() }),
    ...(stress === undefined ? {} : { stress: stress.slice() }),
  };
}

/** Largest |a - b|; infinite where the lengths differ or a value is not finite. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let k = 0; k < a.length; k++) {
    const difference = Math.abs(a[k] - b[k]);
    if (Number.isNaN(difference)) return Infinity;
    largest = Math.max(largest, difference);
  }
  return largest;
}

/** Largest magnitude, and at least 1: the scale that tolerances of forces are given in. */
export function scaleOf(forces: ArrayLike<number> | undefined): number {
  let largest = 1;
  for (let k = 0; forces !== undefined && k < forces.length; k++) {
    largest = Math.max(largest, Math.abs(forces[k]));
  }
  return largest;
}

/** Four-point central difference of samples at -2h, -h, h, 2h; exact up to h^4. */
export async function derivative(
  energyAt: (offset: number) => Promise<number>,
  h: number,
): Promise<number> {
  const outer = (await energyAt(2 * h)) - (await energyAt(-2 * h));
  const inner = (await energyAt(h)) - (await energyAt(-h));
  return (8 * inner - outer) / (12 * h);
}

/** Outcome of a question with yes or no for an answer. */
export function verdict(passed: boolean, detail: string): Measurement {
  return { measured: passed ? 0 : 1, tolerance: 0, detail };
}

/** A number for a sentence. */
export function show(value: number): string {
  return value.toExponential(2);
}

/** Name and message of anything that was thrown. */
export function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const name = 'name' in error ? String(error.name) : 'object';
  return 'message' in error ? `${name}: ${String(error.message)}` : name;
}

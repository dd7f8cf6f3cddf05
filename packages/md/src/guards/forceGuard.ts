import type { MdState } from '../state.ts';
import type { Breach } from './breach.ts';
import type { CompleteLimits } from './limits.ts';
import type { RunningLevel } from './runningLevel.ts';

/** Energy, forces or stress that are not finite; undefined where all are. */
export function nonFinite(state: MdState): Omit<Breach, 'guard'> | undefined {
  let sum = state.energy;
  for (const force of state.forces) sum += force;
  for (const stress of state.stress) sum += stress;
  if (Number.isFinite(sum)) return undefined;
  const found = firstNonFinite(state);
  if (found === undefined) return undefined;
  return {
    code: 'md/non-finite',
    message: 'energy or forces are not finite',
    expected: 'finite energy, forces and stress',
    found,
    hint: 'Look at error.frame: the structure that the potential could not handle.',
  };
}

/** Undefined where only the sum overflows. */
function firstNonFinite({ energy, forces, stress }: MdState): string | undefined {
  const force = forces.findIndex((value) => !Number.isFinite(value));
  if (force >= 0) {
    return `force ${forces[force]} eV/A on atom ${Math.floor(force / 3)}, ${'xyz'[force % 3]}`;
  }
  if (!Number.isFinite(energy)) return `energy ${energy} eV`;
  const component = stress.findIndex((value) => !Number.isFinite(value));
  return component < 0 ? undefined : `stress ${stress[component]} eV/A^3, component ${component}`;
}

/** Square of the largest norm of a force, (eV/Angstrom)^2. */
export function largestSquare(forces: Float64Array): number {
  let largest = 0;
  for (let k = 0; k < forces.length; k += 3) {
    const square = forces[k] ** 2 + forces[k + 1] ** 2 + forces[k + 2] ** 2;
    if (square > largest) largest = square;
  }
  return largest;
}

/** The force limits that a largest norm (eV/Angstrom) breaks. */
export function forceBreach(
  norm: number,
  { forces }: MdState,
  { limits, level }: { readonly limits: CompleteLimits; readonly level: RunningLevel },
): Breach | undefined {
  const { maxForce, forceSpike } = limits;
  if (norm > maxForce) {
    const atom = atomOf(forces, norm);
    return {
      guard: 'maxForce',
      code: 'md/force-limit',
      message: `force on atom ${atom} is above the limit`,
      expected: `at most ${maxForce} eV/A`,
      found: `${norm} eV/A on atom ${atom}`,
      hint: 'Look at error.frame for close contacts; shorten the time step or relax the start.',
    };
  }
  if (!level.isSpike(norm, forceSpike)) return undefined;
  const atom = atomOf(forces, norm);
  return {
    guard: 'forceSpike',
    code: 'md/force-spike',
    message: `the force on atom ${atom} has jumped`,
    expected: `at most ${forceSpike} times the running mean of the largest force, ${level.value.toPrecision(4)} eV/A`,
    found: `${norm.toPrecision(4)} eV/A on atom ${atom}`,
    hint: 'Look at error.frame: the potential has probably met a structure that it does not know.',
  };
}

function atomOf(forces: Float64Array, norm: number): number {
  for (let k = 0; k < forces.length; k += 3) {
    if (Math.sqrt(forces[k] ** 2 + forces[k + 1] ** 2 + forces[k + 2] ** 2) >= norm) return k / 3;
  }
  return 0;
}

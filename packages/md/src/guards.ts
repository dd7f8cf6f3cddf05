import { InvalidArgumentError, neighborList } from '@mlffd/core';
import { MdError, requireInteger } from './errors.ts';
import type { MdFrame } from './frame.ts';
import type { MdState } from './state.ts';

/** Limits whose breach stops a run. NaN and Infinity always do. */
export interface GuardLimits {
  /** K; default 100,000, which only an exploding system reaches. Infinity switches it off. */
  readonly maxTemperature?: number;
  /** Largest norm of the force on one atom, eV/Angstrom; default 1000. Infinity switches it off. */
  readonly maxForce?: number;
  /** Smallest distance between two atoms (periodic images too), Angstrom; default 0 (off). */
  readonly minDistance?: number;
  /** Steps between two checks of `minDistance`; default 10. */
  readonly distanceStride?: number;
}

/** Checks a state against the limits; made once per run. */
export interface Guards {
  /** Right after the force call. `frame` is called only to report. */
  checkForces(state: MdState, frame: () => MdFrame): void;
  /** At the end of a step. */
  checkStep(state: MdState, temperature: number, frame: () => MdFrame): void;
}

/** @throws InvalidArgumentError for a limit that is negative or not a number */
export function createGuards(limits: GuardLimits = {}): Guards {
  const { maxTemperature = 1e5, maxForce = 1000, minDistance = 0, distanceStride = 10 } = limits;
  for (const [name, value] of Object.entries({ maxTemperature, maxForce, minDistance })) {
    if (value >= 0) continue;
    throw new InvalidArgumentError(
      'md/invalid-option',
      `guards.${name} must be a number of at least 0`,
      {
        expected: 'a number >= 0',
        found: String(value),
        where: `guards.${name}`,
        hint: 'Give Infinity (or 0 for minDistance) to switch the guard off.',
      },
    );
  }
  requireInteger('guards.distanceStride', distanceStride, 1);
  return {
    checkForces(state, frame) {
      checkFinite(state, frame);
      checkForceNorm(state, maxForce, frame);
    },
    checkStep(state, temperature, frame) {
      // Written so that NaN fails too.
      if (!(temperature <= maxTemperature)) {
        throw guardError('md/too-hot', state, frame, {
          message: `temperature ${temperature.toFixed(0)} K is above the limit`,
          expected: `at most ${maxTemperature} K`,
          found: `${temperature} K`,
          hint: 'The potential has probably left the region it was trained on, or the time step is too long.',
        });
      }
      if (minDistance > 0 && state.step % distanceStride === 0) {
        checkDistance(state, minDistance, frame);
      }
    },
  };
}

function checkFinite(state: MdState, frame: () => MdFrame): void {
  let sum = state.energy;
  for (const force of state.forces) sum += force;
  for (const stress of state.stress) sum += stress;
  if (Number.isFinite(sum)) return;
  const found = firstNonFinite(state);
  if (found === undefined) return;
  throw guardError('md/non-finite', state, frame, {
    message: 'energy or forces are not finite',
    expected: 'finite energy, forces and stress',
    found,
    hint: 'Look at error.frame: the structure that the potential could not handle.',
  });
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

function checkForceNorm(state: MdState, maxForce: number, frame: () => MdFrame): void {
  const { forces } = state;
  const limit = maxForce * maxForce;
  for (let k = 0; k < forces.length; k += 3) {
    const square = forces[k] ** 2 + forces[k + 1] ** 2 + forces[k + 2] ** 2;
    if (square <= limit) continue;
    throw guardError('md/force-limit', state, frame, {
      message: `force on atom ${k / 3} is above the limit`,
      expected: `at most ${maxForce} eV/A`,
      found: `${Math.sqrt(square)} eV/A on atom ${k / 3}`,
      hint: 'Look at error.frame for close contacts; shorten the time step or relax the start.',
    });
  }
}

function checkDistance(state: MdState, minDistance: number, frame: () => MdFrame): void {
  const list = neighborList(state.atoms, minDistance);
  if (list.count === 0) return;
  throw guardError('md/close-contact', state, frame, {
    message: `atoms ${list.centers[0]} and ${list.neighbors[0]} are too close`,
    expected: `at least ${minDistance} A`,
    found: `${list.distances[0]} A between atoms ${list.centers[0]} and ${list.neighbors[0]}`,
    hint: 'Look at error.frame; the potential lacks repulsion there, or the time step is too long.',
  });
}

interface GuardReport {
  readonly message: string;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

function guardError(
  code: string,
  state: MdState,
  frame: () => MdFrame,
  report: GuardReport,
): MdError {
  return new MdError(code, `${report.message} at step ${state.step}`, {
    expected: report.expected,
    found: report.found,
    where: `step ${state.step}`,
    hint: report.hint,
    frame: frame(),
  });
}

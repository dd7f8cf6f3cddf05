import type { Calculator } from '@mlffd/core';
import { minimize } from '@mlffd/md';
import type { MinimizeFrame, MinimizeReason, MinimizeResult } from '@mlffd/md';
import { invalidOption } from '../build/invalidOption.ts';
import { SamplingError } from '../errors.ts';
import type { StructureUnit } from '../label.ts';
import { areApart } from '../perturbedSet.ts';
import type { Parent } from '../perturbedSet.ts';
import type { Structure } from '../structure.ts';
import type { Relaxation } from './relaxParent.ts';

/** What is taken from a relaxation. */
interface MinimaSampling {
  /** The teacher that relaxes; its labels are kept. */
  readonly calculator: Calculator;
  readonly relax?: Relaxation;
  /**
   * A frame is taken whenever the energy above the end has fallen to this fraction of what it was at
   * the last one; default 0.5. At 0 only the ends are taken.
   */
  readonly ratio?: number;
  /** Energy above the end at which that stops, eV per atom; default 0.001. */
  readonly resolution?: number;
  /** Smallest distance of a frame, as a fraction of the sum of the covalent radii; default 0.6. */
  readonly minDistance?: number;
  /** Largest force in a frame, eV/Angstrom; default 100. */
  readonly maxForce?: number;
  readonly onEvent?: (event: MinimumEvent) => void;
}

/** Sent after each relaxation. */
export interface MinimumEvent {
  readonly type: 'minimum';
  readonly parent: string;
  readonly reason: MinimizeReason;
  /** Force calls after the first. */
  readonly steps: number;
  /** eV */
  readonly energy: number;
  /** eV/Angstrom */
  readonly maxForce: number;
  /** Structures that were taken. */
  readonly frames: number;
}

/** Options of `minimaUnits`. */
export interface MinimaUnitsOptions extends MinimaSampling {
  readonly parents: readonly Parent[];
}

/**
 * One unit for each parent: its relaxation with the teacher. The minimum comes last, before it
 * frames of the way down, evenly spaced in the logarithm of the energy, all with the labels that
 * the teacher gave. A relaxation that does not converge gives its frames up to the lowest, which
 * then is no `minimum`.
 *
 * A unit throws what `minimize` throws, and SamplingError when no frame is usable.
 */
export function minimaUnits({ parents, ...sampling }: MinimaUnitsOptions): StructureUnit[] {
  const { ratio = 0.5, resolution = 0.001 } = sampling;
  if (!(ratio >= 0 && ratio < 1)) throw badOption('ratio', ratio, 'a number from 0 to below 1');
  if (!(resolution > 0)) throw badOption('resolution', resolution, 'a positive number (eV/atom)');
  return parents.map((parent) => ({
    unit: `${parent.id}/relax`,
    make: (signal: AbortSignal | undefined) => relaxationOf(parent, sampling, signal),
  }));
}

async function relaxationOf(
  parent: Parent,
  sampling: MinimaSampling,
  signal: AbortSignal | undefined,
): Promise<readonly Structure[]> {
  const { calculator, relax = {}, minDistance = 0.6, maxForce = 100, onEvent } = sampling;
  const frames: MinimizeFrame[] = [];
  const result = await minimize(calculator, parent.atoms, {
    minDistance: 0.5,
    ...relax,
    onFrame: (frame) => void frames.push(frame),
    ...(signal === undefined ? {} : { signal }),
  });
  const structures = thinned(frames, result, sampling)
    .filter((frame) => frame.maxForce <= maxForce && areApart(frame.atoms, minDistance))
    .map((frame) => structureOf(frame, { parent, result, teacher: calculator.name }));
  const { reason, steps, energy } = result;
  onEvent?.({
    type: 'minimum',
    parent: parent.id,
    reason,
    steps,
    energy,
    maxForce: result.maxForce,
    frames: structures.length,
  });
  if (structures.length > 0) return structures;
  throw new SamplingError(
    'data/no-frames',
    `no frame of the relaxation of ${parent.id} is usable`,
    {
      expected: `forces up to ${maxForce} eV/A and distances of at least ${minDistance} times the sum of the covalent radii`,
      found: `${frames.length} frames, the last with ${result.maxForce.toPrecision(3)} eV/A (${reason})`,
      where: parent.id,
      hint: 'Look at the structure, or lower minDistance where atoms are meant to be that close.',
    },
  );
}

/** Frames at geometrically falling energies above the end, and the end. */
function thinned(
  frames: readonly MinimizeFrame[],
  { step: end, energy: lowest, atoms }: MinimizeResult,
  { ratio = 0.5, resolution = 0.001 }: MinimaSampling,
): readonly MinimizeFrame[] {
  const floor = resolution * atoms.numbers.length;
  const kept: MinimizeFrame[] = [];
  let level = Infinity;
  for (const frame of frames) {
    if (frame.step === end) return [...kept, frame];
    const height = frame.energy - lowest;
    if (kept.length > 0 && !(height <= level && height >= floor)) continue;
    kept.push(frame);
    level = ratio * height;
  }
  return kept;
}

function structureOf(
  { atoms, energy, forces, stress, step, maxForce }: MinimizeFrame,
  of: { readonly parent: Parent; readonly result: MinimizeResult; readonly teacher: string },
): Structure {
  const { parent, result, teacher } = of;
  const isMinimum = result.converged && step === result.step;
  return {
    atoms,
    meta: {
      id: `${parent.id}/relax-${String(step).padStart(5, '0')}`,
      group: parent.group ?? parent.id,
      source: isMinimum ? 'minimum' : 'relaxation',
      parent: parent.id,
      details: { step, maxForce, heightAboveEnd: energy - result.energy },
    },
    known: {
      teacher,
      results: { energy, forces, ...(stress === undefined ? {} : { stress }) },
    },
  };
}

function badOption(where: string, value: number, expected: string): Error {
  return invalidOption(where, `${where} ${value} is out of range`, {
    expected,
    found: String(value),
  });
}

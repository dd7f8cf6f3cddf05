import { type Atoms, type Calculator, InvalidArgumentError, Rng, withPositions } from '@mlffd/core';
import { requireInteger, requirePositive } from '../errors.ts';
import { Inquiry } from '../inquiry.ts';
import { answerDifference } from './difference.ts';

/** A calculator that keeps a neighbour list, and where to take it. */
export interface SkinOptions {
  /** Is asked at every frame, in order, so that it reuses its list as in dynamics. */
  readonly calculator: Calculator;
  /** The same calculator anew, without a list yet; asked once and disposed. */
  readonly fresh: () => Calculator | Promise<Calculator>;
  /** A trajectory: of a run, or `driftingFrames`. */
  readonly frames: Iterable<{ readonly atoms: Atoms }> | AsyncIterable<{ readonly atoms: Atoms }>;
  /** Frames between two comparisons; default 10. */
  readonly every?: number;
  readonly signal?: AbortSignal;
}

/** Largest differences between a reused and a fresh neighbour list. */
export interface SkinInvariance {
  readonly frames: number;
  readonly compared: number;
  /** eV/atom. */
  readonly energy: number;
  /** Norm of a difference of forces, eV/Angstrom. */
  readonly force: number;
  /** Number of the frame where the forces differ most. */
  readonly worstFrame: number;
}

/**
 * Whether a neighbour list that is reused while atoms move gives what a fresh one gives. A list that is
 * rebuilt too late passes for drift of the model (nvalchemi-toolkit#151, openmm#5382).
 *
 * The first frame is not compared: both lists are fresh there.
 *
 * @throws InvalidArgumentError where no frame was compared; PropertyNotAvailableError; MdError;
 *   AbortedError
 */
export async function skinInvariance(options: SkinOptions): Promise<SkinInvariance> {
  const { calculator, fresh, every = 10, signal } = options;
  requireInteger('every', every, 1);
  const what = 'the check of the neighbour list';
  const inquiry = new Inquiry(calculator, { what, signal });
  inquiry.require(['energy', 'forces']);
  let frames = 0;
  let compared = 0;
  let worst = { energy: 0, force: 0, worstFrame: 0 };
  for await (const { atoms } of options.frames) {
    const reused = await inquiry.finite(atoms, ['energy', 'forces']);
    if (frames > 0 && frames % every === 0) {
      const other = await fresh();
      try {
        const exact = await new Inquiry(other, { what, signal }).finite(atoms, [
          'energy',
          'forces',
        ]);
        const { energy, force } = answerDifference(exact, reused, atoms.numbers.length);
        worst = {
          energy: Math.max(worst.energy, energy),
          force: Math.max(worst.force, force),
          worstFrame: force > worst.force || compared === 0 ? frames : worst.worstFrame,
        };
      } finally {
        await other.dispose();
      }
      compared += 1;
    }
    frames += 1;
  }
  if (compared > 0) return { frames, compared, ...worst };
  throw new InvalidArgumentError('md/invalid-option', 'no frame was compared', {
    expected: `more than ${every} frames`,
    found: `${frames} frames`,
    where: 'frames',
    hint: 'Give more frames, or a smaller every.',
  });
}

/** How far atoms fly. */
export interface DriftingOptions {
  readonly frames: number;
  /** Way of an atom from one frame to the next, Angstrom: root mean square. */
  readonly stride: number;
  readonly seed: number;
}

/**
 * The structure with every atom on a straight way of its own: a moving trajectory without dynamics. Keep
 * `frames` times `stride` to a few tenths of an Angstrom, or atoms run into each other.
 */
export function* driftingFrames(
  atoms: Atoms,
  { frames, stride, seed }: DriftingOptions,
): Generator<{ readonly atoms: Atoms }, void, void> {
  requireInteger('frames', frames, 1);
  requirePositive('stride', stride);
  const rng = new Rng(seed, 'drifting');
  const step = atoms.positions.map(() => (stride / Math.sqrt(3)) * rng.normal());
  for (let k = 0; k < frames; k++) {
    yield {
      atoms: withPositions(
        atoms,
        atoms.positions.map((x, c) => x + k * step[c]),
      ),
    };
  }
}

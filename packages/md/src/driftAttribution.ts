import { type Atoms, type Calculator, InvalidArgumentError } from '@mlffd/core';
import { requirePositive } from './errors.ts';
import { runNve } from './nve.ts';
import type { NveSlope } from './nveSlope.ts';

/** One way to run the same dynamics. */
export interface DriftVariant {
  /** What differs: `'skin 0'`, `'half the time step'`, `'float64'`. */
  readonly name: string;
  readonly calculator: Calculator;
  /** fs. */
  readonly timestep: number;
}

/** One start, run in several ways. */
export interface DriftAttributionOptions {
  readonly atoms: Atoms;
  /** 3N, Angstrom/fs. */
  readonly velocities: Float64Array;
  /** Length of each run, fs. */
  readonly duration: number;
  /** The first is what the others are compared with. */
  readonly variants: readonly DriftVariant[];
  /** Confidence of the bands; default 0.95. */
  readonly confidence?: number;
  readonly onEvent?: (event: { readonly type: 'variant'; readonly drift: VariantDrift }) => void;
  readonly signal?: AbortSignal;
}

/** Drift of one variant. */
export interface VariantDrift extends NveSlope {
  readonly name: string;
  /** The band of this variant does not touch the band of the first: what was changed matters. */
  readonly differs: boolean;
}

/**
 * Finds what owns the drift of the total energy: the same NVE start is run with one thing changed
 * at a time, such as the skin of the neighbour list, the precision, or the time step.
 *
 * @throws InvalidArgumentError without variants; MdError, AbortedError as {@link runNve}
 */
export async function driftAttribution(options: DriftAttributionOptions): Promise<VariantDrift[]> {
  const { atoms, velocities, duration, variants, confidence = 0.95, onEvent, signal } = options;
  requirePositive('duration', duration);
  if (variants.length === 0) {
    throw new InvalidArgumentError('md/invalid-option', 'there are no variants to compare', {
      expected: 'at least one variant',
      found: 'none',
      where: 'variants',
      hint: 'Give the run in question first, then the same with one thing changed.',
    });
  }
  const drifts: VariantDrift[] = [];
  for (const { name, calculator, timestep } of variants) {
    const { slope, low, high, rms } = await runNve({
      calculator,
      atoms,
      velocities,
      temperature: 0,
      timestep,
      steps: Math.round(duration / timestep),
      confidence,
      ...(signal === undefined ? {} : { signal }),
    });
    const first = drifts.at(0);
    const differs = first !== undefined && (low > first.high || high < first.low);
    const drift = { name, slope, low, high, rms, confidence, differs };
    drifts.push(drift);
    onEvent?.({ type: 'variant', drift });
  }
  return drifts;
}

import type { Atoms, Calculator } from '@mlffd/core';
import { requireInteger } from './errors.ts';
import type { Integrator } from './integrator.ts';
import { initialVelocities } from './velocities.ts';
import { runMd } from './run.ts';
import { velocityVerlet } from './velocityVerlet.ts';

/** What to time. */
export interface MdOverheadOptions {
  readonly atoms: Atoms;
  readonly steps: number;
  /** Default velocity Verlet, 1 fs. */
  readonly integrator?: Integrator;
  /** Timed runs, of which the median counts; default 5. One more warms up. */
  readonly repeats?: number;
}

/** Cost of a step without the model. */
export interface MdOverhead {
  /** Median over the repeats. */
  readonly microsecondsPerStep: number;
  /** Of each repeat. */
  readonly samples: readonly number[];
}

/**
 * Time per step of integrator, guards and bookkeeping, with a calculator that costs nothing.
 *
 * @throws InvalidArgumentError
 */
export async function mdOverhead(options: MdOverheadOptions): Promise<MdOverhead> {
  const { atoms, steps, integrator = velocityVerlet({ timestep: 1 }), repeats = 5 } = options;
  requireInteger('steps', steps, 1);
  requireInteger('repeats', repeats, 1);
  const calculator = freeCalculator(atoms);
  const velocities = initialVelocities(atoms, { temperature: 300, seed: 0 });
  const samples: number[] = [];
  for (let pass = 0; pass <= repeats; pass += 1) {
    const { seconds } = await runMd({ calculator, atoms, velocities, integrator, steps });
    if (pass > 0) samples.push((1e6 * seconds) / steps);
  }
  const sorted = samples.toSorted((a, b) => a - b);
  return { microsecondsPerStep: sorted[Math.floor(sorted.length / 2)], samples };
}

/** Zero energy and zero forces, at once, in the same arrays each time: for timing only. */
export function freeCalculator(atoms: Atoms): Calculator {
  const results = { energy: 0, forces: new Float64Array(atoms.positions.length) };
  return {
    name: 'free',
    properties: ['energy', 'forces'],
    calculate: () => results,
    dispose: () => undefined,
  };
}

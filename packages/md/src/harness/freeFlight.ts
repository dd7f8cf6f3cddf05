import type { Atoms, Calculator, Results } from '@mlffd/core';
import { isPromise, type Pause, PauseWatch } from '@mlffd/core';
import { runMd } from '../run.ts';
import { initialVelocities } from '../velocities.ts';
import { velocityVerlet } from '../velocityVerlet.ts';
import { stepLatency } from './stepLatency.ts';
import { StepRecorder } from './stepRecorder.ts';
import type { StepLatency } from './types.ts';

/** K; slow, so that molecules stay what they are while lists and caches see atoms move. */
const TEMPERATURE = 5;
/** fs. */
const TIMESTEP = 0.5;

/** What a free flight is timed with. */
export interface FreeFlightOptions {
  readonly calculator: Calculator;
  readonly atoms: Atoms;
  readonly steps: number;
  readonly warmup: number;
  /** ms per step, of `measuringCost`. */
  readonly measuring: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/**
 * Times steps of a structure that a calculator cannot keep together: it is asked at each step, but atoms go
 * straight on, with the velocities of 5 K, as if there were no forces. There are no frames.
 *
 * @throws what the calculator throws on the structure itself; AbortedError
 */
export async function freeFlight(options: FreeFlightOptions): Promise<StepLatency | null> {
  const { calculator, atoms, steps, warmup, measuring, seed, signal } = options;
  const recorder = new StepRecorder(steps, steps);
  const watch = new PauseWatch();
  let pauses: readonly Pause[];
  try {
    await runMd({
      calculator: weightless(recorder.timed(calculator)),
      atoms,
      velocities: initialVelocities(atoms, { temperature: TEMPERATURE, seed }),
      integrator: recorder.timedIntegrator(velocityVerlet({ timestep: TIMESTEP })),
      steps,
      ...(signal === undefined ? {} : { signal }),
    });
    recorder.finish();
  } finally {
    pauses = await watch.stop();
  }
  return stepLatency(recorder, { basis: 'free-flight', warmup, pauses, measuring });
}

/** The same calls, answered with zero. */
function weightless(calculator: Calculator): Calculator {
  const zero = ({ forces }: Results): Results => {
    forces?.fill(0);
    return { energy: 0, ...(forces === undefined ? {} : { forces }) };
  };
  return {
    ...calculator,
    calculate: (atoms, properties) => {
      const answer = calculator.calculate(atoms, properties);
      return isPromise(answer) ? answer.then(zero) : zero(answer);
    },
  };
}

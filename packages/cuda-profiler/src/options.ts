import { AbortedError, type Calculator, InvalidArgumentError, type Property } from '@mlffd/core';

/** How a run of calls is followed and stopped. */
export interface CallEvents {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ProfileEvent) => void;
}

export interface ProfileEvent {
  readonly type: 'progress';
  /** Calls made, warm-up included. */
  readonly done: number;
  readonly total: number;
}

/** What to ask for: energy and forces, as far as the calculator has them, where nothing is said. */
export function askedFor(
  calculator: Calculator,
  properties: readonly Property[] | undefined,
): readonly Property[] {
  return (
    properties ??
    (['energy', 'forces'] as const).filter((name) => calculator.properties.includes(name))
  );
}

/**
 * Lets other work of the process have a turn.
 * @throws AbortedError `profiler/aborted`
 */
export async function takeTurn(options: CallEvents, done: number, total: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (options.signal?.aborted === true) {
    throw new AbortedError('profiler/aborted', `stopped after ${done} of ${total} calls`, {
      cause: options.signal.reason,
    });
  }
  options.onEvent?.({ type: 'progress', done, total });
}

/** @throws InvalidArgumentError `profiler/invalid-calls` */
export function validateCount(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new InvalidArgumentError('profiler/invalid-calls', `${name} is ${value}`, {
    expected: `an integer, ${least} or more`,
    found: String(value),
    where: name,
  });
}

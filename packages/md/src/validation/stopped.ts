import { AbortedError } from '@mlffd/core';

/** The error of a validation that was asked to stop. */
export function stoppedError(signal: AbortSignal): AbortedError {
  return new AbortedError('md/aborted', 'the validation was stopped; what is finished is kept', {
    hint: 'Run it again with the same settings and folder to go on.',
    cause: signal.reason,
  });
}

import { isMlffdError } from '@mlffd/core';
import type { Trouble } from './protocol.ts';

/** What the reader of the page is told about an error. */
export function troubleOf(error: unknown): Trouble {
  if (!isMlffdError(error)) {
    return { message: error instanceof Error ? error.message : String(error), code: 'view/error' };
  }
  const { message, code, expected, found, hint } = error;
  return {
    message,
    code,
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    ...(hint === undefined ? {} : { hint }),
  };
}

import { InvalidArgumentError } from '@mlffd/core';

/** An option that cannot be taken as it was typed; `where` is its name. */
export function wrongOption(
  where: string,
  message: string,
  details: { readonly expected: string; readonly found: string; readonly hint?: string },
): InvalidArgumentError {
  return new InvalidArgumentError('usage/option', message, { where, ...details });
}

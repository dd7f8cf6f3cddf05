import { isPromise } from '@mlffd/core';

/** Goes on with a value: at once, or when the promise of it is fulfilled. */
export function after<T, R>(
  value: T | Promise<T>,
  next: (value: T) => R | Promise<R>,
): R | Promise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

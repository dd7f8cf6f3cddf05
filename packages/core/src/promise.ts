/**
 * A promise, or anything that behaves as one, also of another realm. Callers of a `Calculator` wait
 * only for these: an answer that is there at once must not cost a turn of the event loop.
 */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

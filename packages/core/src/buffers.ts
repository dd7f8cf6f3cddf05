/** Room left when a buffer has to grow, so that a slowly growing list does not grow every time. */
const GROWTH = 1.25;

/** `buffer` if it holds `length` values, otherwise a new, larger one; the content is lost. */
export function reserveInt32(buffer: Int32Array, length: number): Int32Array {
  return buffer.length >= length ? buffer : new Int32Array(grown(buffer, length));
}

/** `buffer` if it holds `length` values, otherwise a new, larger one; the content is lost. */
export function reserveFloat64(buffer: Float64Array, length: number): Float64Array {
  return buffer.length >= length ? buffer : new Float64Array(grown(buffer, length));
}

/** Like `reserveInt32`, but keeps the content and at least doubles. */
export function extendInt32(buffer: Int32Array, length: number): Int32Array {
  if (buffer.length >= length) return buffer;
  const out = new Int32Array(Math.max(length, 2 * buffer.length));
  out.set(buffer);
  return out;
}

/** The first allocation is exact: most lists are built once. */
function grown(buffer: ArrayLike<number>, length: number): number {
  return buffer.length === 0 ? length : Math.ceil(GROWTH * length);
}

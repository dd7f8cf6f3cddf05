/** Room left when a buffer grows, so that a slowly growing structure does not grow it every time. */
const GROWTH = 1.25;

/** `buffer` if it holds `length` values, otherwise a new one; the content is lost. */
export function reserveInt32(buffer: Int32Array, length: number): Int32Array {
  return buffer.length >= length ? buffer : new Int32Array(Math.ceil(GROWTH * length));
}

/** As `reserveInt32`, and the first `length` values are zero. */
export function zeroedInt32(buffer: Int32Array, length: number): Int32Array {
  return buffer.length >= length ? buffer.fill(0, 0, length) : reserveInt32(buffer, length);
}

/** As `reserveInt32`. */
export function reserveFloat32(buffer: Float32Array, length: number): Float32Array {
  return buffer.length >= length ? buffer : new Float32Array(Math.ceil(GROWTH * length));
}

/** As `reserveInt32`. */
export function reserveFloat64(buffer: Float64Array, length: number): Float64Array {
  return buffer.length >= length ? buffer : new Float64Array(Math.ceil(GROWTH * length));
}

/** Dense array of the interpreter: row-major, float64 whatever the element type. */
export interface NDArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** An array of zeros. */
export function ndarray(shape: readonly number[]): NDArray {
  return { shape, data: new Float64Array(elementCount(shape)) };
}

/** Elements between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, stride = 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** The array whose element at each multi-index is `value(index)`; the index array is reused. */
export function fromIndex(
  shape: readonly number[],
  value: (index: readonly number[]) => number,
): NDArray {
  const out = ndarray(shape);
  const index = new Array<number>(shape.length).fill(0);
  for (let at = 0; at < out.data.length; at++) {
    out.data[at] = value(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]++;
      if (index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return out;
}

/** Element at a multi-index, where axes of size 1 (and missing front axes) repeat. */
export function broadcastAt(array: NDArray, index: readonly number[]): number {
  let at = 0;
  const skip = index.length - array.shape.length;
  for (let axis = 0; axis < array.shape.length; axis++) {
    at = at * array.shape[axis] + (array.shape[axis] === 1 ? 0 : index[axis + skip]);
  }
  return array.data[at];
}

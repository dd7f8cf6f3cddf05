import type { Dim } from './dim.ts';
import { canonicalDim, divideDims, multiplyDims } from './dim.ts';

/** Shape as text: `[N, 3, 64]`. */
export function formatShape(shape: readonly Dim[]): string {
  return `[${shape.join(', ')}]`;
}

/** Whether two shapes are equal, symbol by symbol. */
export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** Number of elements. */
export function sizeOf(shape: readonly Dim[]): Dim {
  return shape.reduce<Dim>((size, dim) => multiplyDims(size, dim), 1);
}

/** The shape of an elementwise operator on two tensors (NumPy rules), or undefined where they clash. */
export function broadcastShapes(a: readonly Dim[], b: readonly Dim[]): Dim[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

/** Whether a tensor of shape `from` broadcasts to exactly `to`. */
export function broadcastsTo(from: readonly Dim[], to: readonly Dim[]): boolean {
  const shape = broadcastShapes(from, to);
  return shape !== undefined && sameShape(shape, to);
}

/** Axis counted from the front; negative axes count from the back. */
export function normalizeAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Canonical sizes, with one `-1` replaced by what is left of `size`; undefined where that fails. */
export function resolveShape(shape: readonly Dim[], size: Dim): Dim[] | undefined {
  const free = shape.indexOf(-1);
  const dims = shape.map((dim) => canonicalDim(dim));
  if (free >= 0) {
    const rest = divideDims(size, sizeOf(dims.filter((_, axis) => axis !== free)));
    if (rest === undefined) return undefined;
    dims[free] = rest;
  }
  return sizeOf(dims) === size ? dims : undefined;
}

import type { Atoms } from '@mlffd/core';
import { StructureDescriptor } from './structureDescriptor.ts';
import type { DescriptorOptions } from './structureDescriptor.ts';

/** Rows of numbers, one after the other; float32 is enough for distances between descriptors. */
export interface PointMatrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** Descriptors of many structures, one row each, in the order given. */
export function descriptorMatrix(
  structures: Iterable<{ readonly atoms: Atoms }>,
  options: DescriptorOptions = {},
): PointMatrix {
  const descriptor = new StructureDescriptor(options);
  const rows: Float32Array[] = [];
  for (const { atoms } of structures) {
    rows.push(Float32Array.from(descriptor.structure(atoms)));
  }
  return matrixOf(rows, descriptor.size);
}

/** Puts rows of one length together. */
export function matrixOf(rows: readonly Float32Array[], columns: number): PointMatrix {
  const data = new Float32Array(rows.length * columns);
  for (const [k, row] of rows.entries()) data.set(row, k * columns);
  return { data, rows: rows.length, columns };
}

/** Squared Euclidean distance of two rows. */
export function squaredDistance({ data, columns }: PointMatrix, a: number, b: number): number {
  let sum = 0;
  const p = a * columns;
  const q = b * columns;
  for (let c = 0; c < columns; c++) {
    const x = data[p + c] - data[q + c];
    sum += x * x;
  }
  return sum;
}

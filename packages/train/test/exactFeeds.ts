import type { NeighborList } from '@mlffd/core';
import {
  type EdgeBatch,
  initializeParameters,
  layoutEdges,
  type PainnConfig,
  parameterSpecs,
} from '@mlffd/student';
import { parameterName } from '../src/stepModel.ts';

/** An input of a graph, as the interpreter takes it. */
export interface Feed {
  readonly data: Float32Array | BigInt64Array | Float64Array;
  readonly shape: readonly number[];
}

/** The interpreter's form of feeds for a session. */
export function asFeeds(
  parts: Record<string, { data: unknown; dims: readonly number[] }>,
): Record<string, Feed> {
  return Object.fromEntries(
    Object.entries(parts).map(([name, { data, dims }]) => [
      name,
      { data: data as Float32Array, shape: dims },
    ]),
  );
}

/** Edges in rows with vectors in float64: the interpreter takes them as they are. */
export function exactLayout(lists: readonly NeighborList[], rows: 'dense' | 'chunked'): EdgeBatch {
  const batch = layoutEdges([...lists], { rows });
  const exact = Float64Array.from(batch.vectors);
  let edge = 0;
  for (const list of lists) {
    for (let e = 0; e < list.count; e++, edge++) {
      exact.set(list.vectors.subarray(3 * e, 3 * e + 3), 3 * batch.slotOf[edge]);
    }
  }
  return { ...batch, vectors: exact as never };
}

/** Parameters none of which is at a special value, in float64. */
export function parametersOf(model: PainnConfig): Record<string, Feed> {
  const initial = initializeParameters(model, 5);
  return Object.fromEntries(
    parameterSpecs(model).map((spec) => [
      parameterName(spec),
      {
        data: Float64Array.from(
          initial.get(spec.name)!,
          (x, k) => x + 0.05 * Math.sin(k + spec.name.length),
        ),
        shape: spec.shape,
      },
    ]),
  );
}

import type { Parameters, ParameterSpec } from '@mlffd/student';

/** Floats per cache line: every parameter starts on one, so that no kernel meets a new alignment. */
const ALIGNMENT = 16;

/** Where each parameter of a model lies in one flat vector. */
export interface ParameterLayout {
  readonly specs: readonly ParameterSpec[];
  /** First element of each parameter, in the order of `specs`. */
  readonly offsets: readonly number[];
  /** Number of elements of each parameter, in the order of `specs`. */
  readonly sizes: readonly number[];
  /** Length of the flat vector; the gaps between parameters hold zeros and stay zero. */
  readonly length: number;
}

/** Lays the parameters out one after another, each on a cache line of its own. */
export function layoutParameters(specs: readonly ParameterSpec[]): ParameterLayout {
  const offsets: number[] = [];
  const sizes: number[] = [];
  let length = 0;
  for (const spec of specs) {
    const size = spec.shape.reduce((product, extent) => product * extent, 1);
    offsets.push(length);
    sizes.push(size);
    length += Math.ceil(size / ALIGNMENT) * ALIGNMENT;
  }
  return { specs, offsets, sizes, length };
}

/**
 * Copies named parameters into a flat vector.
 *
 * @throws RangeError when a parameter is missing or has another length
 */
export function packParameters(
  layout: ParameterLayout,
  parameters: Parameters,
  out: Float32Array = new Float32Array(layout.length),
): Float32Array {
  layout.specs.forEach((spec, k) => {
    const values = parameters.get(spec.name);
    if (values?.length !== layout.sizes[k]) {
      throw new RangeError(
        `parameter ${spec.name}: expected ${layout.sizes[k]} values, found ${values?.length ?? 'none'}`,
      );
    }
    out.set(values, layout.offsets[k]);
  });
  return out;
}

/** Copies a flat vector into named parameters. */
export function unpackParameters(layout: ParameterLayout, flat: Float32Array): Parameters {
  const parameters: Parameters = new Map();
  layout.specs.forEach((spec, k) => {
    const start = layout.offsets[k];
    parameters.set(spec.name, flat.slice(start, start + layout.sizes[k]));
  });
  return parameters;
}

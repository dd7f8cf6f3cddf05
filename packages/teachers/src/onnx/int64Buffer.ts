import { Tensor } from 'onnxruntime-node';

/** Room left when a buffer grows. */
const GROWTH = 1.25;

/**
 * Memory of an int64 tensor that is written without BigInt: `words[2 k]` is value k, from 0 to
 * 2^31 - 1. The high words stay zero; every machine that ONNX Runtime is built for is little-endian.
 */
export class Int64Buffer {
  words: Int32Array = new Int32Array(0);
  #values: BigInt64Array = new BigInt64Array(0);

  /** Makes room for `length` values; what was written is lost. */
  reserve(length: number): Int32Array {
    if (this.#values.length < length) {
      const values = new BigInt64Array(Math.ceil(GROWTH * length));
      this.#values = values;
      this.words = new Int32Array(values.buffer);
    }
    return this.words;
  }

  /** The first values as a tensor, a view of this memory. */
  tensor(shape: readonly number[]): Tensor {
    const length = shape.reduce((product, size) => product * size, 1);
    return new Tensor('int64', this.#values.subarray(0, length), shape);
  }
}

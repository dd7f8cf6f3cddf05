import { Graph } from '../graph.ts';
import { toOnnx } from '../onnx/toOnnx.ts';
import { matmul } from '../ops/matmul.ts';
import { OnnxSession } from './onnxSession.ts';

/** Choices of `measureProductRate`. */
export interface ProductRateOptions {
  /** Threads of the session; default 1. */
  readonly threads?: number;
  /** Rows and columns of the matrices; default 512. */
  readonly size?: number;
  /** Products, of which the fastest counts; default 10. */
  readonly runs?: number;
}

const SIZE = 512;
const RUNS = 10;
const MILLISECOND = 1e-3;

/**
 * Floating-point operations per second that ONNX Runtime does at most here: the fastest of some
 * products of square float32 matrices. A multiplication with an addition is two operations.
 */
export async function measureProductRate(options: ProductRateOptions = {}): Promise<number> {
  const { threads = 1, size = SIZE, runs = RUNS } = options;
  const graph = new Graph();
  const shape = [size, size];
  const product = matmul(graph.input('a', shape), graph.input('b', shape));
  const bytes = toOnnx({ outputs: { product }, name: 'product' });
  const session = await OnnxSession.create(bytes, { threads });
  try {
    const matrix = { data: new Float32Array(size * size).fill(0.5), dims: shape };
    const run = session.bind({ a: matrix, b: matrix });
    let best = Infinity;
    for (let k = 0; k < runs; k++) {
      const start = performance.now();
      await run();
      best = Math.min(best, performance.now() - start);
    }
    return (2 * size ** 3) / (best * MILLISECOND);
  } finally {
    await session.release();
  }
}

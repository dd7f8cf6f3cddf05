import { expect } from '@jest/globals';
import type { Feed, NDArray, OrtValue, Tensor } from '../src/index.ts';
import { evaluateDim } from '../src/dim.ts';
import { add, grad, interpret, mul, OnnxSession, reduceSum, toOnnx } from '../src/index.ts';

export type Feeds = Record<string, Feed>;

/** Differences of fourth order: truncation 1e-12 for derivatives of size 1e4, rounding 1e-12. */
const STEP = 1e-4;
/** Room for expressions whose fifth derivative is large. */
const DERIVATIVE_TOLERANCE = 1e-7;
/** float32 (6e-8) against float64: sums of up to 100 terms of size 1 that partly cancel. */
const SINGLE_TOLERANCE = 2e-5;

/** Reproducible numbers in (-1, 1) without the values where derivatives jump. */
export function numbers(count: number, seed = 1): Float64Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const u = (state + 0.5) / 2 ** 32;
    return u < 0.5 ? -0.1 - 1.6 * u : 0.1 + 1.6 * (u - 0.5);
  });
}

export function feed(shape: readonly number[], data: ArrayLike<number>): Feed {
  return { shape, data: Float64Array.from(data) };
}

export function random(shape: readonly number[], seed = 1): Feed {
  return feed(
    shape,
    numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
  );
}

/** `sum(weights * y)`: one number that depends on every element in its own way. */
export function weighted(y: Tensor, seed = 7): Tensor {
  const axes = y.shape.map((_, axis) => axis);
  const name = `weights${seed}:${y.id}`;
  const weights = y.graph.inputs.find((input) => (input.attrs as { name: string }).name === name);
  return reduceSum(mul(y, weights ?? y.graph.input(name, y.shape)), axes);
}

function norm(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, x) => sum + x * x, 0));
}

/** Feeds for the weights that `weighted` declared, given the sizes of symbols. */
export function completeFeeds(
  outputs: readonly Tensor[],
  feeds: Feeds,
  sizes: Record<string, number>,
): Feeds {
  const all = { ...feeds };
  for (const input of outputs[0].graph.inputs) {
    const { name } = input.attrs as { name: string };
    if (name in all) continue;
    all[name] = random(
      input.shape.map((dim) => evaluateDim(dim, new Map(Object.entries(sizes)))),
      input.id + 3,
    );
  }
  return all;
}

/** Compares gradients of a scalar with central differences along a random direction. */
export function expectGradient(scalar: Tensor, xs: readonly Tensor[], feeds: Feeds): void {
  const gradients = grad(scalar, xs);
  xs.forEach((x, k) => {
    const { name } = x.attrs as { name: string };
    const { shape, data } = feeds[name];
    const direction = numbers(data.length, 11 + k);
    const at = (h: number): number => {
      const moved = Array.from(data as ArrayLike<number>, (value, i) => value + h * direction[i]);
      return interpret({ y: scalar }, { ...feeds, [name]: feed(shape, moved) }).y.data[0];
    };
    const near = at(STEP) - at(-STEP);
    const far = at(2 * STEP) - at(-2 * STEP);
    const expected = (8 * near - far) / (12 * STEP);
    const { g } = interpret({ g: gradients[k] }, feeds);
    expect(g.shape).toEqual([...shape]);
    const found = g.data.reduce((sum, value, i) => sum + value * direction[i], 0);
    const scale = 1 + norm(g.data) * norm(direction);
    expect(Math.abs(found - expected) / scale).toBeLessThan(DERIVATIVE_TOLERANCE);
  });
}

/** Sum of everything, so that a second derivative sees all first ones. */
export function total(tensors: readonly Tensor[]): Tensor {
  return tensors.map((tensor, k) => weighted(tensor, 20 + k)).reduce((a, b) => add(a, b));
}

function toValue(input: Tensor, value: Feed): OrtValue {
  const dims = value.shape;
  const data = Array.from(value.data as ArrayLike<number>, Number);
  if (input.dtype === 'int64') return { dims, data: BigInt64Array.from(data.map(BigInt)) };
  return { dims, data: input.dtype === 'bool' ? Uint8Array.from(data) : Float32Array.from(data) };
}

/** Feeds of the interpreter as those of a session. */
function sessionFeeds(tensor: Tensor, feeds: Feeds): Record<string, OrtValue> {
  const values: Record<string, OrtValue> = {};
  for (const input of tensor.graph.inputs) {
    const { name } = input.attrs as { name: string };
    if (name in feeds) values[name] = toValue(input, feeds[name]);
  }
  return values;
}

/** Runs on ONNX Runtime. */
export async function runOnnx(
  outputs: Record<string, Tensor>,
  feeds: Feeds,
  threads = 1,
): Promise<Record<string, OrtValue>> {
  const session = await OnnxSession.create(toOnnx({ outputs, name: 'test' }), { threads });
  try {
    return await session.run(sessionFeeds(Object.values(outputs)[0], feeds));
  } finally {
    await session.release();
  }
}

/** Largest deviation over the largest value (at least 0.1: sums of a few numbers cancel). */
export function deviation(found: ArrayLike<number | bigint>, expected: NDArray): number {
  let worst = 0;
  let scale = 0.1;
  expected.data.forEach((value, k) => {
    worst = Math.max(worst, Math.abs(Number(found[k]) - value));
    scale = Math.max(scale, Math.abs(value));
  });
  return found.length === expected.data.length ? worst / scale : Infinity;
}

/** Compares ONNX Runtime with the interpreter. */
export async function expectSameOnOnnx(
  outputs: Record<string, Tensor>,
  feeds: Feeds,
  tolerance = SINGLE_TOLERANCE,
): Promise<void> {
  const expected = interpret(outputs, feeds);
  const found = await runOnnx(outputs, feeds);
  for (const name of Object.keys(outputs)) {
    expect(found[name].dims).toEqual(expected[name].shape);
    expect(deviation(found[name].data, expected[name])).toBeLessThan(tolerance);
  }
}

/** Names of the operators that outputs need, sorted, leaves left out. */
export function operatorsOf(...outputs: readonly Tensor[]): string[] {
  const seen = new Set<Tensor>();
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor)) return;
    seen.add(tensor);
    tensor.inputs.forEach(visit);
  };
  outputs.forEach(visit);
  return [...seen]
    .map((tensor) => tensor.op)
    .filter((op) => op !== 'Input' && op !== 'Constant')
    .sort();
}

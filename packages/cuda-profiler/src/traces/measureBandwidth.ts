import { InvalidArgumentError } from '@mlffd/core';

/** Choices of `measureBandwidth`. */
export interface BandwidthOptions {
  /** Bytes of each of the two arrays, more than the caches hold; default 64 MiB. */
  readonly bytes?: number;
  /** Copies, of which the fastest counts; default 8. */
  readonly copies?: number;
}

const ARRAY_BYTES = 1 << 26;
const COPIES = 8;
const MILLISECOND = 1e-3;

/**
 * Bytes per second that one thread reads and writes at most: the fastest of some copies of a large
 * array, each byte counted once as read and once as written.
 *
 * @throws InvalidArgumentError `profiler/bandwidth`
 */
export function measureBandwidth(options: BandwidthOptions = {}): number {
  const { bytes = ARRAY_BYTES, copies = COPIES } = options;
  for (const [where, value] of Object.entries({ bytes, copies })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new InvalidArgumentError('profiler/bandwidth', `${where} is ${value}`, {
      expected: 'a positive integer',
      found: String(value),
      where,
    });
  }
  const source = new Uint8Array(bytes).fill(1);
  const target = new Uint8Array(bytes).fill(2);
  let best = Infinity;
  for (let k = 0; k < copies; k++) {
    const start = performance.now();
    target.set(source);
    best = Math.min(best, performance.now() - start);
  }
  return (2 * bytes) / (best * MILLISECOND);
}

import { InvalidArgumentError } from '../errors.ts';

/** What a `ThreadCalculator` runs, and its limits. */
export interface ThreadCalculatorOptions {
  /** ES module that makes the calculator, as a URL; the thread imports it. */
  readonly module: string | URL;
  /** Its export that makes the calculator, at once or as a promise. */
  readonly factory: string;
  /** Arguments of the factory: whatever structured cloning can copy. */
  readonly args?: readonly unknown[];
  /** Seconds for one call; default no limit. */
  readonly timeout?: number;
  /** Seconds for making the calculator; default 300. */
  readonly startTimeout?: number;
  /** Starts in a row that may fail before the calculator is given up; default 5. */
  readonly maxStarts?: number;
  /** JavaScript heap of the thread, MiB; default Node's own limit. */
  readonly maxMemory?: number;
}

/** @throws InvalidArgumentError `core/invalid-limit` */
export function checkLimits(options: ThreadCalculatorOptions): void {
  const { timeout = 1, startTimeout = 1, maxMemory = 1, maxStarts = 1 } = options;
  for (const [name, value] of Object.entries({ timeout, startTimeout, maxMemory, maxStarts })) {
    // Node's timers hold 31 bits of milliseconds.
    if (value > 0 && 1000 * value < 2 ** 31 && (name !== 'maxStarts' || Number.isInteger(value))) {
      continue;
    }
    throw new InvalidArgumentError('core/invalid-limit', `${name} must be positive`, {
      expected: name === 'maxStarts' ? 'a positive integer' : 'a positive number below 2,147,483',
      found: String(value),
      where: name,
    });
  }
}

import { gainOfDoubling } from './powerLaw.ts';
import type { PowerLaw } from './powerLaw.ts';

/** A student of another size, trained on the same data. */
export interface SizePoint {
  readonly parameters: number;
  /** Error on structures that were held out. */
  readonly error: number;
}

/** What is known about a student and its data. */
export interface AdviceInput {
  /** Fit of the errors on held-out structures against the amount of data. */
  readonly law: PowerLaw;
  /** Error on the structures that it was trained on, all of the data. */
  readonly trainError: number;
  /** Error on held-out structures, trained on all of the data; same unit. */
  readonly heldOutError: number;
  /** Students of two or more sizes, all trained on all of the data. */
  readonly sizes?: readonly SizePoint[];
}

/** What would help most, with the numbers that say so; gains are parts of the held-out error. */
export interface Advice {
  readonly verdict: 'more data' | 'bigger student' | 'neither';
  /** What twice the data would take away, by the power law alone. */
  readonly gainByLaw: number;
  /**
   * (held-out - training error) / held-out error: more data moves both towards each other, so it
   * takes away no more than this.
   */
  readonly gap: number;
  /** What twice the data would take away: the smaller of the two, at least 0. */
  readonly gainOfData: number;
  /** What twice the parameters would take away, from the two largest students; `null` if unknown. */
  readonly gainOfSize: number | null;
}

/** A gain that is worth the effort: a tenth of the error for twice the data or parameters. */
export const WORTHWHILE_GAIN = 0.1;

/**
 * More data, or a bigger student?
 *
 * Data help as far as the power law says, but not beyond the gap between training and held-out
 * error: a student that is as wrong about what it has seen lacks capacity (or time), not data. Where
 * students of several sizes are known, the larger gain wins, unless neither is worthwhile; else a
 * worthwhile gain of data decides.
 */
export function advise(input: AdviceInput): Advice {
  const { law, trainError, heldOutError } = input;
  const gainByLaw = gainOfDoubling(law);
  const gap = heldOutError > 0 ? (heldOutError - trainError) / heldOutError : 0;
  const gainOfData = Math.max(0, Math.min(gainByLaw, gap));
  const gainOfSize = sizeGain(input.sizes ?? []);
  return {
    verdict: verdictOf(gainOfData, gainOfSize),
    gainByLaw,
    gap,
    gainOfData,
    gainOfSize,
  };
}

function verdictOf(data: number, size: number | null): Advice['verdict'] {
  if (size === null) return data >= WORTHWHILE_GAIN ? 'more data' : 'bigger student';
  if (Math.max(data, size) < WORTHWHILE_GAIN) return 'neither';
  return data >= size ? 'more data' : 'bigger student';
}

/** Gain per doubling of the parameters between the two largest students. */
function sizeGain(sizes: readonly SizePoint[]): number | null {
  const [largest, second] = [...sizes].sort((a, b) => b.parameters - a.parameters);
  if (sizes.length < 2 || largest.parameters === second.parameters || second.error <= 0)
    return null;
  const doublings = Math.log2(largest.parameters / second.parameters);
  return 1 - (largest.error / second.error) ** (1 / doublings);
}
